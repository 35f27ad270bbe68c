"""Programs that end while streams are still held: nothing is printed on the way out."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from minimax_adapters.emulator import Emulator, Quirks, Reply

CHAT: Final = """
import asyncio, sys, warnings
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
for stream in sync:
    next(stream)
held = []

async def leave():
    warnings.filterwarnings("ignore", message=".* is in beta")
    for _ in range(3):
        model = ChatMiniMax(base_url=url, api_key=key)
        held.append(AsyncClient(base_url=url, api_key=key).stream_chat(request))
        held.append(model.astream("Hello"))
        held.append(model.astream_events("Hello", version="v2"))
        held.append(aiter(await model.astream_events("Hello", version="v3")))
        llm = MiniMax(api_base=url, api_key=key)
        held.append(await llm.astream_complete("Hello"))
        held.append(await llm.astream_chat([ChatMessage("Hello")]))
    for stream in held:
        await anext(stream)

asyncio.run(leave())
print("left")
"""

SPEECH: Final = """
import asyncio, itertools, sys
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
for stream in sync:
    next(stream)
held = []

async def texts():
    for number in itertools.count():
        yield f"Here is the sentence with number {number} of all. "
        await asyncio.sleep(0)

async def leave():
    for _ in range(2):
        client = AsyncClient(base_url=url, api_key=key)
        held.append(client.stream_speech(SpeechRequest(text=text)))
        held.append(client.stream_speech_from(texts(), options, transport=transport))
        held.append(speech.astream(text))
        held.append(speech.atransform(texts()))
        held.append(speech.with_config(tags=["a"]).astream(text))
        held.append((ChatMiniMax(base_url=url, api_key=key) | speech).astream("Hello"))
        held.append(speech.astream_events(text, version="v2"))
        held.append(llama.astream(text))
        held.append(llama.astream(texts()))
        answer = await LlamaChat(api_base=url, api_key=key).astream_complete("Hello")
        held.append(llama.astream(answer))
    for stream in held:
        await anext(stream)

asyncio.run(leave())
print("left")
"""

SOCKETS: Final = """
import asyncio, sys
from minimax_adapters.api import AsyncClient

url, key, dialect = sys.argv[1:]
held = []

async def leave():
    for _ in range(3):
        socket = AsyncClient(base_url=url, api_key=key).speech.connect(dialect=dialect)
        held.append(socket.speak("A sentence that takes its time."))
    for stream in held:
        await anext(stream)

asyncio.run(leave())
print("left")
"""


def _ends_in_silence(program: str, emulator: Emulator, *more: str, warn: str = "default") -> None:
    emulator.quirks = Quirks(frame_delay=0.02)
    emulator.script(*[Reply(text="A sentence of an answer. " * 20)] * 20)
    warnings = f"{warn}::ResourceWarning"
    command = [sys.executable, "-W", warnings, "-c", program, emulator.url, emulator.api_key, *more]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")


def test_a_program_may_end_with_open_streams(emulator: Emulator) -> None:
    """Of the client and of both adapters."""
    _ends_in_silence(CHAT, emulator)


@pytest.mark.sampled(share=0.34)
@pytest.mark.parametrize("transport", ["http", "plain", "bidi"])
def test_a_program_may_end_while_it_speaks(emulator: Emulator, transport: str) -> None:
    """In whichever order the event loop closes the generators."""
    _ends_in_silence(SPEECH, emulator, transport)


@pytest.mark.parametrize("dialect", ["plain", "bidi"])
def test_a_program_may_end_with_open_sockets(emulator: Emulator, dialect: str) -> None:
    """The library of sockets begins a generator to close one, of which Python warns only there."""
    _ends_in_silence(SOCKETS, emulator, dialect, warn="ignore")
