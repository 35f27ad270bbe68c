"""Errors that are MiniMax's and LangChain's at once.

Each class here is one of `minimax_adapters.api.errors` and the class of `langchain_core` for the
same condition, so that `except`, `with_fallbacks`, `with_retry` and middleware may name either.
`is_retryable` says of every instance what our `retryable` says.

Example:
    >>> from minimax_adapters.langchain import ChatMiniMax, MiniMaxAuthenticationError
    >>> try:
    ...     ChatMiniMax(api_key="wrong").invoke("Hello!")
    ... except MiniMaxAuthenticationError as error:
    ...     print(error.code, error.is_retryable)
    2049 False
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from langchain_core import exceptions as core

from minimax_adapters.api import errors as api
from minimax_adapters.api.errors import MiniMaxError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

if TYPE_CHECKING:
    _Refusal = core.ModelError
else:
    # Newer cores have a class for refusals; the request was at fault for older ones.
    _Refusal = getattr(core, "ModelRefusalError", core.ModelInvalidRequestError)

__all__ = [
    "MiniMaxAPIError",
    "MiniMaxAuthenticationError",
    "MiniMaxConfigurationError",
    "MiniMaxConnectionError",
    "MiniMaxContentFilterError",
    "MiniMaxContextWindowError",
    "MiniMaxError",
    "MiniMaxInsufficientBalanceError",
    "MiniMaxInterruptedReplyError",
    "MiniMaxInvalidInputError",
    "MiniMaxInvalidReplyError",
    "MiniMaxInvalidRequestError",
    "MiniMaxInvalidVoiceError",
    "MiniMaxNotFoundError",
    "MiniMaxOverloadedError",
    "MiniMaxPermissionDeniedError",
    "MiniMaxQuotaExceededError",
    "MiniMaxRateLimitError",
    "MiniMaxReplyTooLargeError",
    "MiniMaxServerError",
    "MiniMaxTimeoutError",
]


class MiniMaxConfigurationError(api.ConfigurationError, core.ModelError):
    """A setting or an argument is missing, unknown, or contradicts another (a ValueError)."""


class MiniMaxInvalidInputError(api.InvalidInputError, core.ModelInvalidRequestError):
    """The input cannot be sent to MiniMax; nothing left this process (a ValueError)."""


class MiniMaxConnectionError(api.ConnectionFailedError, core.ModelConnectionError):
    """No reply came: the host was not found, refused, or dropped the connection."""


class MiniMaxTimeoutError(api.CallTimeoutError, core.ModelTimeoutError):
    """No reply came in time (a TimeoutError)."""


class MiniMaxInterruptedReplyError(api.InterruptedReplyError, core.ModelConnectionError):
    """The reply broke off; `partial` holds what had come. Not retried, as it may be billed."""

    is_retryable = False


class MiniMaxInvalidReplyError(api.InvalidReplyError, core.ModelAPIError):
    """Something answered that does not speak MiniMax's protocol."""

    is_retryable = False


class MiniMaxReplyTooLargeError(api.ReplyTooLargeError, core.ModelAPIError):
    """The reply had more than `max_reply_bytes`; the rest was not read."""

    is_retryable = False


class MiniMaxAPIError(api.APIError, core.ModelError):
    """MiniMax answered with a code that none of the other classes stands for."""


class MiniMaxAuthenticationError(api.AuthenticationError, core.ModelAuthenticationError):
    """1004, 2049: the key is missing, wrong, or belongs to the other platform."""


class MiniMaxPermissionDeniedError(api.PermissionDeniedError, core.ModelPermissionDeniedError):
    """2038, 2042, 2061: the key is right, the plan or the account may not do this."""


class MiniMaxInsufficientBalanceError(api.InsufficientBalanceError, core.ModelError):
    """1008: the account has no balance."""


class MiniMaxQuotaExceededError(api.QuotaExceededError, core.ModelRateLimitError):
    """1028, 1030, 2056: the window of the plan is used up; retrying does not help."""

    is_retryable = False


class MiniMaxRateLimitError(api.RateLimitError, core.ModelRateLimitError):
    """1002, 1039, 1041, 2045, 2062: too many requests, tokens or connections now."""


class MiniMaxInvalidRequestError(api.InvalidRequestError, core.ModelInvalidRequestError):
    """2013 and its relatives: MiniMax refuses the parameters."""


class MiniMaxContextWindowError(
    api.ContextWindowError, core.ContextOverflowError, core.ModelInvalidRequestError
):
    """2013 "context window exceeds limit": the input is too long."""


class MiniMaxNotFoundError(api.NotFoundError, core.ModelNotFoundError):
    """HTTP 404: no such path or object."""


class MiniMaxInvalidVoiceError(api.InvalidVoiceError, core.ModelInvalidRequestError):
    """20132, 1043, 1044, 2037, 2039, 2048: the voice or its sample cannot be used."""


class _PlainArguments(Exception):  # noqa: N818 - stands between two errors
    """Ends the row of constructors: that of LangChain's refusal takes a message only."""

    def __init__(self, *arguments: object) -> None:
        Exception.__init__(self, *arguments)


class MiniMaxContentFilterError(api.ContentFilterError, _PlainArguments, _Refusal):
    """1026 for the input, 1027 for the answer: filtered by MiniMax."""

    raw_message = None  # LangChain's refusals have it; there is no message here.


class MiniMaxServerError(api.ServerError, core.ModelAPIError):
    """1000, 1001, 1013, 1024, 1033, HTTP 5xx: MiniMax failed."""


class MiniMaxOverloadedError(api.OverloadedError, core.ModelAPIError):
    """2064, HTTP 529: the cluster is under high load."""


_CLASSES: Final[dict[type[MiniMaxError], type[MiniMaxError]]] = {
    api.ConfigurationError: MiniMaxConfigurationError,
    api.InvalidInputError: MiniMaxInvalidInputError,
    api.ConnectionFailedError: MiniMaxConnectionError,
    api.CallTimeoutError: MiniMaxTimeoutError,
    api.InterruptedReplyError: MiniMaxInterruptedReplyError,
    api.InvalidReplyError: MiniMaxInvalidReplyError,
    api.ReplyTooLargeError: MiniMaxReplyTooLargeError,
    api.APIError: MiniMaxAPIError,
    api.AuthenticationError: MiniMaxAuthenticationError,
    api.PermissionDeniedError: MiniMaxPermissionDeniedError,
    api.InsufficientBalanceError: MiniMaxInsufficientBalanceError,
    api.QuotaExceededError: MiniMaxQuotaExceededError,
    api.RateLimitError: MiniMaxRateLimitError,
    api.InvalidRequestError: MiniMaxInvalidRequestError,
    api.InvalidVoiceError: MiniMaxInvalidVoiceError,
    api.ContextWindowError: MiniMaxContextWindowError,
    api.NotFoundError: MiniMaxNotFoundError,
    api.ContentFilterError: MiniMaxContentFilterError,
    api.ServerError: MiniMaxServerError,
    api.OverloadedError: MiniMaxOverloadedError,
}


def as_langchain_error(error: MiniMaxError) -> MiniMaxError:
    """Return `error` as the class that is LangChain's as well, with all it carries."""
    target = _CLASSES.get(type(error))
    if target is None:
        return error
    twin = target.__new__(target, *error.args)
    twin.args = error.args
    twin.__dict__.update(error.__dict__)
    twin.__dict__["is_retryable"] = error.retryable
    return twin


class _Translated:
    """What `translated()` returns; a generator would cost five calls each time."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, MiniMaxError):
            twin = as_langchain_error(error)
            if twin is not error:
                raise twin.with_traceback(trace) from error.__cause__


_TRANSLATED: Final = _Translated()


def translated() -> AbstractContextManager[None]:
    """Raise our errors as the classes that are LangChain's as well."""
    return _TRANSLATED
