"""Constructor and call arguments under every name that LangChain users know."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters._sealing import seal

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
    "headers": "default_headers",
}
CHAT_SYNONYMS: Final = {
    "model_name": "model",
    "max_completion_tokens": "max_tokens",
    "stop_sequences": "stop",
    **CONNECTION_SYNONYMS,
}
# Parameters of ChatOpenAI that MiniMax documents as ignored, or that say nothing here: accepted,
# and not sent.
WITHOUT_EFFECT: Final = frozenset(
    {
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "parallel_tool_calls",
        "user",
        "stream_options",
        "disabled_params",
        "tiktoken_model_name",
    }
)

# Arguments of a call that LangChain takes in its `config`.
_OF_CONFIG: Final = frozenset({"callbacks", "tags", "metadata", "run_name", "run_id"})

_NO_ORGANIZATION: Final = "MiniMax has no organizations; old keys need a group_id."
_OWN_CLIENTS: Final = (
    "Clients are made when they are needed. Use timeout or default_headers; a certificate or a"
    " proxy of your own is named by SSL_CERT_FILE or HTTPS_PROXY in the environment."
)
_RESPONSES: Final = "It belongs to OpenAI's Responses API, which is not used here. Leave it out."
_OLD_TOOLS: Final = "MiniMax does not know the old form of tools. Use bind_tools()."
_NO_LOGPROBS: Final = "MiniMax returns no log probabilities. Leave it out."
_AZURE: Final = "It belongs to Azure. Leave it out, and pass base_url for another host."
_ONLY_TEXT: Final = "MiniMax chat answers in text only. For audio use MiniMaxSpeech."

# What to do instead, of names that other classes take. A value of None or False asks for nothing.
ADVICE: Final = {
    "openai_api_key": "Pass the MiniMax key as api_key, or set MINIMAX_API_KEY.",
    "openai_organization": _NO_ORGANIZATION,
    "organization": _NO_ORGANIZATION,
    "openai_proxy": "Set HTTPS_PROXY in the environment.",
    "default_query": "MiniMax takes no query but the GroupId of old keys. Use group_id.",
    "extra_query": "MiniMax takes no query but the GroupId of old keys. Use group_id.",
    "extra_headers": "Pass default_headers to the constructor.",
    "client": _OWN_CLIENTS,
    "async_client": _OWN_CLIENTS,
    "root_client": _OWN_CLIENTS,
    "root_async_client": _OWN_CLIENTS,
    "http_client": _OWN_CLIENTS,
    "http_async_client": _OWN_CLIENTS,
    "http_socket_options": _OWN_CLIENTS,
    "stream_chunk_timeout": "timeout also limits the wait for each chunk: httpx.Timeout(read=...).",
    "include_response_headers": "The trace_id is in response_metadata. Leave it out.",
    "reasoning": "Pass reasoning_effort='low', or thinking={'type': 'disabled'}.",
    "verbosity": "MiniMax has no verbosity. Ask for short answers in the prompt.",
    "top_k": "MiniMax has no top_k. Use top_p.",
    "best_of": "MiniMax gives one answer per call. Use batch().",
    "logprobs": _NO_LOGPROBS,
    "top_logprobs": _NO_LOGPROBS,
    "modalities": _ONLY_TEXT,
    "audio": _ONLY_TEXT,
    "prediction": "MiniMax takes no predicted output. Leave it out.",
    "store": "MiniMax stores no answers. Leave it out.",
    "functions": _OLD_TOOLS,
    "function_call": _OLD_TOOLS,
    "context_management": _RESPONSES,
    "include": _RESPONSES,
    "previous_response_id": _RESPONSES,
    "prompt_cache_key": "MiniMax caches prompts by itself. Leave it out.",
    "prompt_cache_options": "MiniMax caches prompts by itself. Leave it out.",
    "truncation": _RESPONSES,
    "use_previous_response_id": _RESPONSES,
    "use_responses_api": _RESPONSES,
    "deployment": _AZURE,
    "azure_endpoint": _AZURE,
    "azure_deployment": _AZURE,
    "api_version": _AZURE,
    "openai_api_version": _AZURE,
    "openai_api_type": _AZURE,
}


@dataclass(frozen=True, slots=True)
class Names:
    """The names that arguments go by.

    Attributes:
        known: Our own.
        synonyms: Other names for them.
        ignored: Names that are accepted without effect.
        advice: What to do instead of names that are refused.
        of_constructor: Names that are known, but not for a call.
    """

    known: Collection[str]
    synonyms: Mapping[str, str]
    ignored: Collection[str] = frozenset()
    advice: Mapping[str, str] = field(default_factory=lambda: ADVICE)
    of_constructor: Collection[str] = frozenset()


def canonical(owner: str, given: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Return `given` under our own names, without what is ignored.

    Args:
        owner: What the arguments are for, as error messages call it.
        given: Arguments as the user wrote them.
        names: What they may be called.

    Raises:
        ConfigurationError: An argument is unknown, refused, or given under two names.
    """
    arguments: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, value in given.items():
        target = names.synonyms.get(name, name)
        if name in names.ignored:
            continue
        if name == "n":
            _check_n(value)
            continue
        if target not in names.known:
            if name in names.advice and (value is None or value is False):
                continue
            del value  # It may be a key, and this frame is printed by crash reporters.
            seal(given)
            raise _error(f"{owner} has no argument {name!r}. {_hint(name, target, names)}")
        if target in arguments and arguments[target] != value:
            raise _error(f"{owner} got both {origin[target]!r} and {name!r}: they mean the same.")
        arguments[target], origin[target] = value, name
    return arguments


def refuse_of_config(owner: str, given: Mapping[str, Any]) -> None:
    """Refuse arguments of a call that belong to its config, before LangChain does it.

    Raises:
        ConfigurationError: There is one; LangChain would say that it got two values.
    """
    for name in () if _OF_CONFIG.isdisjoint(given) else sorted(_OF_CONFIG & given.keys()):
        raise _error(f"{owner} has no argument {name!r}. {_of_config(name)}")


def _of_config(name: str) -> str:
    return f"It belongs to the config of a call: pass config={{{name!r}: ...}}."


def _hint(name: str, target: str, names: Names) -> str:
    """Return what to write instead of `name`."""
    if name in _OF_CONFIG:
        return _of_config(name)
    if name in names.advice:
        return names.advice[name]
    if target in names.of_constructor:
        return (
            f"It belongs to the constructor: pass {target} there, or change a copy with"
            f" model_copy(update={{{target!r}: ...}})."
        )
    others = (other for other, meant in names.synonyms.items() if meant in names.known)
    near = get_close_matches(name, [*names.known, *others], n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    if "extra_body" in names.known:
        return "New members of MiniMax's request go into extra_body."
    return f"There are: {', '.join(sorted(names.known))}."


def _check_n(value: object) -> None:
    if value not in (None, 1):
        raise _error(
            f"MiniMax gives one answer per call, so n={value!r} is not possible. Use batch()."
        )


def _error(text: str) -> Exception:
    from minimax_adapters.langchain.errors import MiniMaxConfigurationError  # noqa: PLC0415 - slow to import

    return MiniMaxConfigurationError(text)
