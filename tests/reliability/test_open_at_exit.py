"""Programs that end with streams that were begun: nothing is printed on the way out.

They are held to the end, left by `break` and dropped, or left by `break` with a moment to go.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from minimax_adapters.emulator import Emulator, Quirks, Reply

HOW: Final = ("held", "left", "left_before")
BEGIN: Final = """
import asyncio, sys
how, held = sys.argv.pop(), []

def begin(streams):
    while streams:
        stream = streams.pop()
        if how == "held":
            next(stream)
            held.append(stream)
        else:
            for _ in stream:
                break

async def abegin(streams):
    while streams:
        stream = streams.pop()
        if how == "held":
            await anext(stream)
            held.append(stream)
        else:
            async for _ in stream:
                break
    if how == "left_before":
        await asyncio.sleep(0.05)
"""

CHAT: Final = """
import warnings
from minimax_adapters.api import AsyncClient, ChatRequest, Client
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax
from llama_index.core.llms import ChatMessage

url, key = sys.argv[1:]
request = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
sync = [
    Client(base_url=url, api_key=key).stream_chat(request),
    ChatMiniMax(base_url=url, api_key=key).stream("Hello"),
    MiniMax(api_base=url, api_key=key).stream_complete("Hello"),
]
begin(sync)

async def leave():
    warnings.filterwarnings("ignore", message=".* is in beta")
    streams = []
    for _ in range(3):
        model = ChatMiniMax(base_url=url, api_key=key)
        streams.append(AsyncClient(base_url=url, api_key=key).stream_chat(request))
        streams.append(model.astream("Hello"))
        streams.append(model.astream_events("Hello", version="v2"))
        streams.append(aiter(await model.astream_events("Hello", version="v3")))
        llm = MiniMax(api_base=url, api_key=key)
        streams.append(await llm.astream_complete("Hello"))
        streams.append(await llm.astream_chat([ChatMessage("Hello")]))
    await abegin(streams)

asyncio.run(leave())
print("left")
"""

SPEECH: Final = """
import itertools
from minimax_adapters.api import AsyncClient, Client, SpeechOptions, SpeechRequest
from minimax_adapters.langchain import ChatMiniMax, MiniMaxSpeech
from minimax_adapters.llama_index import MiniMax as LlamaChat, MiniMaxSpeech as LlamaSpeech

url, key, transport = sys.argv[1:]
text = "A sentence that takes its time."
options = SpeechOptions(audio_setting={"format": "pcm"})
speech = MiniMaxSpeech(base_url=url, api_key=key, transport=transport)
llama = LlamaSpeech(api_base=url, api_key=key, transport=transport)
client = Client(base_url=url, api_key=key)
sentences = [f"Here is the sentence with number {number}. " for number in range(100)]
sync = [
    client.stream_speech(SpeechRequest(text=text)),
    client.stream_speech_from(sentences, options, transport=transport),
    speech.stream(text),
    speech.transform(iter(sentences)),
    llama.stream(text),
    llama.stream(iter(sentences)),
]
begin(sync)

async def texts():
    for number in itertools.count():
        yield f"Here is the sentence with number {number} of all. "
        await asyncio.sleep(0)

async def leave():
    streams = []
    for _ in range(2):
        client = AsyncClient(base_url=url, api_key=key)
        streams.append(client.stream_speech(SpeechRequest(text=text)))
        streams.append(client.stream_speech_from(texts(), options, transport=transport))
        streams.append(speech.astream(text))
        streams.append(speech.atransform(texts()))
        streams.append(speech.with_config(tags=["a"]).astream(text))
        streams.append((ChatMiniMax(base_url=url, api_key=key) | speech).astream("Hello"))
        streams.append(speech.astream_events(text, version="v2"))
        streams.append(llama.astream(text))
        streams.append(llama.astream(texts()))
        answer = await LlamaChat(api_base=url, api_key=key).astream_complete("Hello")
        streams.append(llama.astream(answer))
    await abegin(streams)

asyncio.run(leave())
print("left")
"""

SOCKETS: Final = """
from minimax_adapters.api import AsyncClient, Client

url, key, dialect = sys.argv[1:]
text = "A sentence that takes its time."
voices = [Client(base_url=url, api_key=key).speech.connect(dialect=dialect) for _ in range(4)]
for voice in voices[:2]:
    voice.send(text)
    voice.finish()
begin([*map(iter, voices[:2]), *[voice.speak(text) for voice in voices[2:]]])
voices.clear()

async def leave():
    client = AsyncClient(base_url=url, api_key=key)
    voices = [client.speech.connect(dialect=dialect) for _ in range(6)]
    for voice in voices[:2]:
        await voice.send(text)
        await voice.finish()
    streams = [*map(aiter, voices[:2]), *[voice.speak(text) for voice in voices[2:]]]
    if how == "held":
        held.extend(voices)
    del voice, voices
    await abegin(streams)

asyncio.run(leave())
print("left")
"""

# The threads that are under way when a program ends never go on, and keep the locks they have. One
# with names of this program would keep its streams, too, so it has names of its own.
LOCKED: Final = """
import gc, threading
from minimax_adapters.api import Client, SpeechOptions
from minimax_adapters.api._pipe import Pipe
from minimax_adapters.api._socket_drivers import SyncSocketDriver
from websockets.sync.client import ClientConnection

TAKE = '''
def take(locks, taken, sleep):
    for lock in locks:
        lock.acquire()
    taken.set()
    sleep(3600)
'''

def take_all():
    found = gc.get_objects()
    locks = {each._changed for each in found if isinstance(each, Pipe)}
    locks |= {each.protocol_mutex for each in found if isinstance(each, ClientConnection)}
    locks |= {each._lock for each in found if isinstance(each, SyncSocketDriver)}
    assert len(locks) > 1
    from time import sleep
    exec(TAKE, names := {})
    taken = threading.Event()
    threading.Thread(target=names["take"], args=(locks, taken, sleep), daemon=True).start()
    taken.wait()

url, key, transport = sys.argv[1:]
options = SpeechOptions(audio_setting={"format": "pcm"})
sentences = [f"Here is the sentence with number {number}. " for number in range(100)]
client = Client(base_url=url, api_key=key)

def spoken():
    with client.speech.connect(dialect=transport) as voice:
        yield from voice.speak(sentences[0])

def drained():
    with client.speech.connect(dialect=transport) as voice:
        voice.send(sentences[0])
        yield from voice.drain()

begin([client.stream_speech_from(sentences, options, transport=transport)])
if transport != "http":
    begin([spoken(), drained()])
take_all()
print("left")
"""


def _ends_in_silence(program: str, emulator: Emulator, *more: str) -> None:
    emulator.quirks = Quirks(frame_delay=0.02)
    emulator.script(*[Reply(text="A sentence of an answer. " * 20)] * 20)
    begun = [sys.executable, "-W", "default::ResourceWarning", "-c", BEGIN + program]

    done = subprocess.run(
        [*begun, emulator.url, emulator.api_key, *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")


@pytest.mark.parametrize("how", HOW)
@pytest.mark.sampled(share=0.2)
def test_a_program_may_end_with_open_streams(emulator: Emulator, how: str) -> None:
    """Of the client and of both adapters."""
    _ends_in_silence(CHAT, emulator, how)


@pytest.mark.sampled(share=0.08)
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("transport", ["http", "plain", "bidi"])
def test_a_program_may_end_while_it_speaks(emulator: Emulator, transport: str, how: str) -> None:
    """In whichever order the event loop closes the generators."""
    _ends_in_silence(SPEECH, emulator, transport, how)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("dialect", ["plain", "bidi"])
@pytest.mark.sampled(share=0.2)
def test_a_program_may_end_with_open_sockets(emulator: Emulator, dialect: str, how: str) -> None:
    """Sync and async, in the middle of a text, of `speak()` and of what happens at all."""
    _ends_in_silence(SOCKETS, emulator, dialect, how)


@pytest.mark.parametrize("transport", ["http", "plain", "bidi"])
@pytest.mark.sampled(share=0.4)
def test_a_program_may_end_in_the_middle_of_a_lock(emulator: Emulator, transport: str) -> None:
    """Nobody who waits for a lock at that moment would ever get it."""
    _ends_in_silence(LOCKED, emulator, transport, "held")
