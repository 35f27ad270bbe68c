"""Chat through real sockets, with the habits and faults that hosts were seen with."""

from __future__ import annotations

import dataclasses
from typing import Any, Final, get_args

import pytest
from colours import Caller, Colour

from minimax_adapters.api import (
    APIError,
    AuthenticationError,
    ChatEnd,
    ChatEvent,
    ChatReply,
    ChatRequest,
    ConnectionFailedError,
    ContextWindowError,
    InterruptedReplyError,
    InvalidReplyError,
    InvalidRequestError,
    MiniMaxError,
    OverloadedError,
    ReasoningDelta,
    ServerError,
    TextDelta,
)
from minimax_adapters.api._codes import CODES
from minimax_adapters.emulator import Breakage, Emulator, Quirks, Reply, ToolCall

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
TOOLS: Final = ChatRequest(
    messages=[{"role": "user", "content": "Weather in Zürich and Oslo?"}],
    tools=[
        {
            "type": "function",
            "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
        }
    ],
)
SAYS: Final = Reply(text="A café cat \N{CAT FACE} sat, 猫.", thinking="Cats sit. \N{CAT FACE}")
CALLS: Final = Reply(
    thinking="Two places.",
    tool_calls=[
        ToolCall(name="weather", arguments={"city": "Zürich"}),
        ToolCall(name="weather", arguments={"city": "Oslo"}),
    ],
)
HABITS: Final[dict[str, Quirks]] = {
    "none": Quirks(),
    "bytes one by one": Quirks(cut_bytes=1),
    "no space": Quirks(data_without_space=True, cut_bytes=7),
    "crlf": Quirks(crlf=True, keep_alive_comments=True, cut_bytes=5),
    "no done": Quirks(missing_done=True),
    "letters": Quirks(chunk_chars=1),
    "empty role": Quirks(empty_role=True, extra_members=True),
    "null delta": Quirks(null_delta=True),
    "content on finish": Quirks(content_on_finish=True),
    "whole message": Quirks(full_message_frame=True),
    "usage zeros": Quirks(usage_zeros=True),
    "usage on finish": Quirks(usage_on_finish=True),
    "inline": Quirks(inline_think=True),
    "inline letters": Quirks(inline_think=True, chunk_chars=1),
    "inline mm": Quirks(inline_think=True, think_tag="mm:think", chunk_chars=2),
    "inline mid chunk": Quirks(inline_think=True, think_close_mid_chunk=True),
    "content member": Quirks(reasoning_content_only=True),
    "details member": Quirks(reasoning_details_only=True),
    "details grow": Quirks(cumulative_reasoning_details=True, chunk_chars=3),
    "reasoning grows": Quirks(cumulative_reasoning_content=True, reasoning_content_only=True),
    "content grows": Quirks(cumulative_content=True),
    "arguments in letters": Quirks(tool_argument_chars=1),
    "ids repeated": Quirks(tool_argument_chars=3, tool_id_on_every_frame=True),
    "calls side by side": Quirks(tool_argument_chars=2, tool_calls_in_one_frame=True),
    "calls without index": Quirks(tool_argument_chars=2, tool_index_missing=True),
    "null content": Quirks(null_content=True),
}


@pytest.fixture(params=get_args(Colour))
def colour(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a literal type
    """Return `sync`, then `async`."""
    return request.param


@pytest.fixture
def caller(colour: Colour, emulator: Emulator) -> Any:  # noqa: ANN401 - a generator of Caller
    """Return a caller of the emulator."""
    with Caller(colour, api_key=emulator.api_key, base_url=emulator.url, max_retries=2) as caller:
        yield caller


def _end(events: list[ChatEvent]) -> ChatReply:
    assert isinstance(events[-1], ChatEnd)
    return events[-1].reply


def _same(reply: ChatReply) -> ChatReply:
    """Return `reply` without what differs from one request to the next."""
    calls = [dataclasses.replace(call, id="x") for call in reply.tool_calls]
    return dataclasses.replace(reply, id="", trace_id=None, usage=None, tool_calls=calls)


@pytest.mark.sampled(share=0.3)
@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize(
    ("request_", "reply"), [(HELLO, SAYS), (TOOLS, CALLS)], ids=["text", "calls"]
)
def test_habits_of_a_host_do_not_show(
    caller: Caller, emulator: Emulator, habit: str, request_: ChatRequest, reply: Reply
) -> None:
    """A stream ends in the reply of a plain call, and both say what the model said."""
    emulator.quirks = HABITS[habit]
    emulator.script(reply, reply)

    plain = caller.chat(request_)
    events = caller.stream_chat(request_)

    streamed = _end(events)
    assert _same(streamed) == _same(plain)
    assert (streamed.content, streamed.reasoning) == (reply.text, reply.thinking)
    assert [call.arguments for call in streamed.tool_calls] == [
        call.arguments_text for call in reply.tool_calls
    ]
    assert len({call.id for call in streamed.tool_calls}) == len(reply.tool_calls)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == reply.text
    assert "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == reply.thinking
    assert streamed.usage
    assert plain.usage
    assert streamed.trace_id != plain.trace_id is not None


def test_an_orphan_closing_tag_is_thinking_in_a_plain_reply(
    caller: Caller, emulator: Emulator
) -> None:
    """In a stream, the text before it has been shown already; the tag is not."""
    emulator.quirks = Quirks(inline_think=True, orphan_think_close=True)
    emulator.script(SAYS, SAYS)

    assert caller.chat(HELLO).reasoning == SAYS.thinking
    assert "think>" not in _end(caller.stream_chat(HELLO)).content


def test_an_unclosed_tag_does_not_leak(caller: Caller, emulator: Emulator) -> None:
    """All of it is thinking, since nothing says where it ends."""
    emulator.quirks = Quirks(inline_think=True, unclosed_think=True)
    emulator.script(SAYS, SAYS)

    for reply in (caller.chat(HELLO), _end(caller.stream_chat(HELLO))):
        assert reply.content == ""
        assert reply.reasoning.startswith(SAYS.thinking)


@pytest.mark.parametrize(
    "stops", [["sat"], ["cat \N{CAT FACE} sat,", "zzz"], ["t", "sat"], ["é c"]]
)
@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_stop_text_ends_plain_and_streamed_replies(
    caller: Caller, emulator: Emulator, stops: list[str], size: int
) -> None:
    """MiniMax accepts `stop` and ignores it, wherever the stream cuts the text."""
    emulator.quirks = Quirks(chunk_chars=size)
    emulator.script(SAYS, SAYS)
    request = ChatRequest(messages=[{"role": "user", "content": "Hello"}], stop=stops)

    plain, events = caller.chat(request), caller.stream_chat(request)

    expected = min((SAYS.text.split(stop)[0] for stop in stops), key=len)
    assert plain.content == _end(events).content == expected
    assert plain.finish_reason == _end(events).finish_reason == "stop"
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == expected


def test_thinking_goes_back_unchanged(caller: Caller, emulator: Emulator) -> None:
    """Agents get worse without it; the emulator notices when it is lost."""
    emulator.script(CALLS, SAYS)
    first = _end(caller.stream_chat(TOOLS))

    caller.chat(
        ChatRequest(
            messages=[
                *TOOLS.messages,
                {
                    "role": "assistant",
                    "content": first.content,
                    "reasoning_details": first.reasoning_details,
                    "tool_calls": [
                        {
                            "id": call.id,
                            "type": "function",
                            "function": {"name": call.name, "arguments": call.arguments},
                        }
                        for call in first.tool_calls
                    ],
                },
                *(
                    {"role": "tool", "tool_call_id": call.id, "content": "rain"}
                    for call in first.tool_calls
                ),
            ],
            tools=TOOLS.tools,
        )
    )

    assert not emulator.requests[-1].lost_thinking
    assert (
        emulator.requests[-1].json["messages"][1]["reasoning_details"][0]["text"] == "Two places."
    )


@pytest.mark.sampled(share=0.3)
@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("envelope", ["compatible", "base_resp"])
def test_every_code_is_a_typed_error(
    caller: Caller,
    emulator: Emulator,
    code: int,
    envelope: Any,  # noqa: ANN401 - a literal
) -> None:
    """Plain, as JSON to a stream request, and as the first frame; retried only if it passes."""
    attempts = 3 if CODES[code].retryable else 1
    for at, call in (
        ("response", caller.chat),
        ("response", caller.stream_chat),
        ("first_frame", caller.stream_chat),
    ):
        emulator.clear()
        emulator.fail_next(code, times=attempts, envelope=envelope, at=at)  # type: ignore[arg-type]  # a literal
        with pytest.raises(CODES[code].error) as caught:
            call(HELLO)

        assert caught.value.code == code
        assert caught.value.trace_id == emulator.requests[-1].trace_id
        assert len(emulator.requests) == attempts


def test_an_error_in_the_middle_keeps_what_had_come(caller: Caller, emulator: Emulator) -> None:
    """And the stream is not started again, although 2064 passes."""
    emulator.script(SAYS)
    emulator.fail_next(2064, at="mid_stream", after=9)
    seen: list[ChatEvent] = []

    with pytest.raises(OverloadedError) as caught:
        caller.stream_chat(HELLO, seen)

    partial = caught.value.partial
    assert isinstance(partial, ChatReply)
    assert SAYS.text.startswith(partial.content)
    assert "".join(e.text for e in seen if isinstance(e, TextDelta)) == partial.content
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("choices", ["null", "empty"])
def test_choices_without_an_answer_are_their_error(
    caller: Caller,
    emulator: Emulator,
    choices: Any,  # noqa: ANN401 - a literal
) -> None:
    """HTTP 200 with the code in `base_resp`."""
    emulator.fail_next(2056, envelope="base_resp", choices=choices, times=2)

    for call in (caller.chat, caller.stream_chat):
        with pytest.raises(APIError) as caught:
            call(HELLO)
        assert (caught.value.code, caught.value.http_status) == (2056, 200)


BROKEN: Final[dict[Breakage, tuple[type[MiniMaxError], int]]] = {
    "html_502": (ServerError, 3),
    "empty_body": (InvalidReplyError, 1),
    "truncated_json": (InvalidReplyError, 1),
    "reset_before_headers": (ConnectionFailedError, 3),
    "reset_mid_body": (InterruptedReplyError, 1),
    "close_mid_body": (InterruptedReplyError, 1),
}


@pytest.mark.parametrize("breakage", BROKEN)
def test_a_broken_transport_is_a_typed_error(
    caller: Caller, emulator: Emulator, breakage: Breakage
) -> None:
    """Repeated only if no byte of the body had come."""
    kind, attempts = BROKEN[breakage]
    emulator.break_next(breakage, times=attempts, after=0)

    with pytest.raises(kind):
        caller.chat(HELLO)

    assert len(emulator.requests) == attempts


@pytest.mark.parametrize("breakage", ["reset_mid_body", "close_mid_body"])
def test_a_stream_that_breaks_off_keeps_what_had_come(
    caller: Caller, emulator: Emulator, breakage: Breakage
) -> None:
    """The text so far is in `partial`, and nothing is sent again."""
    emulator.script(SAYS)
    emulator.break_next(breakage, after=8)

    with pytest.raises(InterruptedReplyError) as caught:
        caller.stream_chat(HELLO)

    assert isinstance(caught.value.partial, ChatReply)
    assert caught.value.partial.reasoning
    assert len(emulator.requests) == 1


def test_a_stream_that_just_ends_is_an_interruption(caller: Caller, emulator: Emulator) -> None:
    """A proven end is `[DONE]` or a finish reason."""
    emulator.script(SAYS)
    emulator.quirks = Quirks(cut_stream_after=9)

    with pytest.raises(InterruptedReplyError):
        caller.stream_chat(HELLO)


def test_failures_that_pass_are_not_noticed(caller: Caller, emulator: Emulator) -> None:
    """Two failures and an answer: the user sees the answer."""
    emulator.script(SAYS, SAYS)
    for call in (caller.chat, caller.stream_chat):
        emulator.fail_next(1002)
        emulator.break_next("reset_before_headers")
        call(HELLO)

    assert len(emulator.requests) == 6


def test_a_wrong_key_names_the_other_region(colour: Colour, emulator: Emulator) -> None:
    """It looks the same on the wire."""
    with (
        Caller(colour, api_key="wrong", base_url=emulator.url) as caller,
        pytest.raises(AuthenticationError, match="MINIMAX_REGION") as caught,
    ):
        caller.models()

    assert "wrong" not in str(caught.value)


def test_a_host_that_is_down_is_replaced(colour: Colour, emulator: Emulator) -> None:
    """At once, since nothing was sent to it."""
    emulator.script(SAYS)
    with Caller(
        colour,
        api_key=emulator.api_key,
        base_url="http://127.0.0.1:9",
        fallback_base_urls=[f"{emulator.url}/v1"],
        max_retries=0,
    ) as caller:
        assert caller.chat(HELLO).content == SAYS.text


def test_models_are_listed(caller: Caller) -> None:
    """As MiniMax lists them, the newest first."""
    models = caller.models()

    assert models[0].id == "MiniMax-M3.1-Flash"
    assert models[0].owned_by == "minimax"


@pytest.mark.parametrize(
    ("model", "advice"),
    [("minimax-m3", "Did you mean 'MiniMax-M3'?"), ("gpt-4o", "Client.models() lists")],
)
def test_a_model_that_is_misspelt_is_named(
    caller: Caller, emulator: Emulator, model: str, advice: str
) -> None:
    """Ids are case-sensitive, and those of other providers have no place here."""
    with pytest.raises(InvalidRequestError) as caught:
        caller.chat(HELLO.model_copy(update={"model": model}))

    assert advice in str(caught.value)
    assert ("Did you mean" in str(caught.value)) == ("Did you mean" in advice)
    emulator.clear()  # The schema has no such models either.


def test_refusals_of_parameters_are_told_apart(caller: Caller, emulator: Emulator) -> None:
    """An agent can shorten its history, and nothing else."""
    emulator.fail_next(2013, text="invalid params, context window exceeds limit")
    with pytest.raises(ContextWindowError):
        caller.chat(HELLO)
    emulator.fail_next(2013)
    with pytest.raises(InvalidRequestError) as caught:
        caller.chat(HELLO)

    assert not isinstance(caught.value, ContextWindowError)
