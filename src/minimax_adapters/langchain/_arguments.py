"""Constructor and call arguments under every name that LangChain users know."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CONNECTION_SYNONYMS: Final = {
    "minimax_api_key": "api_key",
    "minimax_api_host": "base_url",
    "openai_api_base": "base_url",
    "api_base": "base_url",
    "endpoint_url": "base_url",
    "minimax_group_id": "group_id",
    "request_timeout": "timeout",
}
CHAT_SYNONYMS: Final = {
    "model_name": "model",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    **CONNECTION_SYNONYMS,
}
# Parameters of ChatOpenAI that MiniMax documents as ignored: accepted, and not sent.
WITHOUT_EFFECT: Final = frozenset(
    {"presence_penalty", "frequency_penalty", "logit_bias", "parallel_tool_calls", "user"}
)
REFUSED: Final = {
    "openai_api_key": "Pass the MiniMax key as api_key, or set MINIMAX_API_KEY.",
    "organization": "MiniMax has no organizations; old keys need a group_id.",
    "openai_organization": "MiniMax has no organizations; old keys need a group_id.",
    "reasoning": "Pass reasoning_effort='low', or thinking={'type': 'disabled'}.",
    "use_responses_api": "There is one dialect here, Chat Completions. Leave it out.",
    "logprobs": "MiniMax returns no log probabilities. Leave it out.",
    "top_logprobs": "MiniMax returns no log probabilities. Leave it out.",
    "top_k": "MiniMax has no top_k. Use top_p.",
    "http_client": "Clients are made when they are needed. Use timeout or default_headers.",
    "http_async_client": "Clients are made when they are needed. Use timeout or default_headers.",
    "functions": "MiniMax does not know the old form of tools. Use bind_tools().",
    "function_call": "MiniMax does not know the old form of tools. Use bind_tools().",
}


def canonical(
    owner: str,
    given: Mapping[str, Any],
    known: Collection[str],
    synonyms: Mapping[str, str],
    ignored: Collection[str] = frozenset(),
) -> dict[str, Any]:
    """Return `given` under our own names, without what is ignored.

    Args:
        owner: What the arguments are for, as error messages call it.
        given: Arguments as the user wrote them.
        known: Our names.
        synonyms: Other names for them.
        ignored: Names that are accepted without effect.

    Raises:
        ConfigurationError: An argument is unknown, refused, or given under two names.
    """
    arguments: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, value in given.items():
        target = synonyms.get(name, name)
        if name in ignored:
            continue
        if name == "n":
            _check_n(value)
            continue
        if target not in known:
            raise _unknown(owner, name, [*known, *synonyms])
        if target in arguments and arguments[target] != value:
            _refuse(f"{owner} got both {origin[target]!r} and {name!r}: they mean the same.")
        arguments[target], origin[target] = value, name
    return arguments


def _check_n(value: object) -> None:
    if value not in (None, 1):
        _refuse(f"MiniMax gives one answer per call, so n={value!r} is not possible. Use batch().")


def _unknown(owner: str, name: str, names: Collection[str]) -> Exception:
    from minimax_adapters.langchain.errors import MiniMaxConfigurationError  # noqa: PLC0415

    advice = REFUSED.get(name)
    if advice is None:
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        advice = f"Did you mean {near[0]!r}?" if near else "Put new members into extra_body."
    return MiniMaxConfigurationError(f"{owner} has no argument {name!r}. {advice}")


def _refuse(text: str) -> None:
    from minimax_adapters.langchain.errors import MiniMaxConfigurationError  # noqa: PLC0415

    raise MiniMaxConfigurationError(text)
