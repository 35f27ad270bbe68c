"""Questions: fields of the model and arguments of the call as one request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from minimax_adapters._sealing import seal
from minimax_adapters.api import ChatRequest, InvalidInputError, profile_of
from minimax_adapters.api.profiles import PROFILES
from minimax_adapters.llama_index._arguments import (
    drop_without_effect,
    refuse_unknown,
    under_own_names,
)
from minimax_adapters.llama_index._chat_fields import ChatFields
from minimax_adapters.llama_index._connection import PARTS
from minimax_adapters.llama_index._tool_calls import tool_to_wire
from minimax_adapters.llama_index.messages import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llama_index.core.base.llms.types import ChatMessage

    from minimax_adapters.llama_index._recall import Recall

_OWNER: Final = "A call of MiniMax"
_SYNONYMS: Final = {
    "max_tokens": "max_completion_tokens",
    "max_new_tokens": "max_completion_tokens",
    "stop_sequences": "stop",
    "model_name": "model",
}
# Arguments of OpenAI's calls that MiniMax accepts and ignores, or that are set by the client.
_WITHOUT_EFFECT: Final = frozenset(
    {
        "formatted",
        "frequency_penalty",
        "logit_bias",
        "metadata",
        "presence_penalty",
        "store",
        "stream",
        "stream_options",
        "strict",
        "use_chat_completions",
        "user",
        "verbose",
    }
)
_OWN: Final = frozenset({"parallel_tool_calls", "n", "logprobs", "top_logprobs"})
_NAMES: Final = frozenset(ChatRequest.model_fields) - _SYNONYMS.keys()
_KNOWN: Final = frozenset(ChatRequest.model_fields) - {"messages"} | _OWN
_OF_CONSTRUCTOR: Final = frozenset(ChatFields.model_fields).union(PARTS)


class Question(NamedTuple):
    """A request, whether several tool calls may come back, and a mark of the conversation."""

    request: ChatRequest
    several_calls: bool
    conversation: bytes

    @property
    def call_required(self) -> bool:
        """Whether only a tool call answers the question."""
        return bool(self.request.tools) and self.request.tool_choice not in (None, "auto", "none")


def build_question(
    messages: Sequence[ChatMessage],
    fields: Mapping[str, Any],
    additional: Mapping[str, Any],
    arguments: Mapping[str, Any],
    recall: Recall,
) -> Question:
    """Return the request for `messages`.

    Args:
        messages: The conversation; it is not changed.
        fields: Members from the fields of the model.
        additional: `additional_kwargs` of the model: they win over the fields, and what is no
            member of a request is added to the body as it is.
        arguments: Arguments of the call; they win over both.
        recall: Thinking that the messages may have lost.

    Raises:
        UnknownArgumentError: The call has an argument that no request has.
        InvalidInputError: A member is out of range, or a message cannot be sent.
    """
    seal(arguments)  # No argument of a call is a key, so this one will be refused.
    arguments = drop_without_effect(_OWNER, arguments, _WITHOUT_EFFECT)
    layers = (additional, arguments)
    additional, arguments = (_named(layer) for layer in layers)
    refuse_unknown(_OWNER, arguments, _KNOWN, _OF_CONSTRUCTOR)
    members = {**fields, **additional, **arguments}
    several_calls = members.pop("parallel_tool_calls", None)
    _refuse_unsupported(members)
    _normalise(members)
    extra = {name: members.pop(name) for name in [*members] if name not in _KNOWN}
    if extra or members.get("extra_body"):
        members["extra_body"] = extra | _extra_body(members.get("extra_body") or {})
    given = {name: value for name, value in members.items() if value is not None}
    wire = to_wire(messages)
    _check_media(wire, str(given.get("model")))
    conversation = recall.restore(wire)
    request = ChatRequest(messages=wire, **given)
    return Question(request, several_calls is not False, conversation)


def _refuse_unsupported(members: dict[str, Any]) -> None:
    if (n := members.pop("n", None)) not in (None, 1):
        raise InvalidInputError(
            f"n is {n!r}, but MiniMax gives one answer a call: leave n out, or call it n times."
        )
    if members.pop("logprobs", None) or members.pop("top_logprobs", None):
        raise InvalidInputError("MiniMax gives no log probabilities: leave logprobs out.")


def _check_media(wire: Sequence[Mapping[str, Any]], model: str) -> None:
    """Refuse images and videos for a model of the catalogue that cannot read them."""
    profile = profile_of(model)
    blind = profile.model in PROFILES and not profile.images
    if blind and any(isinstance(message["content"], list) for message in wire):
        raise InvalidInputError(
            f"{model} reads no images or videos. Ask MiniMax-M3 or MiniMax-M3.1-Flash, or leave"
            " them out."
        )


def _named(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return `members` under MiniMax's names."""
    named = under_own_names(_OWNER, members, _NAMES, _SYNONYMS)
    # OpenAI's way to say that there is no limit.
    return {k: v for k, v in named.items() if k != "max_completion_tokens" or v is not None}


def _normalise(members: dict[str, Any]) -> None:
    """Bring other clients' ways to say it into MiniMax's form."""
    if isinstance(members.get("stop"), str):
        members["stop"] = [members["stop"]]
    members["thinking"] = thinking_of(members.get("thinking"))
    if tools := members.pop("tools", None):
        members["tools"] = _tools(tools)
        members["tool_choice"] = tool_choice_of(members.get("tool_choice"))
    else:
        members.pop("tool_choice", None)


def thinking_of(value: object) -> object:
    """Return the `thinking` member for a word, a truth value or the member itself."""
    if isinstance(value, bool):
        value = "adaptive" if value else "disabled"
    return {"type": value} if isinstance(value, str) else value


def tool_choice_of(choice: object) -> object:
    """Return the `tool_choice` member for a word, the name of a tool or the member itself.

    LlamaIndex's own programs are also given Anthropic's `{"type": "any"}`.
    """
    if isinstance(choice, dict) and "function" not in choice:
        kind = choice.get("type")
        choice = choice.get("name", choice) if kind == "tool" else kind or choice
    if choice == "any":
        return "required"
    if isinstance(choice, str) and choice not in {"none", "auto", "required"}:
        return {"type": "function", "function": {"name": choice}}
    return choice


def _extra_body(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidInputError(
            f"extra_body is of type {type(given).__name__}. Pass a dict: the names of members of"
            " the request, with their values."
        )
    return given


def _tools(given: object) -> list[dict[str, Any]]:
    if isinstance(given, dict | str) or not isinstance(given, Iterable):
        raise InvalidInputError(
            f"tools is of type {type(given).__name__}. Pass a list of LlamaIndex's tools, or of"
            " OpenAI's dicts."
        )
    return [_tool(tool) for tool in given]


def _tool(given: Any) -> dict[str, Any]:  # noqa: ANN401 - a dict or a BaseTool
    tool: dict[str, Any] = given if isinstance(given, dict) else tool_to_wire(given)
    members = tool.get("function")
    if not isinstance(members, dict):
        raise InvalidInputError(
            f"A dict in tools has {', '.join(map(repr, tool)) or 'no members'} and describes no"
            " function. Pass {'type': 'function', 'function': {'name': ..., 'parameters': ...}}."
        )
    function = {
        name: value
        for name, value in members.items()
        # Some models refuse a null `strict`, and none obeys it.
        if name != "strict" and value is not None
    }
    return {**tool, "function": function}
