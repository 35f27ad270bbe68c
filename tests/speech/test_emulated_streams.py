"""Event streams of `POST /v1/t2a_v2`, well-behaved and not, over real sockets."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import soundfile
from published import validator

from minimax_adapters.emulator import Emulator, Quirks

if TYPE_CHECKING:
    import httpx

REQUEST = {
    "model": "speech-2.8-turbo",
    "text": "Good morning. The train leaves at nine.",
    "stream": True,
    "voice_setting": {"voice_id": "English_Graceful_Lady"},
}
EXCLUDE = {"stream_options": {"exclude_aggregated_audio": True}}


def frames(client: httpx.Client, **changes: Any) -> list[dict[str, Any]]:  # JSON.  # noqa: ANN401 - any JSON
    """The payloads of the stream that answers the usual request with `changes`."""
    with client.stream("POST", "/v1/t2a_v2", json=REQUEST | changes) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data:") for line in lines)
    payloads = [json.loads(line.removeprefix("data:")) for line in lines]
    for payload in payloads:
        if payload["data"] is not None or payload["base_resp"]["status_code"]:
            validator("t2a_v2.stream_event").validate(payload)
    return payloads


def joined(payloads: list[dict[str, Any]]) -> bytes:
    """The audio of the frames with status 1."""
    parts = [frame["data"]["audio"] for frame in payloads if frame["data"]]
    statuses = [frame["data"]["status"] for frame in payloads if frame["data"]]
    return bytes.fromhex("".join(p for p, s in zip(parts, statuses, strict=True) if s == 1))


@pytest.mark.parametrize("name", ["mp3", "wav", "flac", "pcmu_wav", "opus"])
def test_pieces_joined_are_one_file(client: httpx.Client, name: str) -> None:
    """Of the length that the last frame states."""
    *_, last = payloads = frames(client, audio_setting={"format": name, "sample_rate": 16000})

    read = soundfile.info(io.BytesIO(joined(payloads)))

    info = last["extra_info"]
    assert read.frames / read.samplerate * 1000 == pytest.approx(info["audio_length"], abs=1)
    assert read.samplerate == info["audio_sample_rate"]


@pytest.mark.parametrize("name", ["mp3", "pcm", "pcmu_raw", "wav"])
def test_pieces_last_a_sixth_of_a_second(client: httpx.Client, name: str) -> None:
    """Small enough to start playing early."""
    *pieces, last = frames(client, audio_setting={"format": name})

    assert 100 <= last["extra_info"]["audio_length"] / len(pieces) <= 200


def test_last_frame_repeats_the_whole_audio(client: httpx.Client) -> None:
    """The habit that makes careless clients play everything twice."""
    *pieces, last = payloads = frames(client)

    assert [frame["data"]["status"] for frame in pieces] == [1] * len(pieces)
    assert last["data"]["status"] == 2
    assert bytes.fromhex(last["data"]["audio"]) == joined(payloads)
    assert last["extra_info"]["audio_size"] == len(joined(payloads))
    assert not any("extra_info" in frame for frame in pieces)


def test_repetition_can_be_excluded(client: httpx.Client) -> None:
    """The last frame then carries no audio."""
    *_, last = payloads = frames(client, **EXCLUDE)

    assert last["data"]["audio"] == ""
    assert last["extra_info"]["audio_size"] == len(joined(payloads))


def test_stream_and_plain_reply_hold_the_same_audio(client: httpx.Client) -> None:
    """Streaming changes nothing but the way."""
    plain = client.post("/v1/t2a_v2", json=REQUEST | {"stream": False}).json()

    assert joined(frames(client)) == bytes.fromhex(plain["data"]["audio"])


def test_url_is_ignored(client: httpx.Client) -> None:
    """Streams are hexadecimal."""
    assert joined(frames(client, output_format="url"))


def test_watermark_is_left_out(client: httpx.Client) -> None:
    """It exists without streaming only."""
    assert joined(frames(client, aigc_watermark=True)) == joined(frames(client))


def test_subtitles_are_on_the_last_frame(client: httpx.Client) -> None:
    """As an address, like without streaming."""
    *pieces, last = frames(client, subtitle_enable=True)

    lines = client.get(last["data"]["subtitle_file"]).json()
    assert [line["text"] for line in lines] == ["Good morning.", "The train leaves at nine."]
    assert not any("subtitle" in frame["data"] for frame in pieces)


def test_words_travel_with_the_audio(client: httpx.Client) -> None:
    """`word_streaming` puts each sentence on the first piece that reaches it."""
    payloads = frames(client, subtitle_enable=True, subtitle_type="word_streaming")

    found = [frame["data"]["subtitle"] for frame in payloads if "subtitle" in frame["data"]]

    assert [line["text"] for line in found] == ["Good morning.", "The train leaves at nine."]
    assert found[0]["timestamped_words"][0]["word"] == "Good"


def test_trace_id_is_on_every_frame(client: httpx.Client) -> None:
    """The same one."""
    assert len({frame["trace_id"] for frame in frames(client)}) == 1


def test_there_is_no_done(client: httpx.Client) -> None:
    """Unlike on the chat endpoint."""
    assert "[DONE]" not in client.post("/v1/t2a_v2", json=REQUEST).text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": ""}, 2013),
        ({"voice_setting": {"voice_id": "nobody"}}, 20132),
        ({"text": "a\u200b"}, 1042),
    ],
)
def test_refusal_is_a_frame(client: httpx.Client, changes: dict[str, Any], code: int) -> None:
    """A client that only reads events still learns of it."""
    (frame,) = frames(client, **changes)

    assert frame["data"] is None
    assert frame["base_resp"]["status_code"] == code


def test_refusal_may_be_plain_json(client: httpx.Client, speaking: Emulator) -> None:
    """Hosts were seen to do so; only the content type tells."""
    speaking.quirks = Quirks(json_stream_errors=True)

    response = client.post("/v1/t2a_v2", json=REQUEST | {"text": ""})

    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["base_resp"]["status_code"] == 2013


def test_injected_fault_may_be_plain_json(client: httpx.Client, speaking: Emulator) -> None:
    """Throttling comes from the gateway, which knows no streams."""
    speaking.fail_next(1002)

    response = client.post("/v1/t2a_v2", json=REQUEST)

    assert response.json()["base_resp"]["status_code"] == 1002


@pytest.mark.parametrize(("at", "before"), [("first_frame", 0), ("mid_stream", 3)])
def test_stream_can_fail(client: httpx.Client, speaking: Emulator, at: Any, before: int) -> None:  # noqa: ANN401  # A literal.
    """At once, or after some audio."""
    speaking.fail_next(1027, at=at, after=3)

    *pieces, last = frames(client)

    assert len(pieces) == before
    assert last["base_resp"] == {"status_code": 1027, "status_msg": "output new_sensitive"}


def test_stream_can_break_off(client: httpx.Client, speaking: Emulator) -> None:
    """Without a last frame."""
    speaking.quirks = Quirks(cut_stream_after=2)

    assert [frame["data"]["status"] for frame in frames(client)] == [1, 1]


def test_frame_without_data_can_come_in_between(client: httpx.Client, speaking: Emulator) -> None:
    """Documented as possible, so clients must live with it."""
    speaking.quirks = Quirks(null_data_frame=True)

    payloads = frames(client)

    assert [frame["data"] for frame in payloads].count(None) == 1
    assert payloads[1]["data"] is None
    assert payloads[1]["base_resp"]["status_code"] == 0
    assert soundfile.info(io.BytesIO(joined(payloads))).frames


def test_exclusion_can_be_ignored(client: httpx.Client, speaking: Emulator) -> None:
    """Clients must drop the audio of the last frame anyway."""
    speaking.quirks = Quirks(aggregated_audio_always=True)

    *_, last = payloads = frames(client, **EXCLUDE)

    assert bytes.fromhex(last["data"]["audio"]) == joined(payloads)


def test_space_after_the_colon_can_be_missing(client: httpx.Client, speaking: Emulator) -> None:
    """Some hosts leave it out."""
    speaking.quirks = Quirks(data_without_space=True)

    text = client.post("/v1/t2a_v2", json=REQUEST).text

    assert text.startswith('data:{"data"')
    assert joined(frames(client))


def test_trace_id_can_be_missing(client: httpx.Client, speaking: Emulator) -> None:
    """On frames too, and on those that tell of errors."""
    speaking.quirks = Quirks(no_trace_id=True)

    assert not any("trace_id" in frame for frame in frames(client))
    assert "trace_id" not in frames(client, text="")[0]


def test_quirk_can_be_asked_for_by_header(client: httpx.Client) -> None:
    """For clients in other languages, one request at a time."""
    headers = {"X-Emulator-Quirks": "null-data-frame, data-without-space"}

    text = client.post("/v1/t2a_v2", json=REQUEST, headers=headers).text

    assert text.startswith('data:{"data"')
    assert json.loads(text.split("\n\n")[1].removeprefix("data:"))["data"] is None
