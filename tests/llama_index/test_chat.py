"""The eight methods of the chat model, sync and async."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.base.llms.types import ChatResponse, CompletionResponse, ThinkingBlock
from llama_index.core.llms import ChatMessage

from minimax_adapters.api import (
    AuthenticationError,
    ContentFilterError,
    InsufficientBalanceError,
    InterruptedReplyError,
    RateLimitError,
)
from minimax_adapters.emulator import Emulator, Quirks, Reply
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

THINKING = "The user greets me. I greet back."
ANSWER = "Hello, Ada!"
ASK = [ChatMessage(role="user", content="Hello!")]


async def chat(llm: MiniMax, **kwargs: Any) -> list[ChatResponse]:
    """Return the only response."""
    return [llm.chat(ASK, **kwargs)]


async def achat(llm: MiniMax, **kwargs: Any) -> list[ChatResponse]:
    """Return the only response."""
    return [await llm.achat(ASK, **kwargs)]


async def stream_chat(llm: MiniMax, **kwargs: Any) -> list[ChatResponse]:
    """Return all chunks."""
    return list(llm.stream_chat(ASK, **kwargs))


async def astream_chat(llm: MiniMax, **kwargs: Any) -> list[ChatResponse]:
    """Return all chunks."""
    return [chunk async for chunk in await llm.astream_chat(ASK, **kwargs)]


async def complete(llm: MiniMax, **kwargs: Any) -> list[CompletionResponse]:
    """Return the only response."""
    return [llm.complete("Hello!", **kwargs)]


async def acomplete(llm: MiniMax, **kwargs: Any) -> list[CompletionResponse]:
    """Return the only response."""
    return [await llm.acomplete("Hello!", **kwargs)]


async def stream_complete(llm: MiniMax, **kwargs: Any) -> list[CompletionResponse]:
    """Return all chunks."""
    return list(llm.stream_complete("Hello!", **kwargs))


async def astream_complete(llm: MiniMax, **kwargs: Any) -> list[CompletionResponse]:
    """Return all chunks."""
    return [chunk async for chunk in await llm.astream_complete("Hello!", **kwargs)]


CHATS: list[Callable[..., Awaitable[list[ChatResponse]]]] = [
    chat,
    achat,
    stream_chat,
    astream_chat,
]
COMPLETIONS: list[Callable[..., Awaitable[list[CompletionResponse]]]] = [
    complete,
    acomplete,
    stream_complete,
    astream_complete,
]
ALL: list[Callable[..., Awaitable[list[Any]]]] = [*CHATS, *COMPLETIONS]


@pytest.mark.parametrize("ask", CHATS)
async def test_chat_answers_with_thinking_apart(ask: Any, llm: MiniMax, emulator: Emulator) -> None:
    """The text is in `content`, the thinking in a block."""
    emulator.script(Reply(thinking=THINKING, text=ANSWER))

    message = (await ask(llm))[-1].message

    assert message.content == ANSWER
    [thinking] = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    assert thinking.content == THINKING
    [detail] = thinking.additional_information["reasoning_details"]
    assert detail["text"] == THINKING


@pytest.mark.parametrize("ask", COMPLETIONS)
async def test_completions_hold_no_thinking(ask: Any, llm: MiniMax, emulator: Emulator) -> None:
    """Neither in the text nor in a chunk."""
    emulator.script(Reply(thinking=THINKING, text=ANSWER))

    responses = await ask(llm)

    assert responses[-1].text == ANSWER
    assert not [
        response for response in responses if "thinking_delta" in response.additional_kwargs
    ]
    assert not [response for response in responses if "greets" in response.text]


@pytest.mark.parametrize("ask", ALL)
async def test_thinking_inside_the_text_is_split(
    ask: Any, llm: MiniMax, emulator: Emulator
) -> None:
    """Self-hosted models write <think> tags."""
    emulator.quirks = Quirks(inline_think=True, chunk_chars=3)
    emulator.script(Reply(thinking=THINKING, text=ANSWER))

    last = (await ask(llm))[-1]

    assert str(last).removeprefix("assistant: ") == ANSWER


@pytest.mark.parametrize("ask", ALL)
async def test_usage_is_in_the_last_response(ask: Any, llm: MiniMax) -> None:
    """Token counters read it from `raw`, people from `additional_kwargs`."""
    last = (await ask(llm))[-1]

    usage = last.raw["usage"]
    assert usage["prompt_tokens"] > 0
    assert last.additional_kwargs["completion_tokens"] == usage["completion_tokens"]
    assert last.additional_kwargs["total_tokens"] == usage["total_tokens"]


@pytest.mark.parametrize("ask", ALL)
async def test_the_answer_ends_before_a_stop_text(
    ask: Any, llm: MiniMax, emulator: Emulator
) -> None:
    """MiniMax accepts `stop` and ignores it."""
    emulator.quirks = Quirks(chunk_chars=2)
    emulator.script(Reply(text="One. Observation: two."))

    last = (await ask(llm, stop="Observation:"))[-1]

    assert str(last).removeprefix("assistant: ") == "One. "


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1002, RateLimitError),
        (1004, AuthenticationError),
        (1008, InsufficientBalanceError),
        (1026, ContentFilterError),
    ],
)
@pytest.mark.parametrize("ask", ALL)
async def test_errors_are_typed(
    ask: Any, code: int, kind: type[Exception], llm: MiniMax, emulator: Emulator
) -> None:
    """By what a caller can do about them, in each method alike."""
    emulator.fail_next(code)

    with pytest.raises(kind, match=f"code {code}"):
        await ask(llm)


@pytest.mark.parametrize("ask", ALL)
async def test_an_error_inside_http_200_is_an_error(
    ask: Any, llm: MiniMax, emulator: Emulator
) -> None:
    """`choices` is null then."""
    emulator.fail_next(1002, envelope="base_resp")

    with pytest.raises(RateLimitError):
        await ask(llm)


@pytest.mark.parametrize("ask", [stream_chat, astream_chat, stream_complete, astream_complete])
async def test_a_stream_that_breaks_is_an_error(ask: Any, llm: MiniMax, emulator: Emulator) -> None:
    """Half an answer is not taken for a whole one."""
    emulator.break_next("close_mid_body", after=3)

    with pytest.raises(InterruptedReplyError):
        await ask(llm)


@pytest.mark.parametrize("ask", ALL)
async def test_a_call_is_repeated_by_one_layer(ask: Any, emulator: Emulator, no_wait: Any) -> None:
    """Two retries are three requests, whatever the method."""
    llm = MiniMax(api_key=emulator.api_key, api_base=emulator.url, max_retries=2, backoff=no_wait)
    emulator.fail_next(1002, times=9)

    with pytest.raises(RateLimitError):
        await ask(llm)

    assert len(emulator.requests) == 3


@pytest.mark.parametrize("ask", CHATS)
async def test_the_history_is_not_changed(ask: Any, llm: MiniMax) -> None:
    """Callers go on with their list."""
    before = [message.model_dump() for message in ASK]

    await ask(llm)

    assert [message.model_dump() for message in ASK] == before


def test_a_prompt_is_formatted_once(llm: MiniMax, emulator: Emulator) -> None:
    """`formatted` says that it has been done."""
    llm.completion_to_prompt = lambda prompt: f"Question: {prompt}"

    llm.complete("Why?")
    llm.complete("Why?", formatted=True)

    sent = [request.json["messages"][0]["content"] for request in emulator.requests]
    assert sent == ["Question: Why?", "Why?"]


def test_several_and_late_system_messages_are_sent(llm: MiniMax, emulator: Emulator) -> None:
    """Agents that stop early ask for a summary with a last system message; M2 takes only one."""
    messages = [
        ChatMessage(role="system", content="Be brief."),
        ChatMessage(role="system", content="Be kind."),
        *ASK,
        ChatMessage(role="system", content="Summarise."),
    ]

    llm.chat(messages)
    llm.model = "MiniMax-M2"
    llm.chat(messages)

    m3, m2 = (request.json["messages"] for request in emulator.requests)
    assert [message["role"] for message in m3] == ["system", "system", "user", "system"]
    assert m2 == [
        {"role": "system", "content": "Be brief.\n\nBe kind.\n\nSummarise."},
        {"role": "user", "content": "Hello!"},
    ]
