"""Exceptions of MiniMax calls, chosen by the code that MiniMax sends.

One class per thing that a caller can do about it:

MiniMaxError
├── ConfigurationError            settings are missing or contradict each other (a ValueError)
├── InvalidInputError             refused by us before anything is sent (a ValueError)
├── ConnectionFailedError         no reply: name not found, refused, reset, TLS
│   └── CallTimeoutError          no reply in time
├── InterruptedReplyError         the reply broke off; `partial` holds what had come
├── InvalidReplyError             something answered, but not with MiniMax's protocol
│   └── ReplyTooLargeError        more than max_reply_bytes, so it was not read on
└── APIError                      MiniMax answered with a code
    ├── AuthenticationError       the key is missing, wrong or of the other platform
    ├── PermissionDeniedError     the key is right, the plan or the account is not
    ├── InsufficientBalanceError  no money
    ├── QuotaExceededError        the window of the plan is used up
    ├── RateLimitError            too many requests, tokens or connections now
    ├── InvalidRequestError       MiniMax refuses the parameters
    │   ├── ContextWindowError    the input is longer than the model can read
    │   ├── InvalidVoiceError     the voice or the voice sample is not usable
    │   └── NotFoundError         no such path or object
    ├── ContentFilterError        the input or the answer was filtered
    └── ServerError               MiniMax failed
        └── OverloadedError       MiniMax is overloaded

The one table from code to class is in `_codes`, read to raise and to retry alike.
"""

from __future__ import annotations

__all__ = [
    "APIError",
    "AuthenticationError",
    "CallTimeoutError",
    "ConfigurationError",
    "ConnectionFailedError",
    "ContentFilterError",
    "ContextWindowError",
    "InsufficientBalanceError",
    "InterruptedReplyError",
    "InvalidInputError",
    "InvalidReplyError",
    "InvalidRequestError",
    "InvalidVoiceError",
    "MiniMaxError",
    "NotFoundError",
    "OverloadedError",
    "PermissionDeniedError",
    "QuotaExceededError",
    "RateLimitError",
    "ReplyTooLargeError",
    "ServerError",
]


class MiniMaxError(Exception):
    """Base of every error that this package raises on purpose.

    Attributes:
        retryable: Whether the same call may succeed later without a change.
        partial: What had arrived before: a `ChatReply` of a stream of chat, an `Audio` of a stream
            of speech, a `PartialSpeech` of a long text, a `PartialEmbeddings` of a job of
            embeddings, a tuple of `StoredFile` where a step after an upload failed, else None.
        trace_id: `Trace-Id` of the reply, to be named when asking MiniMax for support; None
            without one.
    """

    retryable: bool = False
    partial: object = None
    trace_id: str | None = None

    def __str__(self) -> str:
        text = super().__str__()
        told = self.trace_id is None or self.trace_id in text
        return text if told else f"{text} (trace {self.trace_id})"


class ConfigurationError(MiniMaxError, ValueError):
    """A setting is missing, or settings contradict each other."""


class InvalidInputError(MiniMaxError, ValueError):
    """The input cannot be sent to MiniMax; nothing left this process.

    Attributes:
        problems: For members or settings that are refused, where each stands, such as
            `("voice_setting", "speed")`, and why. Empty for other input.
    """

    problems: tuple[tuple[tuple[int | str, ...], str], ...] = ()


class ConnectionFailedError(MiniMaxError):
    """No reply came: the host was not found, refused, or dropped the connection."""

    retryable = True


class CallTimeoutError(ConnectionFailedError, TimeoutError):
    """No reply came within the time-outs or before the deadline of the call."""


class InterruptedReplyError(MiniMaxError):
    """A reply or a stream ended before it was complete.

    It is not retried, since MiniMax may have billed it; `partial` holds what had arrived.
    """


class InvalidReplyError(MiniMaxError):
    """Something answered that does not speak MiniMax's protocol: a proxy, another service.

    Attributes:
        http_status: HTTP status of the reply.
    """

    def __init__(
        self, message: str, http_status: int | None = None, trace_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.trace_id = trace_id


class ReplyTooLargeError(InvalidReplyError):
    """A reply or a stream had more than `max_reply_bytes`; the rest was not read.

    `partial` holds what had arrived of a stream.
    """


class APIError(MiniMaxError):
    """MiniMax answered with a code other than 0, often inside HTTP 200.

    Attributes:
        message: Text that MiniMax sent, without the code at its end.
        code: MiniMax's number, None if the reply had none.
        http_status: HTTP status of the reply.
        request_id: `request_id` of the error body.
        retryable: Whether the same call may succeed later.
        retry_after: Seconds that the server asked to wait.
        advice: What to do next.
    """

    def __init__(  # noqa: PLR0913 - the attributes of an error, given once where it is made
        self,
        message: str,
        code: int | None = None,
        http_status: int | None = None,
        trace_id: str | None = None,
        request_id: str | None = None,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        advice: str = "",
    ) -> None:
        super().__init__(message, code, http_status, trace_id, request_id)
        self.message = message
        self.code = code
        self.http_status = http_status
        self.trace_id = trace_id
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after = retry_after
        self.advice = advice

    def __str__(self) -> str:
        known = {
            "code": self.code,
            "HTTP": self.http_status,
            "trace": self.trace_id or self.request_id,
        }
        origin = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
        text = f"{self.message} ({origin})" if origin else self.message
        return f"{text}. {self.advice}" if self.advice else text


class AuthenticationError(APIError):
    """1004, 2049, HTTP 401: the key is missing, wrong, or belongs to the other platform."""


class PermissionDeniedError(APIError):
    """2038, 2042, 2061, HTTP 403: the key is right, the plan or the account may not do this."""


class InsufficientBalanceError(APIError):
    """1008, HTTP 402: the account has no balance."""


class QuotaExceededError(APIError):
    """1028, 1030, 2056: the five-hour or weekly window of the plan is used up."""


class RateLimitError(APIError):
    """1002, 1039, 1041, 2045, 2062, 2205, HTTP 429: too much at once."""


class InvalidRequestError(APIError):
    """2013 and its relatives, HTTP 400, 413, 422: MiniMax refuses the parameters."""


class ContextWindowError(InvalidRequestError):
    """2013 with the text "context window exceeds limit": the input is too long."""


class InvalidVoiceError(InvalidRequestError):
    """20132, 1043, 1044, 2037, 2039, 2048: the voice or its sample cannot be used."""


class NotFoundError(InvalidRequestError):
    """HTTP 404, 20132 of a file: no such path or object."""


class ContentFilterError(APIError):
    """1026 for the input, 1027 for the answer: filtered by MiniMax."""


class ServerError(APIError):
    """1000, 1001, 1013, 1024, 1033, HTTP 5xx: MiniMax failed."""


class OverloadedError(ServerError):
    """2064, HTTP 529: the cluster is under high load."""
