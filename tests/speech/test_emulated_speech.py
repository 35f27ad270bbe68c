"""Replies of `POST /v1/t2a_v2` that are not streamed, over real sockets."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from published import validator

from minimax_adapters.emulator import Emulator, Quirks
from minimax_adapters.emulator._lines import SynthesisError
from minimax_adapters.emulator._voices import VOICES
from minimax_adapters.emulator.voice import synthesizer

TEXT = "Good morning. The train leaves at nine."
REQUEST = {
    "model": "speech-2.8-hd",
    "text": TEXT,
    "voice_setting": {"voice_id": "English_Graceful_Lady"},
}


def ask(client: httpx.Client, **changes: Any) -> dict[str, Any]:  # JSON members.  # noqa: ANN401 - any JSON
    """The reply to the usual request with `changes`, checked against its schema."""
    response = client.post("/v1/t2a_v2", json=REQUEST | changes)
    body: dict[str, Any] = response.json()
    assert response.status_code == 200
    validator("t2a_v2.response").validate(body)
    return body


def decoded(body: dict[str, Any]) -> tuple[np.ndarray[Any, Any], int]:
    """Samples and rate of the audio in a reply."""
    content = bytes.fromhex(body["data"]["audio"])
    samples, rate = soundfile.read(io.BytesIO(content), always_2d=True)
    return samples, rate


def test_reply_has_every_documented_member(client: httpx.Client) -> None:
    """And the trace id of the body is that of the header."""
    response = client.post("/v1/t2a_v2", json=REQUEST)

    body = response.json()
    assert body["base_resp"] == {"status_code": 0, "status_msg": "success"}
    assert body["data"]["status"] == 2
    assert body["trace_id"] == response.headers["trace-id"]
    assert set(body["extra_info"]) == {
        "audio_length",
        "audio_sample_rate",
        "audio_size",
        "bitrate",
        "word_count",
        "invisible_character_ratio",
        "usage_characters",
        "audio_format",
        "audio_channel",
    }


@pytest.mark.parametrize("channel", [1, 2])
@pytest.mark.parametrize("name", ["mp3", "wav", "flac", "pcmu_wav", "opus"])
def test_extra_info_is_true(client: httpx.Client, name: str, channel: int) -> None:
    """Every number is what a decoder finds."""
    setting = {"format": name, "sample_rate": 24000, "channel": channel}

    body = ask(client, audio_setting=setting)

    info = body["extra_info"]
    samples, rate = decoded(body)
    assert info["audio_format"] == name
    assert info["audio_sample_rate"] == rate
    assert info["audio_channel"] == samples.shape[1] == channel
    assert info["audio_length"] == pytest.approx(len(samples) / rate * 1000, abs=1)
    assert info["audio_size"] == len(body["data"]["audio"]) // 2
    assert info["bitrate"] * info["audio_length"] / 8000 == pytest.approx(
        info["audio_size"], rel=0.01
    )
    assert np.abs(samples).max() > 0.2


@pytest.mark.parametrize(("name", "width"), [("pcm", 2), ("pcmu_raw", 1)])
def test_raw_formats_have_the_length_they_claim(
    client: httpx.Client, name: str, width: int
) -> None:
    """Nothing but samples, of the rate that is reported."""
    info = ask(client, audio_setting={"format": name, "channel": 2})["extra_info"]

    seconds = info["audio_size"] / width / 2 / info["audio_sample_rate"]
    assert seconds * 1000 == pytest.approx(info["audio_length"], abs=1)


def test_defaults_are_those_of_the_documentation(client: httpx.Client) -> None:
    """MP3, 32 kHz, 128 kbit/s, one channel."""
    info = ask(client)["extra_info"]

    assert info["audio_format"] == "mp3"
    assert info["audio_sample_rate"] == 32000
    assert info["bitrate"] == 128000
    assert info["audio_channel"] == 1


def test_usage_and_words_are_counted(client: httpx.Client) -> None:
    """Ideographs twice, interjections not at all, words without marks."""
    info = ask(client, text="你好(laughs), Bob!")["extra_info"]

    assert info["usage_characters"] == 4 + len(", Bob!")
    assert info["word_count"] == 5


def test_few_invisible_characters_are_reported(client: httpx.Client) -> None:
    """Up to a tenth is accepted, with its share."""
    info = ask(client, text="ninechars\u200b")["extra_info"]

    assert info["invisible_character_ratio"] == pytest.approx(0.1)


def test_equal_requests_have_equal_audio(client: httpx.Client) -> None:
    """Only the trace id differs."""
    first, second = ask(client), ask(client)

    assert first["data"] == second["data"]
    assert first["trace_id"] != second["trace_id"]


def test_pause_is_in_the_audio(client: httpx.Client) -> None:
    """Two seconds asked for are two seconds longer."""
    setting = {"format": "wav"}
    close = ask(client, text="One(breath)two", audio_setting=setting)
    apart = ask(client, text="One(breath)<#2#>two", audio_setting=setting)

    gained = apart["extra_info"]["audio_length"] - close["extra_info"]["audio_length"]
    assert gained == pytest.approx(2000, abs=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"voice_setting": {"voice_id": "male-qn-qingse"}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "speed": 1.5}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "vol": 3}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "pitch": -6}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "emotion": "sad"}},
        {"voice_modify": {"sound_effects": "robotic"}},
        {"voice_modify": {"pitch": 50, "intensity": -50, "timbre": 90}},
        {"pronunciation_dict": {"tone": ["train/locomotive"]}},
        {"timbre_weights": [{"voice_id": "male-qn-qingse", "weight": 9}]},
        {"timber_weights": [{"voice_id": "male-qn-qingse", "weight": 9}]},
        {"aigc_watermark": True},
        {"text": "Good evening."},
    ],
)
def test_setting_is_heard(client: httpx.Client, changes: dict[str, Any]) -> None:
    """What a request sets, changes its audio."""
    assert ask(client, **changes)["data"] != ask(client)["data"]


@pytest.mark.parametrize(
    "changes",
    [
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "text_normalization": True}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "english_normalization": True}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "latex_read": True}},
        {"voice_setting": {"voice_id": "English_Graceful_Lady", "unheard_of": 1}},
        {"audio_setting": {"force_cbr": True}},
        {"language_boost": None},
        {"language_boost": "auto"},
        {"subtitle_enable": False, "subtitle_type": "word"},
        {"stream": False, "stream_options": {"exclude_aggregated_audio": True}},
        {"unheard_of": {"deep": []}},
    ],
)
def test_member_is_accepted_without_effect(client: httpx.Client, changes: dict[str, Any]) -> None:
    """Older spellings, defaults, and members nobody knows."""
    assert ask(client, **changes)["data"] == ask(client)["data"]


def test_request_without_voice_setting_is_answered(client: httpx.Client) -> None:
    """The published schema does not require the member."""
    response = client.post("/v1/t2a_v2", json={"model": "speech-02-hd", "text": "Hello."})

    assert response.json()["base_resp"]["status_code"] == 0


@pytest.mark.sampled(share=0.2)
@pytest.mark.parametrize("voice", sorted(VOICES))
def test_every_known_voice_speaks(client: httpx.Client, voice: str) -> None:
    """The table holds no voice that fails."""
    assert ask(client, text="Hi", voice_setting={"voice_id": voice})["extra_info"]["audio_size"]


@pytest.mark.parametrize(
    ("name", "media_type", "magic"),
    [
        ("mp3", "audio/mpeg", b"\xff\xfb"),
        ("wav", "audio/wav", b"RIFF"),
        ("pcmu_wav", "audio/wav", b"RIFF"),
        ("flac", "audio/flac", b"fLaC"),
        ("opus", "audio/ogg", b"OggS"),
        ("pcm", "audio/pcm", b""),
        ("pcmu_raw", "audio/basic", b""),
    ],
)
def test_url_serves_the_same_bytes_without_a_key(
    client: httpx.Client, name: str, media_type: str, magic: bytes
) -> None:
    """As a browser or a player would fetch them."""
    setting = {"format": name}
    url = ask(client, audio_setting=setting, output_format="url")["data"]["audio"]
    direct = ask(client, audio_setting=setting)

    del client.headers["Authorization"]
    fetched = client.get(url)

    assert fetched.status_code == 200
    assert fetched.headers["content-type"] == media_type
    assert fetched.content.startswith(magic)
    assert fetched.content == bytes.fromhex(direct["data"]["audio"])
    assert len(fetched.content) == direct["extra_info"]["audio_size"]


def test_unknown_file_is_not_found(client: httpx.Client) -> None:
    """MiniMax's storage answers likewise once an address has expired."""
    assert client.get("/emulator/speech-files/none.mp3").status_code == 404


def test_old_files_make_room(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long test run does not keep every file it ever made."""
    monkeypatch.setattr("minimax_adapters.emulator._speech_files.KEPT", 1)
    first = ask(client, text="One.", output_format="url")["data"]["audio"]
    second = ask(client, text="Two.", output_format="url")["data"]["audio"]

    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_subtitles_cover_the_text_in_order(client: httpx.Client) -> None:
    """Sentences of at most 50 characters with times inside the audio."""
    text = (
        "Hello there! " + "This sentence is longer than any line of subtitles may be, really. " * 2
    )
    body = ask(client, text=text, subtitle_enable=True)

    lines = client.get(body["data"]["subtitle_file"]).json()

    assert "".join(line["text"] for line in lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line["text"]) <= 50 for line in lines)
    assert all(text[line["text_begin"] : line["text_end"]] == line["text"] for line in lines)
    times = [time for line in lines for time in (line["time_begin"], line["time_end"])]
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] <= body["extra_info"]["audio_length"]
    assert [line["is_final_segment"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert "timestamped_words" not in lines[0]


def test_subtitles_tell_what_was_read(client: httpx.Client) -> None:
    """The dictionary changes the reading, not the text."""
    rules = {"tone": ["omg/oh my god"]}
    body = ask(client, text="omg! Yes.", pronunciation_dict=rules, subtitle_enable=True)

    first, second = client.get(body["data"]["subtitle_file"]).json()

    assert (first["text"], first["pronounce_text"]) == ("omg!", "oh my god!")
    assert (second["text_begin"], second["pronounce_text_begin"]) == (5, 10)


def test_speech_without_words_has_no_subtitles(client: httpx.Client) -> None:
    """A laugh is not written down."""
    body = ask(client, text="(laughs)", subtitle_enable=True)

    assert client.get(body["data"]["subtitle_file"]).json() == []


def test_failing_synthesiser_is_an_internal_error(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In MiniMax's own envelope, with the reason."""

    def fail(*_arguments: object) -> None:
        raise SynthesisError("espeak failed")

    monkeypatch.setattr("minimax_adapters.emulator.speech.render", fail)

    body = ask(client)

    assert body["base_resp"]["status_code"] == 1013
    assert "espeak failed" in body["base_resp"]["status_msg"]


def test_broken_characters_are_passed_over(client: httpx.Client) -> None:
    """Half a surrogate pair is invisible, not a reason to fail."""
    content = json.dumps(REQUEST | {"text": "Twelve words \ud83d long", "subtitle_enable": True})

    body = client.post("/v1/t2a_v2", content=content).json()

    assert body["base_resp"]["status_code"] == 0
    assert client.get(body["data"]["subtitle_file"]).status_code == 200


def test_word_subtitles_time_every_word(client: httpx.Client) -> None:
    """White space is a word of its own, ideographs are one each."""
    body = ask(client, text="Good day 你好", subtitle_enable=True, subtitle_type="word")

    (line,) = client.get(body["data"]["subtitle_file"]).json()

    words = line["timestamped_words"]
    assert [word["word"] for word in words] == ["Good", " ", "day", " ", "你", "好"]
    assert words[0]["time_begin"] == line["time_begin"]
    assert words[-1]["time_end"] == pytest.approx(line["time_end"])


def test_long_speech_does_not_hold_up_others(client: httpx.Client, speaking: Emulator) -> None:
    """Synthesis runs beside the event loop."""
    long = REQUEST | {"text": "A long story goes on and on. " * 50}
    answered = 0
    with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=speaking.url) as other:
        other.get("/emulator/speech-files/none")
        slow = pool.submit(client.post, "/v1/t2a_v2", json=long)
        while not slow.done():
            other.get("/emulator/speech-files/none")
            answered += 1

    assert slow.result().json()["base_resp"]["status_code"] == 0
    assert answered > 3


def test_missing_trace_id_is_missing_everywhere(client: httpx.Client, speaking: Emulator) -> None:
    """Some hosts send none."""
    speaking.quirks = Quirks(no_trace_id=True)

    response = client.post("/v1/t2a_v2", json=REQUEST)

    assert "trace_id" not in response.json()
    assert "trace-id" not in response.headers


def test_answer_can_be_delayed(client: httpx.Client, speaking: Emulator) -> None:
    """For clients that must show that they time out."""
    speaking.quirks = Quirks(response_delay=5)

    with pytest.raises(httpx.ReadTimeout):
        client.post("/v1/t2a_v2", json=REQUEST, timeout=0.2)


def test_voice_that_is_not_there_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the first request."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    synthesizer.cache_clear()
    try:
        with pytest.raises(RuntimeError, match="espeak"):
            Emulator(voice="espeak").start()
    finally:
        synthesizer.cache_clear()
