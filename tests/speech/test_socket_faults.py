"""Every fault at every moment of both socket protocols, from a server that follows a script.

The expected outcome of each is worked out from the script by the rules that users are promised:
an error is typed, what came before it is kept, nothing is heard twice, a text of which nothing was
heard is sent again once, and the connection is closed.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from actors import (
    BROKEN_OFF,
    CANCELING,
    FAULTS,
    GREETING,
    SCRIPTS,
    SETTLED,
    UNREADABLE,
    Actor,
    Fault,
    audio_in,
    talker_of,
)
from talkers import COLOURS, Colour, Talker, audio_of, end_of

from minimax_adapters.api import (
    Audio,
    AudioChunk,
    ConnectionFailedError,
    InvalidReplyError,
    MiniMaxError,
    SpeechCanceled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api.wire.speech_socket import Dialect

pytestmark = pytest.mark.sampled(share=0.05)


def cases() -> Iterator[Any]:
    """Yield every fault at every moment of both protocols."""
    for dialect, script in SCRIPTS.items():
        for line in script.split():
            if line[0] == "@":
                for fault in FAULTS:
                    name = f"{dialect}-{line[1:]}-{fault.name[:30]}"
                    yield pytest.param(dialect, line[1:], fault, id=name)


def expected_error(moment: str, fault: Fault) -> type[MiniMaxError] | None:
    """Return the error that a user is promised, None if all is spoken to its end."""
    if moment in GREETING:
        if fault.close:
            # There was no session yet that could be interrupted.
            return ConnectionFailedError if fault.close == BROKEN_OFF else InvalidReplyError
        return None if fault is UNREADABLE else fault.error
    if moment in SETTLED and (fault.close or fault.code == 2201):
        return None  # All was spoken: there is nothing left to be lost.
    return fault.error


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(("dialect", "moment", "fault"), list(cases()))
def test_any_fault_at_any_moment(
    actor: Actor,
    colour: Colour,
    dialect: Dialect,
    moment: str,
    fault: Fault,
) -> None:
    """The rules of the module, by a text that is spoken and a session that is finished."""
    actor.play(SCRIPTS[dialect], moment, fault)
    kind = expected_error(moment, fault)
    seen: list[Any] = []
    with talker_of(colour, actor) as talker:
        voice = talker.connect(dialect=dialect)
        error = spoken(talker, voice, seen)
        actor.check_closed()

    if kind is None:
        assert error is None
        extra = b"" if moment in GREETING else fault.extra
        before = actor.audio_before()
        assert audio_of(seen) == before + extra + audio_in(actor.script)[len(before) :]
        assert end_of(seen).audio.data == audio_of(seen)
    else:
        assert type(error) is kind
        assert getattr(error, "code", 0) == fault.code
        heard = error.partial.data if isinstance(error.partial, Audio) else b""
        assert heard == audio_of(seen) == actor.audio_before()
    # Texts of which nothing was heard are sent again, once; nothing else is.
    again = moment in {"collecting", "asked", "begun"} and (fault.close or fault.code == 2201)
    assert actor.begun <= 2 if again or moment in SETTLED else actor.begun == 1


def spoken(talker: Talker, voice: Any, seen: list[Any]) -> MiniMaxError | None:  # noqa: ANN401 - either colour
    """Have a text spoken and finish; return the error, if there is one."""
    try:
        talker.all(voice.speak("A text to be spoken."), seen)
        talker.all(voice.drain(), seen)
    except MiniMaxError as error:
        return error
    return None


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("dialect", SCRIPTS)
@pytest.mark.parametrize("fault", [f for f in FAULTS if f.close or f.code == 2201], ids=str)
def test_a_connection_lost_before_the_first_sound_is_not_noticed(
    actor: Actor, colour: Colour, dialect: Dialect, fault: Fault
) -> None:
    """The text is sent again, and is heard once."""
    actor.play(SCRIPTS[dialect], "asked", fault, times=1)
    seen: list[Any] = []
    with talker_of(colour, actor) as talker:
        error = spoken(talker, talker.connect(dialect=dialect), seen)
        actor.check_closed()

    assert error is None
    assert audio_of(seen) == end_of(seen).audio.data == b"\xaa\xbb\xcc"
    assert actor.begun == 2


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name[:30])
def test_any_fault_at_a_cancellation(actor: Actor, colour: Colour, fault: Fault) -> None:
    """What was heard before it is kept, what comes after it is dropped."""
    actor.play(CANCELING, "canceling", fault)
    seen: list[Any] = []
    error: MiniMaxError | None = None
    with talker_of(colour, actor) as talker:
        voice = talker.connect()
        try:
            talker.call(voice.send, "A text to be spoken.")
            talker.call(voice.flush)
            while not any(isinstance(event, AudioChunk) for event in seen):
                seen.append(next(iter(voice)) if colour == "sync" else talker.call(_next, voice))
            talker.call(voice.cancel)
            while not isinstance(seen[-1], SpeechCanceled):
                seen.append(next(iter(voice)) if colour == "sync" else talker.call(_next, voice))
            talker.all(voice.drain(), seen)
        except MiniMaxError as caught:
            error = caught
        actor.check_closed()

    assert type(error) is (fault.error if actor.fatal else type(None))
    if error is None:
        assert end_of(seen).audio.data == audio_of(seen) == b"\xaa"
    else:
        assert isinstance(error.partial, Audio)
        assert error.partial.data == audio_of(seen) == b"\xaa"


async def _next(voice: Any) -> Any:  # noqa: ANN401 - any event
    async with contextlib.aclosing(aiter(voice)) as events:
        return await anext(events)
