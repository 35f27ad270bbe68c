"""Streams that fail, break off, or are no streams: typed errors that keep what had come."""

from __future__ import annotations

import json
import pickle
import time
from typing import TYPE_CHECKING, Any

import pytest
from frames import EVENT_STREAM, HEAD, delta, plain, read, read_into, render, reply_of, usage_frame
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import (
    APIError,
    CallTimeoutError,
    ChatEvent,
    ChatReply,
    ConnectionFailedError,
    InterruptedReplyError,
    InvalidReplyError,
    InvalidRequestError,
    MiniMaxError,
    OverloadedError,
    RateLimitError,
    TextDelta,
)
from minimax_adapters.api._chat import parse_chat
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._embeddings import parse_embeddings
from minimax_adapters.api._models import parse_models
from minimax_adapters.api._speech import SpeechSession, parse_speech
from minimax_adapters.api.wire.speech import SpeechRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api._judge import HTTPReply

OVERLOADED = {
    "type": "error",
    "error": {
        "type": "overloaded_error",
        "message": "the server cluster is under high load (2064)",
        "http_code": "529",
    },
    "request_id": "request-of-the-frame",
}
THROTTLED = {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}
SPEECH = SpeechRequest(text="Hello")


@pytest.mark.parametrize(
    ("frame", "kind"), [(OVERLOADED, OverloadedError), (THROTTLED, RateLimitError)]
)
def test_an_error_frame_at_the_start_is_typed(frame: dict[str, Any], kind: type[APIError]) -> None:
    """Nothing was shown yet, so the flow may repeat the call."""
    with pytest.raises(kind) as caught:
        read([render([frame])])

    assert caught.value.retryable
    assert caught.value.trace_id == "trace-of-the-head"


def test_an_error_frame_has_the_status_that_it_names() -> None:
    """The status line said 200 before the error was known."""
    with pytest.raises(OverloadedError) as caught:
        read([render([OVERLOADED])])

    assert (caught.value.code, caught.value.http_status) == (2064, 529)
    assert caught.value.request_id == "request-of-the-frame"


@pytest.mark.parametrize("frame", [OVERLOADED, THROTTLED])
def test_what_came_before_an_error_frame_is_shown_wherever_the_cut_is(frame: object) -> None:
    """The same bytes give the same events, also if text and error share a chunk."""
    stream = render([delta(content="Half "), delta(content="of it"), frame])

    for at in range(len(stream) + 1):
        seen: list[ChatEvent] = []
        with pytest.raises(APIError) as caught:
            read_into(seen, [stream[:at], stream[at:]])

        assert seen in ([TextDelta("Half "), TextDelta("of it")], [TextDelta("Half of it")])
        assert isinstance(caught.value.partial, ChatReply)
        assert caught.value.partial.content == "Half of it"


@pytest.mark.parametrize(
    "body", [OVERLOADED, THROTTLED, {"error": "no (1002)"}, {"error": {"message": "no", "code": 1}}]
)
def test_plain_json_in_a_stream_without_its_content_type_is_the_error_it_says(body: object) -> None:
    """Hosts were seen to answer a stream request with one JSON body."""
    with pytest.raises(APIError):
        read([json.dumps(body).encode()])


def test_a_plain_answer_to_a_stream_request_is_an_answer() -> None:
    """A host that cannot stream has still answered."""
    body = json.dumps(plain({"content": "Hi"}))

    assert reply_of(read([body.encode()])).content == "Hi"


def test_every_cut_of_a_stream_before_the_finish_reason_is_an_interruption() -> None:
    """A half answer is never passed off as a whole one, nor blamed on a proxy."""
    stream = render([delta(content="One"), delta(content=" two")])[: -len("data: [DONE]\n\n")]

    for at in range(1, len(stream)):
        with pytest.raises(InterruptedReplyError) as caught:
            read([stream[:at]])
        assert not caught.value.retryable
        assert "One two".startswith(caught.value.partial.content)  # type: ignore[attr-defined]  # a reply


def test_a_cut_after_the_finish_reason_leaves_the_answer_whole() -> None:
    """Only the counts are lost; the answer was complete."""
    head = render([delta("stop", content="Done.")], done=False)
    tail = render([usage_frame()])

    for at in range(len(tail) + 1):
        assert reply_of(read([head + tail[:at]])).content == "Done."


def test_a_connection_lost_after_the_finish_reason_is_no_error() -> None:
    """Also if it is lost inside the frame of the counts."""
    session = ChatSession(EVENT_STREAM)
    session.feed(render([delta("stop", content="Done.")], done=False) + b'data: {"usa')

    assert session.interrupted(ConnectionFailedError("reset")) is None
    assert reply_of(session.finish()).content == "Done."
    assert session.finish() == []


def test_a_connection_lost_before_it_keeps_the_partial_answer() -> None:
    """The caller may show it, or ask for the rest."""
    session = ChatSession(EVENT_STREAM)
    session.feed(render([delta(content="Half")], done=False))

    error = session.interrupted(ConnectionFailedError("reset"))

    assert error is not None
    assert error.partial == ChatReply("Half", id=HEAD["id"], trace_id="trace-of-the-head")


def test_an_error_in_the_middle_tells_the_trace_of_what_had_arrived() -> None:
    """MiniMax's support asks for it, whatever has ended the stream."""
    session = ChatSession(EVENT_STREAM)
    session.feed(render([delta(content="Half")], done=False))
    own = APIError("slow", 1002, trace_id="its own")

    lost = session.interrupted(CallTimeoutError("Too late."))
    refused = session.interrupted(own)
    with pytest.raises(InterruptedReplyError, match=r"\(trace trace-of-the-head\)$") as caught:
        session.finish()

    assert str(lost) == "Too late. (trace trace-of-the-head)"
    for error in (lost, caught.value):
        twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert (twin.trace_id, str(twin)) == ("trace-of-the-head", str(error))
    assert refused is own
    assert own.trace_id == "its own"


@pytest.mark.parametrize("payload", ["{", "[1]", "null", "hello", '"text"', "1"])
def test_a_frame_that_is_no_object_is_an_invalid_reply(payload: str) -> None:
    """Something answered that does not speak the protocol."""
    stream = f"data: {payload}\n\n".encode()

    with pytest.raises(InvalidReplyError, match="proxy") as caught:
        read([stream, render([delta(content="x")])])

    assert caught.value.http_status == 200


def test_a_page_instead_of_a_stream_is_an_invalid_reply() -> None:
    """A captive portal may say text/event-stream by default."""
    with pytest.raises(InvalidReplyError, match="no event stream"):
        read([b"<html><body>Log in</body></html>"])


def test_an_empty_stream_is_an_interruption() -> None:
    """Nothing came at all, not even a wrong thing."""
    with pytest.raises(InterruptedReplyError):
        read([])


def test_a_plain_reply_without_a_message_is_an_invalid_reply() -> None:
    """As in a plain call: neither an answer nor an error."""
    with pytest.raises(InvalidReplyError, match="neither"):
        ChatSession(EVENT_STREAM).feed_whole({"choices": []})
    with pytest.raises(InvalidReplyError, match="neither"):
        SpeechSession(EVENT_STREAM, SPEECH).feed_whole({"data": None})


def test_byte_order_marks_without_end_are_no_event_stream() -> None:
    """One is allowed; a file of them is noise."""
    with pytest.raises(InvalidReplyError, match="no event stream"):
        read([b"\xef\xbb\xbf" * 10_000])


def test_a_line_of_many_megabytes_takes_linear_time() -> None:
    """Hex audio comes in huge lines, and networks deliver them in small chunks."""
    line = render([delta("stop", content="x" * 8_000_000)])
    chunks = [line[at : at + 4096] for at in range(0, len(line), 4096)]

    started = time.process_time()
    reply = reply_of(read(chunks))

    assert len(reply.content) == 8_000_000
    assert time.process_time() - started < 3


def test_twenty_thousand_frames_are_read_quickly() -> None:
    """Reading must never be slower than a model writes."""
    stream = render(
        [*(delta(content=f"word {n} ") for n in range(20_000)), delta("stop", content="")]
    )

    started = time.process_time()
    reply = reply_of(read([stream[at : at + 1024] for at in range(0, len(stream), 1024)], ["§"]))

    assert reply.content.endswith("word 19999 ")
    assert time.process_time() - started < 5


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.sampled_from(
        ["", "0", "1002", "9" * 5000, "zz", "00ff", "{", "stop", "<think>", "x (2013)"]
    )
)
names = st.sampled_from(
    [
        "choices",
        "delta",
        "message",
        "content",
        "reasoning_content",
        "reasoning_details",
        "text",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "index",
        "finish_reason",
        "usage",
        "prompt_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "base_resp",
        "status_code",
        "status_msg",
        "trace_id",
        "request_id",
        "error",
        "http_code",
        "code",
        "type",
        "data",
        "audio",
        "status",
        "extra_info",
        "audio_length",
        "audio_format",
        "subtitle_file",
        "vectors",
        "created",
        "model",
    ]
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=20,
)


def _choices(delta_name: str) -> st.SearchStrategy[Any]:
    """Return frames that get as far as the members of a delta before they go wrong."""
    members = st.dictionaries(
        st.sampled_from(
            ["content", "reasoning_content", "reasoning_details", "tool_calls", "role"]
        ),
        anything | st.lists(st.dictionaries(names, anything, max_size=5), max_size=3),
        max_size=4,
    )
    choice = st.fixed_dictionaries(
        {delta_name: members | anything}, optional={"finish_reason": anything}
    )
    return st.fixed_dictionaries(
        {"choices": st.lists(choice | anything, max_size=2)},
        optional={"usage": anything, "id": anything, "model": anything, "created": anything},
    )


speeches = st.fixed_dictionaries(
    {"data": st.fixed_dictionaries({"audio": anything}, optional={"status": anything}) | anything},
    optional={
        "extra_info": st.dictionaries(
            st.sampled_from(["audio_length", "audio_format", "bitrate", "usage_characters"]),
            anything,
        )
        | anything,
        "trace_id": anything,
    },
)
vectors = st.fixed_dictionaries(
    {
        "vectors": st.lists(
            st.lists(scalars, max_size=3) | st.just([10**400] * 1536) | anything, max_size=2
        )
    }
)
bodies = anything | _choices("delta") | _choices("message") | speeches | vectors


def _only_our_errors(work: Callable[[], object]) -> None:
    try:
        work()
    except MiniMaxError as error:
        assert str(error)  # noqa: PT017 - any of our errors will do, and it must have a text


@given(st.lists(bodies, max_size=4), st.booleans())
def test_no_json_whatsoever_breaks_a_stream_in_another_way(frames: list[Any], done: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever a host sends, only our errors come out."""
    stream = render(frames, done=done)

    _only_our_errors(lambda: read([stream], stops=["zz"]))
    session = SpeechSession(EVENT_STREAM, SPEECH)
    _only_our_errors(lambda: (session.feed(stream), session.finish()))


@given(bodies, st.sampled_from([200, 201, 302, 400, 404, 500]))
def test_no_json_whatsoever_breaks_a_plain_reply_in_another_way(body: object, status: int) -> None:
    """As above, for each endpoint and for statuses of success and failure."""
    reply: HTTPReply = EVENT_STREAM._replace(status=status, body=json.dumps(body).encode())

    _only_our_errors(lambda: parse_chat(reply, ["zz"]))
    _only_our_errors(lambda: parse_speech(reply, SPEECH))
    _only_our_errors(lambda: parse_embeddings(reply, 1))
    _only_our_errors(lambda: parse_models(reply))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=3))
def test_no_bytes_whatsoever_break_a_stream_in_another_way(noise: bytes, cuts: list[int]) -> None:
    """Proxies inject anything, anywhere."""
    stream = render([delta(content="x"), delta("stop", content="y")])
    for cut in cuts:
        stream = stream[:cut] + noise + stream[cut:]

    _only_our_errors(lambda: read([stream]))


def test_a_member_of_the_wrong_type_counts_as_missing() -> None:
    """A reply is read as far as it can be."""
    body = plain({"content": "Hi", "tool_calls": {"0": "x"}, "reasoning_details": "no"})
    body |= {"usage": "many", "model": ["M"], "created": "today", "id": {"a": 1}}

    reply = parse_chat(EVENT_STREAM._replace(body=json.dumps(body).encode()))

    assert reply.content == "Hi"
    assert (reply.usage, reply.model, reply.created, reply.id) == (None, "", None, "")
    with pytest.raises(InvalidRequestError):
        parse_chat(EVENT_STREAM._replace(status=400, body=b'{"choices": {"0": {}}}'))
