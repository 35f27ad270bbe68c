"""Errors are ours and LangChain's at once, in both colours and in streams."""

from __future__ import annotations

import pickle
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core import exceptions as core
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from minimax_adapters import api
from minimax_adapters.langchain import ChatMiniMax, MiniMaxError, errors

if TYPE_CHECKING:
    from makers import Make

    from minimax_adapters.emulator import Emulator

CODES: Final = [
    (1002, api.RateLimitError, core.ModelRateLimitError, True),
    (1004, api.AuthenticationError, core.ModelAuthenticationError, False),
    (1008, api.InsufficientBalanceError, core.ModelError, False),
    (1026, api.ContentFilterError, core.ModelError, False),
    (2013, api.InvalidRequestError, core.ModelInvalidRequestError, False),
    (2049, api.AuthenticationError, core.ModelAuthenticationError, False),
    (2056, api.QuotaExceededError, core.ModelRateLimitError, False),
    (2061, api.PermissionDeniedError, core.ModelPermissionDeniedError, False),
    (2064, api.OverloadedError, core.ModelAPIError, True),
]


async def invoke(model: ChatMiniMax) -> object:
    """Make a plain call."""
    return model.invoke("Hello")


async def ainvoke(model: ChatMiniMax) -> object:
    """Make an asynchronous call."""
    return await model.ainvoke("Hello")


async def stream(model: ChatMiniMax) -> object:
    """Stream."""
    return list(model.stream("Hello"))


async def astream(model: ChatMiniMax) -> object:
    """Stream asynchronously."""
    return [chunk async for chunk in model.astream("Hello")]


Way = Callable[[ChatMiniMax], Awaitable[object]]
WAYS: Final = [invoke, ainvoke, stream, astream]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("code", "ours", "theirs", "retryable"), CODES)
async def test_code_becomes_an_error_of_both_kinds(  # noqa: PLR0913, PLR0917 - a table
    chat: Make,
    emulator: Emulator,
    way: Way,
    code: int,
    ours: type[Exception],
    theirs: type[Exception],
    *,
    retryable: bool,
) -> None:
    """So that fallbacks, retries and middleware can name either class."""
    emulator.fail_next(code)

    with pytest.raises(ours) as caught:
        await way(chat(max_retries=0))

    assert isinstance(caught.value, theirs)
    error: Any = caught.value
    assert error.code == code
    assert error.is_retryable is error.retryable is retryable


REFUSAL: Final = getattr(core, "ModelRefusalError", core.ModelInvalidRequestError)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("code", "text", "ours", "theirs"),
    [
        (
            2013,
            "invalid params, context window exceeds limit",
            api.ContextWindowError,
            core.ContextOverflowError,
        ),
        (1026, "input new_sensitive", api.ContentFilterError, REFUSAL),
        (1027, "output new_sensitive", api.ContentFilterError, REFUSAL),
    ],
)
async def test_overflow_and_refusal_have_classes_of_their_own(  # noqa: PLR0913, PLR0917 - a table
    chat: Make,
    emulator: Emulator,
    way: Way,
    code: int,
    text: str,
    ours: type[Exception],
    theirs: type[Exception],
) -> None:
    """Summarising middleware waits for the one, an app answers the other by itself."""
    emulator.fail_next(code, text=text)

    with pytest.raises(ours) as caught:
        await way(chat(max_retries=0))

    assert isinstance(caught.value, theirs)


@pytest.mark.parametrize("way", [stream, astream])
async def test_error_inside_a_stream_keeps_what_had_come(
    chat: Make, emulator: Emulator, way: Way
) -> None:
    """It is not repeated, as MiniMax may have billed it."""
    emulator.fail_next(2064, at="mid_stream", after=3)

    with pytest.raises(core.ModelAPIError) as caught:
        await way(chat())

    assert isinstance(caught.value, api.OverloadedError)
    assert caught.value.partial is not None
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_unreachable_host_is_a_connection_error(way: Way) -> None:
    """Nothing was sent."""
    model = ChatMiniMax(api_key="k", base_url="http://127.0.0.1:9", max_retries=0)

    with pytest.raises(core.ModelConnectionError):
        await way(model)


async def test_connection_that_breaks_off_is_an_interrupted_reply(
    chat: Make, emulator: Emulator
) -> None:
    """With the part that had come."""
    emulator.break_next("close_mid_body")

    with pytest.raises(errors.MiniMaxInterruptedReplyError) as caught:
        await stream(chat(max_retries=0))

    assert isinstance(caught.value, core.ModelConnectionError)


def test_retries_are_done_once_not_multiplied(chat: Make, emulator: Emulator) -> None:
    """One 1002 costs one more call, and the caller sees nothing of it."""
    emulator.fail_next(1002)

    assert chat().invoke("Hello").content
    assert len(emulator.requests) == 2


def test_every_error_survives_pickling() -> None:
    """Process pools pickle exceptions."""
    for name in errors.__all__:
        kind: Any = getattr(errors, name)
        ours = kind("text", 1002, 429) if issubclass(kind, api.APIError) else kind("text")
        twin = errors.as_langchain_error(ours)

        copied = pickle.loads(pickle.dumps(twin))  # noqa: S301 - our own bytes

        assert type(copied) is kind
        assert str(copied) == str(twin)


def test_every_error_of_the_client_has_a_twin() -> None:
    """A new class of the client must not reach a LangChain app as it is."""
    for name in api.errors.__all__:
        kind: Any = getattr(api.errors, name)
        if kind is MiniMaxError:
            continue

        twin = errors.as_langchain_error(kind("text"))

        assert isinstance(twin, kind)
        assert isinstance(twin, core.ModelError)


def test_fallback_to_and_from_another_class(chat: Make, emulator: Emulator) -> None:
    """LangChain's own way to survive a failure."""
    other = FakeListChatModel(responses=["from the other"])
    emulator.fail_next(2056)

    to_other = chat().with_fallbacks([other], exceptions_to_handle=(core.ModelRateLimitError,))
    failing = FakeListChatModel(responses=[])
    from_other = failing.with_fallbacks([chat()], exceptions_to_handle=(IndexError,))

    assert to_other.invoke("Hello").content == "from the other"
    assert from_other.invoke("Hello").content


def test_with_retry_repeats_what_langchain_calls_retryable(chat: Make, emulator: Emulator) -> None:
    """Without our own retries, so that they do not multiply."""
    emulator.fail_next(1000)
    model = chat(max_retries=0).with_retry(
        retry_if_exception_type=(core.ModelAPIError,),
        wait_exponential_jitter=False,
        stop_after_attempt=2,
    )

    assert model.invoke("Hello").content
    assert len(emulator.requests) == 2
