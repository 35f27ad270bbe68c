"""A chat request from the fields of the model and the arguments of the call."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, get_args

from minimax_adapters.api import ChatRequest
from minimax_adapters.api.profiles import PROFILES, profile_of
from minimax_adapters.api.wire.chat import Effort, ServiceTier
from minimax_adapters.langchain._arguments import CHAT_SYNONYMS, WITHOUT_EFFECT, Names, canonical
from minimax_adapters.langchain._chat_fields import OF_THE_MODEL
from minimax_adapters.langchain.messages import to_wire

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

PARAMETERS: Final = (
    *OF_THE_MODEL,
    "response_format",
    "tools",
    "tool_choice",
    "extra_body",
    "model_kwargs",
)
# LangChain's own arguments for a call; they are not for MiniMax.
_OF_LANGCHAIN: Final = frozenset({"stream", "streaming", "stream_usage", "strict", "run_manager"})
_TIERS: Final = {"auto": "standard", "default": "standard"}
_EFFORTS: Final[dict[str, str | None]] = {"minimal": "low", "none": None}
_THINKING: Final = ("adaptive", "disabled", "enabled")
_REASONING_EFFORTS: Final = (*get_args(Effort), *_EFFORTS)
_SERVICE_TIERS: Final = (*get_args(ServiceTier), *_TIERS)
# What is read here, before the request as a whole is checked.
_KINDS: Final[dict[str, tuple[tuple[type, ...], str]]] = {
    "model": ((str,), "the id of a chat model, such as 'MiniMax-M3'"),
    "stop": ((Iterable,), "a text, or a list of texts"),
    "reasoning_effort": ((str,), f"one of {', '.join(map(repr, _REASONING_EFFORTS))}"),
    "service_tier": ((str,), f"one of {', '.join(map(repr, _SERVICE_TIERS))}"),
    "response_format": (
        (Mapping,),
        "a dict such as {'type': 'json_object'}; for a class, use with_structured_output()",
    ),
    "extra_body": ((Mapping,), "a dict: the names of members of the request, with their values"),
    "model_kwargs": ((Mapping,), "a dict: the names of members of the request, with their values"),
}


def build_request(
    fields: Mapping[str, Any],
    messages: Sequence[BaseMessage],
    stop: Sequence[str] | None,
    arguments: Mapping[str, Any],
    of_constructor: Collection[str] = frozenset(),
) -> ChatRequest:
    """Return the request of one call.

    Args:
        fields: The model's own parameters.
        messages: The conversation.
        stop: Texts at which the answer ends; they replace those of the model.
        arguments: What the call or `bind()` gives; it comes before `fields`.
        of_constructor: Names that only the constructor takes.

    Raises:
        ConfigurationError: An argument is unknown.
        InvalidInputError: A message or an argument cannot be sent.
    """
    ignored = WITHOUT_EFFECT | _OF_LANGCHAIN
    names = Names(PARAMETERS, CHAT_SYNONYMS, ignored, of_constructor=of_constructor)
    named = canonical("A call of ChatMiniMax", arguments, names)
    given = {name: value for name, value in named.items() if value is not None}
    if stop is not None:
        given["stop"] = stop
    try:
        return _request(fields, given, messages)
    except (AttributeError, KeyError, TypeError):
        # Looked for only now, so that a call that is right pays nothing for it.
        for asked in ({**fields, **given}, fields):
            _refuse_wrong_kinds(asked)
        raise


def _request(
    fields: Mapping[str, Any], given: Mapping[str, Any], messages: Sequence[BaseMessage]
) -> ChatRequest:
    extra: dict[str, Any] = {}
    for source in (fields, given):
        for name in ("model_kwargs", "extra_body"):
            if name in source:
                extra = {**extra, **(source[name] or {})}
    wanted = {**fields, **given}
    wire = to_wire(messages)
    _refuse_media(wanted["model"], wire)
    if response_format := wanted.get("response_format"):
        wire = with_instruction(wire, response_format)
    limit = wanted.pop("max_tokens", None)
    members = {
        **wanted,
        "max_completion_tokens": limit,
        "extra_body": extra or None,
        "model_kwargs": None,
    }
    members |= _thinking(wanted)
    members["service_tier"] = _TIERS.get(
        wanted.get("service_tier") or "", wanted.get("service_tier")
    )
    members["stop"] = _stops(wanted.get("stop"))
    return ChatRequest(
        messages=wire, **{name: value for name, value in members.items() if value is not None}
    )


def _refuse_wrong_kinds(asked: Mapping[str, Any]) -> None:
    """Refuse an argument of a type that cannot be meant."""
    for name, (kinds, right) in _KINDS.items():
        value = asked.get(name)
        if isinstance(value, kinds) or (value is None and name != "model"):
            continue
        from minimax_adapters.langchain.errors import (  # noqa: PLC0415 - slow to import
            MiniMaxInvalidInputError,
        )

        kind = type(value).__name__
        raise MiniMaxInvalidInputError(f"{name} is of type {kind}. Pass {right}.") from None


def check_words(fields: Mapping[str, Any]) -> None:
    """Check the settings that are words, of MiniMax or of another provider.

    Raises:
        ValueError: There is no such word; the error names those there are.
    """
    thinking = fields.get("thinking")
    if isinstance(thinking, Mapping):
        thinking = thinking.get("type")
    if not isinstance(thinking, bool):
        _check_word("thinking", thinking, _THINKING)
    _check_word("reasoning_effort", fields.get("reasoning_effort"), _REASONING_EFFORTS)
    _check_word("service_tier", fields.get("service_tier"), _SERVICE_TIERS)


def _check_word(name: str, word: object, allowed: Collection[str]) -> None:
    if word is not None and word not in allowed:
        known = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} is {word!r}. Use one of {known}.")


def _refuse_media(model: str, messages: Sequence[Mapping[str, Any]]) -> None:
    """Refuse images and videos for a known model that cannot see; a new one may be able to.

    MiniMax answers 2013 to them, with a text that does not say why.
    """
    profile = profile_of(model)
    if profile.images or profile.model not in PROFILES:
        return
    for message in messages:
        content = message.get("content")
        if isinstance(content, list) and any(part["type"] != "text" for part in content):
            from minimax_adapters.langchain.errors import (  # noqa: PLC0415 - slow to import
                MiniMaxInvalidInputError,
            )

            raise MiniMaxInvalidInputError(
                f"{model} reads no images or videos. Ask MiniMax-M3 or MiniMax-M3.1-Flash, or leave"
                " them out."
            )


def _stops(stop: str | Sequence[str] | None) -> list[str] | None:
    stops = [stop] if isinstance(stop, str) else list(stop or ())
    return stops or None


def _thinking(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return thinking and effort in MiniMax's words, also where another provider's were used."""
    thinking, effort = wanted.get("thinking"), wanted.get("reasoning_effort")
    if isinstance(thinking, Mapping):
        thinking = thinking.get("type")
    if isinstance(thinking, bool):
        thinking = "adaptive" if thinking else "disabled"
    if effort == "none":
        # Other models than the one with levels can only think or not.
        effort, thinking = None, "disabled"
    if thinking == "enabled":  # MiniMax refuses this word of Anthropic's.
        thinking = "adaptive"
    if thinking == "disabled" and profile_of(wanted["model"]).thinking == "always" and effort:
        thinking = None
    return {
        "thinking": {"type": thinking} if thinking else None,
        "reasoning_effort": _EFFORTS.get(effort or "", effort),
    }


def with_instruction(
    messages: list[dict[str, Any]], response_format: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return `messages` with an instruction to answer in `response_format`.

    MiniMax accepts the parameter and does not enforce it, so the model is told in words as well.
    """
    kind = response_format.get("type")
    if kind not in {"json_object", "json_schema"}:
        return messages
    text = "Answer with one JSON object and nothing else: no explanation, no code fence."
    described = response_format.get("json_schema")
    if isinstance(described, Mapping):
        schema = json.dumps(described.get("schema", described), ensure_ascii=False)
        text += f" It must be valid against this JSON Schema:\n{schema}"
    first, *rest = messages or [{}]
    if first.get("role") == "system" and isinstance(first["content"], str):
        return [{**first, "content": f"{first['content']}\n\n{text}"}, *rest]
    return [{"role": "system", "content": text}, *messages]
