"""Wrong cassettes: each differs from a right one in one value that matters."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, cast

from scenario import changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.testing import Tape

PLAIN: Final = "/ws/v1/t2a_v2"
CHAT: Final = "/v1/chat/completions"
Place = tuple[str | int, ...]

# What the client does not read, or reads from another member when both say the same.
DOES_NOT_MATTER: Final = {
    "audio_content": "empty on every recorded answer",
    "audio_size": "the audio says the same",
    "ced": "subtitles have a member of their own",
    "content-type": "the body tells what it is, since proxies name it wrongly",
    "created_by": "tells nothing that a caller uses",
    "event": "a name of the frame; its members say the same",
    "created": "tells nothing that a caller uses",
    "format": "goes back as it came, with the thinking",
    "http_code": "the HTTP status says the same",
    "index": "order says the same, and some hosts leave it out",
    "input_sensitive": "a filtered input is an error of its own",
    "input_sensitive_type": "likewise",
    "minimax-request-id": "Trace-Id is what MiniMax asks for",
    "invisible_character_ratio": "too much of it is an error of its own",
    "name": "always MiniMax AI",
    "object": "the path says the same",
    "output_sensitive": "a filtered answer is an error of its own",
    "output_sensitive_int": "likewise",
    "output_sensitive_type": "likewise",
    "reasoning_content": "reasoning_details say the same, and go back",
    "role": "an answer is always the assistant's",
    "status_msg": "beside code 0 it says nothing",
    "total_characters": "0 on every recorded answer",
    "total_tokens": "the sum of two others",
    "type": "functions are the only tools; an error has its code",
    "word_count": "usage_characters are what is billed",
}
# Members of a socket's frames: names of a session mean nothing to a caller.
OF_NO_CALLER: Final = frozenset({"session_id", "connect_id", "trace_id"})
# Every text repeats them, and the last is taken.
FACTS: Final = frozenset({"audio_sample_rate", "bitrate", "audio_format", "audio_channel"})
# Bookkeeping that every frame repeats; the model is what a caller is billed for.
REPEATED: Final = frozenset({"created", "id", "model"})


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A wrong cassette, and which value was changed."""

    place: Place
    tape: Tape


def mutants(tape: Tape, *, narrow: bool = False) -> Iterator[Mutant]:
    """Yield a mutant for each value that matters.

    With `narrow`, these are what was asked, tool calls, and codes.
    """
    for place, value in _leaves([*tape.exchanges, *tape.sockets]):
        if _matters(place, tape) and (not narrow or _is_in_narrow_view(place)):
            other = _other_status(value) if place[-1] == "status" else _other(value)
            yield Mutant(place, changed(tape, _Change(place, other)))


def _matters(place: Place, tape: Tape) -> bool:
    if place[1] != "reply":
        return place[1] == "request" or _matters_in_a_frame(place, tape)
    name = next(str(step) for step in reversed(place) if isinstance(step, str))
    streamed = "events" in place and name in REPEATED and "tool_calls" not in place
    if streamed or name in DOES_NOT_MATTER or place[-2:] == ("data", "status"):
        # The last frame of speech is known by its extra_info.
        return name == "status_msg" and bool(_code_beside(place, tape) != 0)
    path = tape.exchanges[cast("int", place[0])]["request"]["path"]
    # Other answers carry it for support only; their errors are the same with it.
    return name != "trace-id" or path == CHAT


def _matters_in_a_frame(place: Place, tape: Tape) -> bool:
    """Tell whether a value of a WebSocket session matters."""
    if place[1] != "frames" or "client" in place or place[-1] == "closes":
        return True
    frames, number = _session(place, tape)["frames"], cast("int", place[2])
    frame, name = frames[number].get("server", {}), place[-1]
    if name == "event":
        return _event_matters(frame, plain=_is_plain(place, tape))
    if name == "status_msg":
        return bool(_code_beside(place, tape) != 0)
    if name == "is_final":
        return _is_plain(place, tape)  # The other protocol says it by an event.
    if name in FACTS:
        return not any(other.get("server", {}).get("extra_info") for other in frames[number + 1 :])
    return name not in {*DOES_NOT_MATTER, *OF_NO_CALLER}


def _event_matters(frame: dict[str, Any], *, plain: bool) -> bool:
    # Audio is taken from any frame, since hosts have left out its name; a code is an error in any.
    if frame["base_resp"]["status_code"]:
        return False
    return not frame.get("data") or bool(frame.get("is_final") and plain)


def _session(place: Place, tape: Tape) -> dict[str, Any]:
    all_of_them = [*tape.exchanges, *tape.sockets]
    return all_of_them[cast("int", place[0])]


def _is_plain(place: Place, tape: Tape) -> bool:
    return bool(_session(place, tape)["path"] == PLAIN)


def _is_in_narrow_view(place: Place) -> bool:
    if place[1] in {"request", "path", "query"} or "client" in place:
        return True
    return place[-1] in {"arguments", "status_code", "closes"} or (
        place[1] == "frames" and place[-1] == "audio"
    )


def _code_beside(place: Place, tape: Tape) -> Any:  # noqa: ANN401 - any JSON
    value: Any = [*tape.exchanges, *tape.sockets]
    for step in place[:-1]:
        value = value[step]
    return value.get("status_code")


@dataclasses.dataclass(frozen=True)
class _Change:
    """Puts `value` in a place."""

    place: Place
    value: Any

    def __call__(self, exchanges: list[dict[str, Any]]) -> None:
        holder: Any = exchanges
        for step in self.place[:-1]:
            holder = holder[step]
        holder[self.place[-1]] = self.value


def _leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, name))
    elif isinstance(value, list):
        # One number of a vector stands for all of them.
        several = value[:1] if value and isinstance(value[0], float) else value
        for position, inner in enumerate(several):
            yield from _leaves(inner, (*place, position))
    elif value is not None:
        yield place, value


def _other_status(status: Any) -> Any:  # noqa: ANN401 - a status, or a word of another endpoint
    if isinstance(status, int) and status < 400:
        return 500
    return 200 if isinstance(status, int) else _other(status)


def _other(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.5
    sound = len(value) > 1 and all(sign in "0123456789abcdef" for sign in value)
    if sound:
        return ("1" if value[0] == "0" else "0") + value[1:]
    return f"{value}!" if not value.startswith("{") else value.replace('"', '"!', 1)
