"""What `POST /v1/t2a_v2` refuses, with which code, and what it lets pass."""

from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import validator

from minimax_adapters.emulator._errors import MiniMaxFault
from minimax_adapters.emulator._speech_checks import EFFECT_NAMES, EMOTIONS, FORMATS, MODELS
from minimax_adapters.emulator._speech_request import parse_request
from minimax_adapters.emulator._voices import LANGUAGES

if TYPE_CHECKING:
    import httpx

    from minimax_adapters.emulator import Emulator

VOICE = {"voice_id": "female-shaonv"}
REQUEST: dict[str, Any] = {"model": "speech-2.6-hd", "text": "Hello.", "voice_setting": VOICE}


def refusal(body: object) -> MiniMaxFault:
    """The refusal of `body`."""
    with pytest.raises(MiniMaxFault) as caught:
        parse_request(json.dumps(body).encode())
    return caught.value


def voice(**members: object) -> dict[str, Any]:
    """A request with these members of `voice_setting`."""
    return REQUEST | {"voice_setting": VOICE | members}


def audio(**members: object) -> dict[str, Any]:
    """A request with these members of `audio_setting`."""
    return REQUEST | {"audio_setting": members}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "body is not a json object"),
        (None, "body is not a json object"),
        ({}, "model is required"),
        ({"model": "speech-2.8-hd"}, "text is required"),
        (REQUEST | {"model": "speech-3"}, "model must be one of"),
        (REQUEST | {"model": None}, "model must be one of"),
        (REQUEST | {"model": ["speech-2.8-hd"]}, "model must be one of"),
        (REQUEST | {"text": ""}, "text is empty"),
        (REQUEST | {"text": " \n"}, "text is empty"),
        (REQUEST | {"text": 5}, "text must be a string"),
        (REQUEST | {"text": "a" * 10_000}, "shorter than 10000 characters, got 10000"),
        (REQUEST | {"text": "a<#1#><#1#>b"}, "pauses"),
        (REQUEST | {"text": "a<#100#>b"}, "pause <#100#>"),
        (REQUEST | {"stream": "yes"}, "stream must be a boolean"),
        (REQUEST | {"stream": None}, "stream must be a boolean"),
        (REQUEST | {"stream_options": {"exclude_aggregated_audio": 1}}, "stream_options.exclude"),
        (REQUEST | {"voice_setting": None}, "voice_setting must be an object"),
        (REQUEST | {"voice_setting": {}}, "voice_setting.voice_id is required"),
        (voice(voice_id=""), "voice_id is required"),
        (voice(voice_id=7), "voice_setting.voice_id must be a string"),
        (voice(speed=0.4), "voice_setting.speed must be a number in [0.5, 2]"),
        (voice(speed=2.01), "voice_setting.speed"),
        (voice(speed="1"), "voice_setting.speed"),
        (voice(speed=True), "voice_setting.speed"),
        (voice(vol=0), "voice_setting.vol must be a number in (0, 10]"),
        (voice(vol=10.5), "voice_setting.vol"),
        (voice(pitch=13), "voice_setting.pitch must be an integer in [-12, 12]"),
        (voice(pitch=-13), "voice_setting.pitch"),
        (voice(pitch=0.5), "voice_setting.pitch"),
        (voice(emotion="bored"), "voice_setting.emotion must be one of"),
        (voice(latex_read="no"), "voice_setting.latex_read"),
        (voice(text_normalization=0), "voice_setting.text_normalization"),
        (voice(english_normalization=0), "voice_setting.english_normalization"),
        (voice(emotion="whisper") | {"model": "speech-2.8-hd"}, "emotion whisper"),
        (voice(emotion="whisper") | {"model": "speech-02-hd"}, "emotion whisper"),
        (voice(emotion="fluent") | {"model": "speech-01-turbo"}, "emotion fluent"),
        (REQUEST | {"model": "speech-02-hd", "language_boost": "Tamil"}, "language_boost Tamil"),
        (REQUEST | {"language_boost": "Klingon"}, "language_boost must be one of"),
        (audio(sample_rate=48000), "audio_setting.sample_rate must be one of 8000, 16000"),
        (audio(sample_rate="32000"), "audio_setting.sample_rate"),
        (audio(bitrate=96000), "audio_setting.bitrate"),
        (audio(format="ogg"), "audio_setting.format"),
        (audio(channel=3), "audio_setting.channel"),
        (audio(channel=True), "audio_setting.channel"),
        (audio(force_cbr=1), "audio_setting.force_cbr"),
        (REQUEST | {"pronunciation_dict": {"tone": "a/b"}}, "pronunciation_dict.tone"),
        (REQUEST | {"pronunciation_dict": {"tone": ["ab"]}}, "original/replacement"),
        (REQUEST | {"pronunciation_dict": {"tone": ["/b"]}}, "original/replacement"),
        (REQUEST | {"timbre_weights": []}, "timbre_weights must hold 1 to 4 voices"),
        (REQUEST | {"timber_weights": [VOICE | {"weight": 1}] * 5}, "timber_weights must hold"),
        (REQUEST | {"timbre_weights": [VOICE]}, "timbre_weights[0].weight is required"),
        (REQUEST | {"timbre_weights": [VOICE | {"weight": 0}]}, "timbre_weights[0].weight"),
        (REQUEST | {"timbre_weights": [{"voice_id": "", "weight": 1}]}, "[0].voice_id is empty"),
        (REQUEST | {"voice_modify": {"pitch": 101}}, "voice_modify.pitch"),
        (REQUEST | {"voice_modify": {"sound_effects": "echo"}}, "voice_modify.sound_effects"),
        (audio(format="pcm") | {"voice_modify": {}}, "mp3 or wav or flac"),
        (audio(format="wav") | {"voice_modify": {}, "stream": True}, "format mp3"),
        (REQUEST | {"subtitle_enable": "yes"}, "subtitle_enable"),
        (REQUEST | {"subtitle_type": "line"}, "subtitle_type must be one of"),
        (REQUEST | {"subtitle_type": "word_streaming"}, "word_streaming needs stream"),
        (REQUEST | {"output_format": "base64"}, "output_format must be one of hex, url"),
        (REQUEST | {"aigc_watermark": 1}, "aigc_watermark"),
    ],
)
def test_request_is_refused_with_the_member_that_is_wrong(body: object, named: str) -> None:
    """2013 covers everything, so its text has to say what."""
    fault = refusal(body)

    assert fault.code == 2013
    assert fault.text.startswith("invalid params, ")
    assert named in fault.text


def test_body_that_is_not_json_is_refused() -> None:
    """As any other wrong parameter."""
    with pytest.raises(MiniMaxFault) as caught:
        parse_request(b"{")

    assert caught.value.code == 2013


@pytest.mark.parametrize(
    "body",
    [
        voice(voice_id="nobody"),
        voice(voice_id="Female-Shaonv"),
        REQUEST | {"timbre_weights": [{"voice_id": "nobody", "weight": 1}]},
    ],
)
def test_unknown_voice_has_a_code_of_its_own(body: dict[str, Any]) -> None:
    """20132, and ids are case-sensitive."""
    assert refusal(body).code == 20132


def test_too_many_invisible_characters_have_a_code_of_their_own() -> None:
    """More than a tenth."""
    fault = refusal(REQUEST | {"text": "eightchr\u200b"})

    assert fault.code == 1042
    assert fault.text == "invisible character ratio limit"


@pytest.mark.parametrize(
    "body",
    [
        voice(emotion="whisper"),
        voice(emotion="fluent") | {"model": "speech-2.8-turbo"},
        voice(speed=0.5, vol=10, pitch=-12),
        voice(pitch=3.0),
        voice(voice_id="") | {"timbre_weights": [VOICE | {"weight": 100}]},
        REQUEST | {"text": "a" * 9_999},
        audio(format="opus", channel=2, bitrate=32000, sample_rate=8000),
        audio(format="flac") | {"voice_modify": {"timbre": -100}},
        REQUEST | {"subtitle_type": "word_streaming", "stream": True},
    ],
)
def test_edge_of_what_is_allowed_passes(body: dict[str, Any]) -> None:
    """Limits are inclusive where the documentation says so."""
    parse_request(json.dumps(body).encode())


def test_url_is_ignored_when_streaming() -> None:
    """Streams are always hexadecimal."""
    body = REQUEST | {"output_format": "url", "stream": True}

    assert not parse_request(json.dumps(body).encode()).as_url


VALUES: dict[str, list[Any]] = {
    "model": [*MODELS, "speech-9", 1],
    "stream": [True, False, 0],
    "stream_options": [{}, {"exclude_aggregated_audio": True}, {"exclude_aggregated_audio": 1}, []],
    "voice_setting.speed": [0.5, 1, 2.0, 0.49, 2.1, "1", None],
    "voice_setting.vol": [0.01, 10, 0, 10.1, -1],
    "voice_setting.pitch": [-12, 0, 12, 1.0, 1.5, 13, True],
    "voice_setting.emotion": [*EMOTIONS, "bored", None],
    "voice_setting.latex_read": [True, "no"],
    "voice_setting.voice_id": ["female-shaonv", "", 3],
    "audio_setting.sample_rate": [8000, 44100, 48000, "8000"],
    "audio_setting.bitrate": [32000, 256000, 1],
    "audio_setting.format": [*FORMATS, "aac"],
    "audio_setting.channel": [1, 2, 0, 1.0],
    "pronunciation_dict": [{}, {"tone": ["a/b"]}, {"tone": ["a/"]}, {"tone": [1]}],
    "timbre_weights": [[{"voice_id": "female-shaonv", "weight": 1}], [], [{"weight": 1}]],
    "timber_weights": [[{"voice_id": "female-shaonv", "weight": 101}], {}],
    "language_boost": [*LANGUAGES, "auto", None, "Latin"],
    "voice_modify": [{}, {"pitch": 100}, {"timbre": 101}, {"sound_effects": EFFECT_NAMES[0]}, 1],
    "subtitle_enable": [True, 1],
    "subtitle_type": ["sentence", "word", "word_streaming", "letter"],
    "output_format": ["hex", "url", "raw"],
    "aigc_watermark": [True, None],
}


@given(st.lists(st.sampled_from(sorted(VALUES)), max_size=6, unique=True), st.data())
@settings(max_examples=400 if os.environ.get("EVERYTHING") else 80, deadline=None)
def test_emulator_and_schema_agree(names: list[str], data: st.DataObject) -> None:
    """What the schema allows is accepted, what it forbids is refused, in any combination."""
    body = copy.deepcopy(REQUEST)
    for name in names:
        parent, _, member = name.rpartition(".")
        target = body.setdefault(parent, {}) if parent else body
        target[member] = data.draw(st.sampled_from(VALUES[name]))

    allowed = validator("t2a_v2.request").is_valid(body)

    if allowed:
        parse_request(json.dumps(body).encode())
    else:
        assert refusal(body).code == 2013


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 1004),
        ({"Authorization": "emulator-key"}, 1004),
        ({"x-api-key": "emulator-key"}, 1004),
        ({"Authorization": "Bearer wrong"}, 2049),
    ],
)
def test_wrong_key_is_refused_inside_http_200(
    client: httpx.Client, headers: dict[str, str], code: int, *, stream: bool
) -> None:
    """As all native endpoints do, before anything is looked at."""
    del client.headers["Authorization"]

    response = client.post("/v1/t2a_v2", json={"stream": stream}, headers=headers)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["base_resp"]["status_code"] == code


def test_refusal_over_the_wire_fits_its_schema(client: httpx.Client) -> None:
    """HTTP 200 and `base_resp`."""
    response = client.post("/v1/t2a_v2", json=voice(speed=9))

    assert response.status_code == 200
    assert response.json()["base_resp"]["status_code"] == 2013
    validator("t2a_v2.response").validate(response.json())


@pytest.mark.parametrize("code", [1002, 1008, 1026, 1039, 2056, 2061])
def test_injected_code_arrives(client: httpx.Client, speaking: Emulator, code: int) -> None:
    """Limits and balances, before the request is looked at."""
    speaking.fail_next(code)

    first = client.post("/v1/t2a_v2", json=REQUEST).json()
    second = client.post("/v1/t2a_v2", json=REQUEST).json()

    assert first["base_resp"]["status_code"] == code
    assert second["base_resp"]["status_code"] == 0


def test_fault_for_streams_also_fails_a_plain_request(
    client: httpx.Client, speaking: Emulator
) -> None:
    """There is no later moment to fail at."""
    speaking.fail_next(1000, at="mid_stream")

    assert client.post("/v1/t2a_v2", json=REQUEST).json()["base_resp"]["status_code"] == 1000
