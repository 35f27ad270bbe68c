"""`POST /v1/t2a_v2`: text to speech, as one JSON body or as server-sent events.

The samples come from `voice`, their bytes from `audio`; this module dresses them. Everything that
takes time runs in a worker thread, so that long speech never holds up other requests.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.routing import Route

from ._delay import delay
from ._errors import MiniMaxFault, answer_headers, base_resp_for
from ._json import JSONAnswer, dumps
from ._lines import SynthesisError
from ._speech_files import PATH as FILES_PATH
from ._speech_files import SpeechFiles
from ._speech_request import SpeechRequest, parse_request
from ._speech_text import usage_characters, word_count
from ._sse import EventStream
from ._subtitles import subtitles
from .audio import MEDIA_TYPES, SUFFIXES, Encoded, cut, encode
from .voice import Rendering, VoiceChoice, render, synthesizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from ._faults import Fault
    from ._quirks import Quirks
    from ._state import State

PATH: Final = "/v1/t2a_v2"
PIECE_MILLISECONDS: Final = 150
SUCCESS: Final = base_resp_for(0, "success")
UNDER_WAY: Final = base_resp_for(0, "")


class Speech(NamedTuple):
    """A finished answer, before it is dressed."""

    request: SpeechRequest
    rendering: Rendering
    encoded: Encoded


def routes(state: State) -> list[BaseRoute]:
    """Return the routes of text-to-speech."""
    if state.voice == "espeak":
        synthesizer(state.voice)  # Whoever insists on words hears now that there are none.
    files = SpeechFiles()

    async def speak(request: Request) -> Response:
        state.authenticate(request)
        quirks = state.quirks_for(request)
        fault = state.next_fault(request)
        if fault is not None and fault.at == "response":
            raise fault.as_error()
        trace_id = state.trace_id(request)
        try:
            parsed = parse_request(await request.body(), state.vault.voices())
            if fault is not None and not parsed.stream:
                raise fault.as_error()
        except MiniMaxFault as error:
            if quirks.json_stream_errors or not wants_stream(state.recorded(request).json):
                raise
            frame = failed(error, quirks, trace_id)
            return EventStream([frame], quirks, answer_headers(trace_id))
        await delay(request, quirks.response_delay)
        root = str(request.base_url).rstrip("/")
        dressing = Dressing(trace_id, root, files, state.voice)
        try:
            return await asyncio.to_thread(answer, parsed, quirks, fault, dressing)
        except SynthesisError as error:
            raise MiniMaxFault(1013, f"internal server error, emulator: {error}") from error

    return [
        Route(PATH, speak, methods=["POST"]),
        Route(f"{FILES_PATH}/{{name}}", files.serve, methods=["GET"]),
    ]


def wants_stream(body: object) -> bool:
    """Tell whether a request that may be wrong otherwise asks for a stream."""
    return isinstance(body, dict) and body.get("stream") is True


class Dressing(NamedTuple):
    """What an answer carries besides its audio, and who speaks."""

    trace_id: str
    root: str
    files: SpeechFiles
    voice: VoiceChoice

    def address(self, content: bytes, media_type: str, suffix: str) -> str:
        """Keep `content` and return where it is served."""
        return self.root + self.files.add(content, media_type, suffix)


def answer(
    request: SpeechRequest, quirks: Quirks, fault: Fault | None, dressing: Dressing
) -> Response:
    """Return the whole answer to `request`."""
    rate = request.audio.coded_rate
    rendering = render(request.pieces, request.manner, rate, dressing.voice)
    speech = Speech(request, rendering, encode(rendering.samples, request.audio))
    headers = answer_headers(dressing.trace_id)
    if not request.stream:
        return JSONAnswer(whole(speech, quirks, dressing), headers=headers)
    payloads = frames(speech, quirks, dressing)
    return EventStream(spoiled(payloads, quirks, fault, dressing), quirks, headers)


def whole(speech: Speech, quirks: Quirks, dressing: Dressing) -> dict[str, Any]:
    """Return the JSON body of an answer that is not streamed."""
    encoded = speech.encoded
    audio = encoded.content.hex()
    if speech.request.as_url:
        media_type, suffix = MEDIA_TYPES[encoded.format], SUFFIXES[encoded.format]
        audio = dressing.address(encoded.content, media_type, suffix)
    members = {"audio": audio, "status": 2, "ced": ""} | subtitle_file(speech, dressing)
    return closed(
        {"data": members, "extra_info": extra_info(speech)}, quirks, dressing.trace_id, SUCCESS
    )


def frames(speech: Speech, quirks: Quirks, dressing: Dressing) -> Iterator[dict[str, Any]]:
    """Yield the payloads of a stream: pieces, then the frame that ends it."""
    timed = subtitles(speech.rendering, words=True)
    pieces = cut(speech.encoded, PIECE_MILLISECONDS)
    for number, piece in enumerate(pieces):
        members: dict[str, Any] = {"audio": piece.hex(), "status": 1, "ced": ""}
        if speech.request.subtitles == "word_streaming":
            # A subtitle travels with the first piece behind its beginning.
            reached = speech.encoded.milliseconds * (number + 1) / len(pieces)
            if timed and timed[0]["time_begin"] < reached:
                members["subtitle"] = timed.pop(0)
        yield closed({"data": members}, quirks, dressing.trace_id, UNDER_WAY)
    repeated = speech.request.aggregated or quirks.aggregated_audio_always
    last = {"audio": speech.encoded.content.hex() if repeated else "", "status": 2, "ced": ""}
    last |= subtitle_file(speech, dressing)
    yield closed(
        {"data": last, "extra_info": extra_info(speech)}, quirks, dressing.trace_id, SUCCESS
    )


def spoiled(
    payloads: Iterable[dict[str, Any]], quirks: Quirks, fault: Fault | None, dressing: Dressing
) -> Iterator[dict[str, Any]]:
    """Yield `payloads` as far as quirks and fault let them through."""
    if fault is not None:
        sent = 0 if fault.at == "first_frame" else fault.after
        yield from itertools.islice(payloads, sent)
        yield failed(fault, quirks, dressing.trace_id)
        return
    if quirks.cut_stream_after:
        payloads = itertools.islice(payloads, quirks.cut_stream_after)
    for number, payload in enumerate(payloads):
        if number == 1 and quirks.null_data_frame:
            yield closed({"data": None}, quirks, dressing.trace_id, UNDER_WAY)
        yield payload


def failed(fault: Fault | MiniMaxFault, quirks: Quirks, trace_id: str) -> dict[str, Any]:
    """Return the frame that tells of `fault`."""
    return closed({"data": None}, quirks, trace_id, base_resp_for(fault.code, fault.text))


def closed(
    body: dict[str, Any], quirks: Quirks, trace_id: str, base_resp: dict[str, Any]
) -> dict[str, Any]:
    """Return `body` with the members that every answer ends with."""
    trace = {} if quirks.no_trace_id else {"trace_id": trace_id}
    return body | trace | {"base_resp": base_resp}


def subtitle_file(speech: Speech, dressing: Dressing) -> dict[str, str]:
    """Return the member that points to the subtitles, if they were asked for."""
    kind = speech.request.subtitles
    if kind is None:
        return {}
    content = dumps(subtitles(speech.rendering, words=kind != "sentence")).encode(
        "utf-8", "replace"
    )
    return {"subtitle_file": dressing.address(content, "application/json", "titles")}


def extra_info(speech: Speech) -> dict[str, Any]:
    """Return what is true about the audio and what it costs."""
    encoded, request = speech.encoded, speech.request
    return {
        "audio_length": encoded.milliseconds,
        "audio_sample_rate": encoded.sample_rate,
        "audio_size": len(encoded.content),
        "bitrate": encoded.bitrate,
        "word_count": word_count(request.pieces),
        "invisible_character_ratio": request.invisible_ratio,
        "usage_characters": usage_characters(request.text, interjections=request.interjections),
        "audio_format": encoded.format,
        "audio_channel": encoded.channel,
    }
