"""Texts that nobody wants to hear to their end, on connections that are lost in the meantime."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from actors import CANCELING, FAULTS, SCRIPTS, Actor, Fault, talker_of
from talkers import COLOURS, Colour, Talker, audio_of

from minimax_adapters.api import InterruptedReplyError

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech_socket import Dialect

CLOSED = next(fault for fault in FAULTS if fault.close == 1011)
both = pytest.mark.parametrize("colour", COLOURS)


class Listener:
    """Hears a text as far as it likes, in either colour."""

    def __init__(self, colour: Colour, talker: Talker) -> None:
        self._colour = colour
        self._talker = talker

    def next(self, stream: Any) -> Any:  # noqa: ANN401 - a stream and its event
        """Return the next event."""
        return next(stream) if self._colour == "sync" else self._talker.call(_anext, stream)

    def leave(self, stream: Any, actor: Actor) -> None:  # noqa: ANN401 - a stream
        """Close a stream when the connection has ended, as the client knows."""
        if self._colour == "sync":
            assert actor.ended.get(timeout=10) is not None
            stream.close()
        else:
            self._talker.call(_aleave, stream, actor)


async def _anext(stream: Any) -> Any:  # noqa: ANN401 - a stream and its event
    return await anext(stream)


async def _aleave(stream: Any, actor: Actor) -> None:  # noqa: ANN401 - a stream
    assert await asyncio.to_thread(actor.ended.get, timeout=10) is not None
    await stream.aclose()


@both
@pytest.mark.parametrize("dialect", SCRIPTS)
def test_a_text_may_be_left_on_a_lost_connection(
    actor: Actor, colour: Colour, dialect: Dialect
) -> None:
    """Nothing is wanted of it any more: it is no error, and nothing is sent again for it."""
    actor.play(SCRIPTS[dialect], "hearing", CLOSED, times=1)
    with talker_of(colour, actor) as talker:
        listener, voice = Listener(colour, talker), talker.connect(dialect=dialect)
        left = voice.speak("One.")
        assert listener.next(left).data == b"\xaa"
        listener.leave(left, actor)
        begun = actor.begun
        following = talker.all(voice.speak("Two."))

    assert (begun, actor.begun) == (1, 2)
    assert audio_of(following) == b"\xaa\xbb\xcc"


@both
def test_a_cancellation_that_is_never_confirmed_is_not_waited_for(
    actor: Actor, colour: Colour
) -> None:
    """The connection that was to confirm it is gone; on the next one it would be another's."""
    lost = Fault("lost", close=1011)
    actor.play(CANCELING, "canceling", lost, times=1)
    with talker_of(colour, actor) as talker:
        listener, voice = Listener(colour, talker), talker.connect()
        left = voice.speak("One.")
        assert listener.next(left).data == b"\xaa"
        if colour == "sync":
            left.close()
        else:
            talker.call(left.aclose)
        with pytest.raises(InterruptedReplyError):
            talker.all(voice.speak("Two."))
        following = voice.speak("Three.")
        heard = [listener.next(following)]
        talker.call(voice.cancel)
        with contextlib.suppress(StopIteration, StopAsyncIteration):
            heard.append(listener.next(following))

    assert audio_of(heard) == b"\xaa"
    assert actor.begun == 2
