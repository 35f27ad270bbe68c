"""`/v1/get_voice`, `/v1/voice_clone`, `/v1/voice_design`, `/v1/delete_voice`."""

from __future__ import annotations

import asyncio
import io
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import soundfile
from starlette.routing import Route

from ._checks import parse_body
from ._errors import MiniMaxFault, invalid
from ._speech_checks import MODELS, boolean, integers, members, numbers, one_of, optional, string
from ._speech_request import parse_request
from ._voices import LANGUAGES, VOICES
from .audio import encode
from .files import address, admit, answer, find
from .voice import render

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from ._state import State

KINDS: Final = ("system", "voice_cloning", "voice_generation", "all")
OWN_KINDS: Final = ("voice_cloning", "voice_generation")
VOICE_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{6,254}[A-Za-z0-9]")
SAMPLE_SECONDS: Final = (10.0, 300.0)
PROMPT_SECONDS: Final = 8.0
LONGEST_PREVIEW: Final = 1000
LONGEST_DESIGN: Final = 500
LONGEST_VALIDATION: Final = 200
PREVIEW_MODEL: Final = "speech-2.8-hd"

CLONE: Final = members(
    {
        "file_id": integers(0, 2**63 - 1),
        "voice_id": string,
        "clone_prompt": members(
            {"prompt_audio": integers(0, 2**63 - 1), "prompt_text": string},
            required=("prompt_audio", "prompt_text"),
        ),
        "text": string,
        "model": one_of(*MODELS),
        "language_boost": optional(one_of("auto", *LANGUAGES)),
        "text_validation": string,
        "accuracy": numbers(0, 1),
        "need_noise_reduction": boolean,
        "need_volume_normalization": boolean,
        "aigc_watermark": boolean,
    },
    required=("file_id", "voice_id"),
)
DESIGN: Final = members(
    {"prompt": string, "preview_text": string, "voice_id": string, "aigc_watermark": boolean},
    required=("prompt", "preview_text"),
)


def routes(state: State) -> list[BaseRoute]:
    """Return the routes."""
    serve = VoiceRoutes(state)
    return [
        Route("/v1/get_voice", serve.listing, methods=["POST"]),
        Route("/v1/voice_clone", serve.clone, methods=["POST"]),
        Route("/v1/voice_design", serve.design, methods=["POST"]),
        Route("/v1/delete_voice", serve.delete, methods=["POST"]),
    ]


class VoiceRoutes:
    """The endpoints of voices, for one emulator."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def listing(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        kind = parse_body(await request.body()).get("voice_type")
        if kind not in KINDS:
            raise invalid(f"voice_type must be one of {', '.join(KINDS)}")
        return answer(self._state, request, listed(self._state, kind))

    async def clone(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        body = parse_body(await request.body())
        CLONE(body, "")
        sample = check_clone(self._state, body)
        voice_id = body["voice_id"]
        self._state.vault.add_voice(voice_id, "voice_cloning", sample, "")
        preview = ""
        if body.get("text"):
            content = await asyncio.to_thread(
                speech, self._state, voice_id, body["text"], body["model"]
            )
            preview = address(request, self._state.vault.publish(content, "audio/mpeg", "mp3"))
        return answer(
            self._state,
            request,
            {"input_sensitive": False, "input_sensitive_type": 0, "demo_audio": preview},
        )

    async def design(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        body = parse_body(await request.body())
        DESIGN(body, "")
        if not body["prompt"]:
            raise invalid("prompt is empty")
        if not 1 <= len(body["preview_text"]) <= LONGEST_DESIGN:
            raise invalid(f"preview_text must have 1 to {LONGEST_DESIGN} characters")
        name = body.get("voice_id") or f"ttv-voice-{self._state.vault.new_id()}"
        check_name(self._state, name)
        self._state.vault.add_voice(
            name, "voice_generation", body["prompt"].encode(), body["prompt"]
        )
        content = await asyncio.to_thread(
            speech, self._state, name, body["preview_text"], PREVIEW_MODEL
        )
        return answer(self._state, request, {"voice_id": name, "trial_audio": content.hex()})

    async def delete(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        body = parse_body(await request.body())
        kind, name = body.get("voice_type"), body.get("voice_id")
        if kind not in OWN_KINDS:
            raise invalid(f"voice_type must be one of {', '.join(OWN_KINDS)}")
        voice = self._state.vault.own_voices().get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or voice is None or voice.kind != kind:
            raise MiniMaxFault(20132)
        self._state.vault.remove_voice(name)
        return answer(self._state, request, {"voice_id": name, "created_time": day(self._state)})


def day(state: State) -> str:
    """Return the present day."""
    return datetime.fromtimestamp(state.now(), UTC).strftime("%Y-%m-%d")


def listed(state: State, kind: str) -> dict[str, Any]:
    """Return the voices of a kind; those of the account are listed after their first use."""
    found: dict[str, Any] = {}
    if kind in {"system", "all"}:
        found["system_voice"] = [
            {
                "voice_id": name,
                "voice_name": name.rpartition("_")[2],
                "description": [f"A {voice.gender} voice."],
            }
            for name, voice in VOICES.items()
        ]
    for own in OWN_KINDS:
        if kind in {own, "all"}:
            found[own] = [
                {
                    "voice_id": name,
                    "description": [voice.description] if voice.description else [],
                    "created_time": day(state),
                }
                for name, voice in state.vault.own_voices().items()
                if voice.kind == own and voice.used
            ]
    return found


def check_clone(state: State, body: dict[str, Any]) -> bytes:
    """Return the sample, if everything about it and the request is right."""
    check_name(state, body["voice_id"])
    text = body.get("text", "")
    if len(text) > LONGEST_PREVIEW:
        raise invalid(f"text must have at most {LONGEST_PREVIEW} characters")
    if text and "model" not in body:
        raise invalid("model is required with text")
    if len(body.get("text_validation", "")) > LONGEST_VALIDATION:
        raise invalid(f"text_validation must have at most {LONGEST_VALIDATION} characters")
    file = find(state, body["file_id"])
    if file.purpose != "voice_clone":
        raise MiniMaxFault(20132)
    seconds = duration(file.content)
    if seconds is not None and not SAMPLE_SECONDS[0] <= seconds <= SAMPLE_SECONDS[1]:
        raise MiniMaxFault(2037)
    prompt = body.get("clone_prompt")
    if prompt is not None:
        second = find(state, prompt["prompt_audio"])
        length = duration(second.content)
        if second.purpose != "prompt_audio" or not prompt["prompt_text"]:
            raise invalid("clone_prompt needs an audio of purpose prompt_audio and its text")
        if length is not None and length >= PROMPT_SECONDS:
            raise MiniMaxFault(2048)
    return file.content


def check_name(state: State, voice_id: str) -> None:
    """Refuse names that break a rule, or are taken."""
    if not VOICE_ID.fullmatch(voice_id):
        raise invalid(
            "voice_id must have 8 to 256 letters, digits, - and _, begin with a letter and not end"
            " with - or _"
        )
    if voice_id in VOICES or voice_id in state.vault.own_voices():
        raise MiniMaxFault(2039)


def duration(content: bytes) -> float | None:
    """Return the seconds of a sample, None for m4a, which libsndfile does not read.

    Raises:
        MiniMaxFault: 2013, it is no audio.
    """
    if content[4:8] == b"ftyp":
        return None
    try:
        info = soundfile.info(io.BytesIO(content))
    except soundfile.LibsndfileError as error:
        raise invalid("file is not an audio file") from error
    return float(info.frames / info.samplerate)


def speech(state: State, voice_id: str, text: str, model: str) -> bytes:
    """Return `text` as mp3 in a new voice; a preview does not count as use."""
    profile = state.vault.own_voices()[voice_id].profile
    body = {"model": model, "text": text, "voice_setting": {"voice_id": voice_id}}
    request = parse_request(json.dumps(body).encode(), {voice_id: profile})
    sound = render(request.pieces, request.manner, request.audio.coded_rate, state.voice)
    return encode(sound.samples, request.audio).content
