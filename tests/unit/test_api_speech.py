"""Speech as it is asked for: every setting on the wire, and ranges refused."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from minimax_adapters.api import (
    AudioSetting,
    InvalidInputError,
    PronunciationDict,
    SpeechRequest,
    TimbreWeight,
    VoiceModify,
    VoiceSetting,
)
from minimax_adapters.api._speech import (
    speech_call,
    speech_stream_call,
)


def _sent(request: SpeechRequest, *, stream: bool = False) -> dict[str, Any]:
    body = (speech_stream_call(request) if stream else speech_call(request)).body
    sent: dict[str, Any] = json.loads(body or b"")
    return sent


def test_a_model_that_is_not_known_here_is_sent_as_it_is() -> None:
    """A new model of MiniMax must not need a new version; only known ones are checked further."""
    new: dict[str, Any] = {"model": "speech-9-hd", "language_boost": "Tamil", "voice_setting": {}}

    for emotion in ("whisper", "fluent"):
        sent = _sent(SpeechRequest(text="x", **(new | {"voice_setting": {"emotion": emotion}})))
        assert (sent["model"], sent["voice_setting"]["emotion"]) == ("speech-9-hd", emotion)


EVERY_SETTING: Final = SpeechRequest(
    text="Hi",
    model="speech-2.6-hd",
    voice_setting=VoiceSetting(
        voice_id="v",
        speed=0.5,
        vol=10,
        pitch=-12,
        emotion="whisper",
        text_normalization=True,
        latex_read=False,
    ),
    audio_setting=AudioSetting(
        format="mp3", sample_rate=44100, bitrate=256000, channel=2, force_cbr=True
    ),
    pronunciation_dict=PronunciationDict(tone=["omg/oh my god"]),
    timbre_weights=[
        TimbreWeight(voice_id="a", weight=1),
        TimbreWeight(voice_id="b", weight=100),
    ],
    language_boost="Persian",
    voice_modify=VoiceModify(pitch=-100, intensity=0, timbre=100, sound_effects="robotic"),
    subtitle_enable=True,
    subtitle_type="word",
    output_format="url",
    aigc_watermark=True,
    extra_body={"new": 1},
)
EVERY_SETTING_AS_SENT: Final = {
    "text": "Hi",
    "model": "speech-2.6-hd",
    "voice_setting": {
        "voice_id": "v",
        "speed": 0.5,
        "vol": 10,
        "pitch": -12,
        "emotion": "whisper",
        "text_normalization": True,
        "latex_read": False,
    },
    "audio_setting": {
        "format": "mp3",
        "sample_rate": 44100,
        "bitrate": 256000,
        "channel": 2,
        "force_cbr": True,
    },
    "pronunciation_dict": {"tone": ["omg/oh my god"]},
    "timbre_weights": [{"voice_id": "a", "weight": 1}, {"voice_id": "b", "weight": 100}],
    "language_boost": "Persian",
    "voice_modify": {"pitch": -100, "intensity": 0, "timbre": 100, "sound_effects": "robotic"},
    "subtitle_enable": True,
    "subtitle_type": "word",
    "output_format": "url",
    "aigc_watermark": True,
    "new": 1,
}


def test_every_setting_is_sent_under_its_name(validators: dict[str, Any]) -> None:
    """As the page names it, and nothing that is not set."""
    sent = _sent(EVERY_SETTING)

    assert sent == EVERY_SETTING_AS_SENT
    for validator in validators.values():
        if validator.schema["$id"].endswith("t2a_v2.request"):
            validator.validate(sent)


def test_a_stream_asks_for_the_audio_once() -> None:
    """It is always hex, and the last frame need not repeat it."""
    assert _sent(SpeechRequest(text="Hi", output_format="url"), stream=True) == {
        "text": "Hi",
        "model": "speech-2.8-hd",
        "voice_setting": {"voice_id": "English_Graceful_Lady"},
        "stream": True,
        "stream_options": {"exclude_aggregated_audio": True},
    }


@pytest.mark.parametrize(
    ("kind", "members", "reason"),
    [
        (SpeechRequest, {"text": ""}, "text"),
        (SpeechRequest, {"text": "x" * 10_000}, "9999"),
        (SpeechRequest, {"text": "x", "model": ""}, "model"),
        (SpeechRequest, {"text": "x", "voice_setting": {"speed": 3}}, "speed"),
        (SpeechRequest, {"text": "x", "language_boost": "Klingon"}, "language_boost"),
        (SpeechRequest, {"text": "x", "timbre_weights": []}, "timbre_weights"),
        (SpeechRequest, {"text": "x", "timbre_weights": [{"voice_id": "a", "weight": 1}] * 5}, "4"),
        (SpeechRequest, {"text": "x", "voice_setting": {"voice_id": ""}}, "timbre_weights"),
        (SpeechRequest, {"text": "x", "voice_setting": {"emotion": "whisper"}}, "speech-2.6"),
        (
            SpeechRequest,
            {"text": "x", "model": "speech-02-hd", "voice_setting": {"emotion": "fluent"}},
            "fluent",
        ),
        (SpeechRequest, {"text": "x", "model": "speech-01-hd", "language_boost": "Tamil"}, "Tamil"),
        (SpeechRequest, {"text": "x", "typo": 1}, "typo"),
        (VoiceSetting, {"speed": 0.4}, "0.5"),
        (VoiceSetting, {"speed": 2.1}, "speed"),
        (VoiceSetting, {"vol": 0}, "vol"),
        (VoiceSetting, {"vol": 10.1}, "vol"),
        (VoiceSetting, {"pitch": 13}, "pitch"),
        (VoiceSetting, {"pitch": 0.5}, "pitch"),
        (VoiceSetting, {"emotion": "bored"}, "emotion"),
        (AudioSetting, {"sample_rate": 48000}, "sample_rate"),
        (AudioSetting, {"bitrate": 1}, "bitrate"),
        (AudioSetting, {"format": "aac"}, "format"),
        (AudioSetting, {"channel": 3}, "channel"),
        (PronunciationDict, {"tone": ["no slash"]}, "tone"),
        (TimbreWeight, {"voice_id": "", "weight": 1}, "voice_id"),
        (TimbreWeight, {"voice_id": "a", "weight": 101}, "weight"),
        (VoiceModify, {"pitch": 101}, "pitch"),
        (VoiceModify, {"sound_effects": "echo"}, "sound_effects"),
    ],
)
def test_what_is_out_of_range_is_refused_by_name(
    kind: type[SpeechRequest], members: dict[str, Any], reason: str
) -> None:
    """Before it is sent: MiniMax says 2013 and bills the attempt of a minute's window."""
    with pytest.raises(InvalidInputError, match=reason):
        kind(**members)


@pytest.mark.parametrize(
    ("members", "stream", "reason"),
    [
        ({"subtitle_type": "word_streaming"}, False, "stream_speech"),
        ({"voice_modify": {"pitch": 1}, "audio_setting": {"format": "pcm"}}, False, "mp3, wav"),
        ({"voice_modify": {"pitch": 1}, "audio_setting": {"format": "wav"}}, True, "mp3 only"),
        ({"aigc_watermark": True}, True, "speak"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    members: dict[str, Any],
    stream: bool,  # noqa: FBT001 - a column
    reason: str,
) -> None:
    """With the method or format that does."""
    with pytest.raises(InvalidInputError, match=reason):
        _sent(SpeechRequest(text="x", **members), stream=stream)
