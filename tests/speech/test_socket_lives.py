"""Sockets in forked children, under interrupts, of several listeners, and that lose many texts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import pytest
from deaf_host import DeafHost
from deaf_host import talker_of as deaf_talker_of
from talkers import COLOURS, Colour, Talker, audio_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from minimax_adapters.api import Client, InvalidInputError
from minimax_adapters.emulator import Emulator, Quirks

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

FORK: Final = """
import gc, os, sys
from minimax_adapters.api import Client

url, key, what = sys.argv[1:]
voice = Client(base_url=url, api_key=key).speech.connect()
audio = voice.speak("One two three four five six seven eight. " * 4)
size = len(next(audio).data)
child = os.fork()
if not child:
    if what == "exit":
        sys.exit(0)
    if what == "drop":
        del audio, voice
        gc.collect()
    if what == "close":
        audio.close()
        voice.close()
    if what == "speak":
        assert b"".join(chunk.data for chunk in voice.speak("Something else."))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(size + sum(len(chunk.data) for chunk in audio))
"""


@pytest.mark.sampled(share=0.5)
@pytest.mark.parametrize("what", ["exit", "drop", "close", "speak"])
def test_a_child_leaves_the_voice_of_its_parent_alone(speaking: Emulator, what: str) -> None:
    """It has the same connection: what it said there would be heard as the parent's."""
    speaking.quirks = Quirks(frame_delay=0.005)
    with Talker("sync", speaking) as talker:
        text = "One two three four five six seven eight. " * 4
        whole = len(audio_of(talker.all(talker.connect().speak(text))))
    program = [sys.executable, "-W", "ignore", "-c", FORK, speaking.url, speaking.api_key, what]

    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{whole}\n", "")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_handshake_leaves_nothing(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a thread nor a descriptor: Ctrl-C is no reason to keep them."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        voice = Client(base_url=url, api_key="k", max_retries=0).speech.connect()
        threads = set(threading.enumerate())

        def interrupted(*_: object) -> None:
            raise kind

        monkeypatch.setattr("websockets.sync.client.ClientConnection.handshake", interrupted)
        with pytest.raises(kind):
            voice.open()
        for thread in set(threading.enumerate()) - threads:
            if "closer" not in thread.name:
                thread.join(5)

        accepted, _ = silent.accept()
        with accepted:
            assert accepted.recv(1) == b""


class Losing:
    """A host that drops the connection at some texts, counted by connection."""

    def __init__(self, lose: set[tuple[int, int]]) -> None:
        self.heard: list[str] = []
        self._lose = lose
        self._begun = 0

    def talk(self, connection: ServerConnection) -> None:
        """Speak each text with one frame, unless it is to be lost."""
        self._begun += 1
        begun, texts = self._begun, 0
        with contextlib.suppress(ConnectionClosed, OSError):
            connection.send(json.dumps({"event": "connected_success"}))
            for message in connection:
                frame: dict[str, Any] = json.loads(message)
                if frame["event"] == "task_start":
                    connection.send(json.dumps({"event": "task_started"}))
                    continue
                texts += 1
                self.heard.append(frame["text"])
                if (begun, texts) in self._lose:
                    connection.socket.shutdown(socket.SHUT_RDWR)
                    return
                spoken = {"event": "task_continued", "data": {"audio": "aa"}, "is_final": True}
                connection.send(json.dumps(spoken))


@pytest.mark.parametrize("colour", COLOURS)
def test_each_text_of_a_session_may_be_sent_again_once(colour: Colour) -> None:
    """Also the second one that is lost before anything of it was heard."""
    host = Losing({(1, 1), (2, 2)})
    with serve(host.talk, "127.0.0.1", 0, close_timeout=0.1) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        with Talker(colour, None, base_url=url, api_key="k", max_retries=0) as talker:
            voice = talker.connect(dialect="plain")
            spoken = [audio_of(talker.all(voice.speak(text))) for text in ("A.", "B.", "C.")]
        server.shutdown()
        thread.join()

    assert spoken == [b"\xaa"] * 3
    assert host.heard == ["A.", "A.", "B.", "B.", "C."]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("text", [5, None, b"bytes", ["a"]])
def test_what_is_no_text_is_refused(speaking: Emulator, colour: Colour, text: object) -> None:
    """By a socket and by a task."""
    with Talker(colour, speaking) as talker:
        with pytest.raises(InvalidInputError, match="text"):
            talker.all(talker.connect().speak(text))
        with pytest.raises(InvalidInputError, match="text"):
            talker.call(talker.client.speech.submit, text)


def test_one_thread_listens_at_a_time() -> None:
    """Another is refused before it sends anything, and the first goes on."""
    with DeafHost() as host, deaf_talker_of("sync", host, timeout=30) as talker:
        voice = talker.connect()
        voice.send("One.")
        with ThreadPoolExecutor() as threads:
            listening = threads.submit(lambda: list(voice))
            wait = threading.Event().wait
            while voice._flow._listening is None:
                wait(0.001)
            with pytest.raises(InvalidInputError, match="listening"):
                talker.all(voice.speak("Two."))
            said = list(voice._flow.session.waiting)
            voice.close()

            assert (said, listening.result(10)) == (["One."], [])


def test_one_task_listens_at_a_time() -> None:
    """As with threads."""

    async def speak_twice(voice: Any) -> list[str]:  # noqa: ANN401 - a voice
        first = asyncio.ensure_future(anext(voice.speak("One.")))
        await asyncio.sleep(0)
        with pytest.raises(InvalidInputError, match="listening"):
            await anext(voice.speak("Two."))
        said = list(voice._flow.session.waiting)
        first.cancel()
        await asyncio.wait([first])
        return said

    with DeafHost() as host, deaf_talker_of("async", host, timeout=30) as talker:
        voice = talker.connect()
        talker.call(voice.open)

        assert talker.call(speak_twice, voice) == ["One."]
