"""A speech request, checked and with its defaults filled in."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

from ._errors import MiniMaxFault, invalid
from ._speech_checks import REQUEST
from ._speech_text import Piece, invisible_ratio, parse_text
from ._voices import DEFAULT_VOICE, VOICES, VoiceProfile, mixed
from .audio import AudioSetting
from .voice import Manner, Modification

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_LIMIT: Final = 10_000
INVISIBLE_LIMIT: Final = 0.1
LATE_LANGUAGES: Final = frozenset({"Persian", "Filipino", "Tamil"})
MODIFIABLE: Final = ("mp3", "wav", "flac")


@dataclasses.dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """What to say, how, and how to send it.

    Attributes:
        text: As sent.
        interjections: Whether `(laughs)` is a laugh for this model.
        pieces: The text, cut.
        manner: How it is said.
        audio: How it is encoded.
        invisible_ratio: Share of invisible characters, at most a tenth.
        stream: Answer as an event stream.
        aggregated: Repeat the whole audio in the last frame of a stream.
        as_url: Answer with an address instead of hexadecimal digits.
        subtitles: `sentence`, `word`, `word_streaming`, or None for no subtitles.
    """

    text: str
    interjections: bool
    pieces: tuple[Piece, ...]
    manner: Manner
    audio: AudioSetting
    invisible_ratio: float
    stream: bool
    aggregated: bool
    as_url: bool
    subtitles: str | None


def parse_request(body: bytes, voices: Mapping[str, VoiceProfile] = VOICES) -> SpeechRequest:
    """Check `body`, which may name any of `voices`.

    Raises:
        MiniMaxFault: 2013 for what no request may hold, 1042 for too much invisible text, 20132 for
            a voice that does not exist.
    """
    try:
        request = json.loads(body)
    except ValueError as error:
        raise invalid("body is not json") from error
    if not isinstance(request, dict):
        raise invalid("body is not a json object")
    REQUEST(request, "")
    check_model(request)
    check_format(request)
    text, ratio = checked_text(request["text"])
    interjections = request["model"].startswith("speech-2.8-")
    stream = request.get("stream", False)
    return SpeechRequest(
        text=text,
        interjections=interjections,
        pieces=tuple(parse_text(text, interjections=interjections)),
        manner=manner_of(request, voices),
        audio=audio_of(request.get("audio_setting", {})),
        invisible_ratio=ratio,
        stream=stream,
        aggregated=not request.get("stream_options", {}).get("exclude_aggregated_audio", False),
        as_url=request.get("output_format") == "url" and not stream,
        subtitles=request.get("subtitle_type", "sentence")
        if request.get("subtitle_enable")
        else None,
    )


def check_model(request: dict[str, Any]) -> None:
    """Refuse what the model does not know yet, or no more."""
    model = request["model"]
    emotion = request.get("voice_setting", {}).get("emotion")
    old = model.startswith(("speech-01-", "speech-02-"))
    if emotion == "whisper" and not model.startswith("speech-2.6-"):
        raise invalid(f"emotion whisper is not supported by {model}")
    if emotion == "fluent" and old:
        raise invalid(f"emotion fluent is not supported by {model}")
    if old and request.get("language_boost") in LATE_LANGUAGES:
        raise invalid(f"language_boost {request['language_boost']} is not supported by {model}")


def check_format(request: dict[str, Any]) -> None:
    """Refuse combinations of members that exclude each other."""
    stream = request.get("stream", False)
    if request.get("subtitle_type") == "word_streaming" and not stream:
        raise invalid("subtitle_type word_streaming needs stream")
    if "voice_modify" in request:
        allowed = ("mp3",) if stream else MODIFIABLE
        if request.get("audio_setting", {}).get("format", "mp3") not in allowed:
            raise invalid(f"voice_modify needs audio_setting.format {' or '.join(allowed)}")


def checked_text(text: str) -> tuple[str, float]:
    """Return `text` and its share of invisible characters."""
    if not text.strip():
        raise invalid("text is empty")
    if len(text) >= TEXT_LIMIT:
        raise invalid(f"text must be shorter than {TEXT_LIMIT} characters, got {len(text)}")
    ratio = invisible_ratio(text)
    if ratio > INVISIBLE_LIMIT:
        raise MiniMaxFault(1042)
    return text, ratio


def manner_of(request: dict[str, Any], voices: Mapping[str, VoiceProfile] = VOICES) -> Manner:
    """Return how the request wants its text said."""
    setting = request.get("voice_setting", {})
    boost = request.get("language_boost")
    rules = [rule.split("/", 1) for rule in request.get("pronunciation_dict", {}).get("tone", [])]
    if setting.get("latex_read"):
        boost = "Chinese"
    return Manner(
        voice=voice_of(request, voices),
        speed=float(setting.get("speed", 1)),
        vol=float(setting.get("vol", 1)),
        pitch=int(setting.get("pitch", 0)),
        emotion=setting.get("emotion"),
        language_boost=None if boost == "auto" else boost,
        rules=tuple((original, replacement) for original, replacement in rules),
        modification=modification_of(request.get("voice_modify", {})),
        watermark=request.get("aigc_watermark", False) and not request.get("stream", False),
    )


def voice_of(request: dict[str, Any], voices: Mapping[str, VoiceProfile]) -> VoiceProfile:
    """Return the voice or the mixture that the request names."""
    weights = request.get("timbre_weights", request.get("timber_weights"))
    name = request.get("voice_setting", {}).get("voice_id")
    if weights is not None:
        return mixed([(known(item["voice_id"], voices), int(item["weight"])) for item in weights])
    if name is None:
        # The published schema does not require the member, so its absence is no error here.
        return DEFAULT_VOICE
    if not name:
        raise invalid("voice_id is required")
    return known(name, voices)


def known(voice_id: str, voices: Mapping[str, VoiceProfile]) -> VoiceProfile:
    """Return the voice called `voice_id`."""
    try:
        return voices[voice_id]
    except KeyError as error:
        raise MiniMaxFault(20132) from error


def modification_of(setting: dict[str, Any]) -> Modification:
    """Return what `voice_modify` asks for."""
    return Modification(
        pitch=int(setting.get("pitch", 0)),
        intensity=int(setting.get("intensity", 0)),
        timbre=int(setting.get("timbre", 0)),
        sound_effects=setting.get("sound_effects"),
    )


def audio_of(setting: dict[str, Any]) -> AudioSetting:
    """Return what `audio_setting` asks for."""
    default = AudioSetting()
    return AudioSetting(
        format=setting.get("format", default.format),
        sample_rate=int(setting.get("sample_rate", default.sample_rate)),
        bitrate=int(setting.get("bitrate", default.bitrate)),
        channel=int(setting.get("channel", default.channel)),
    )
