"""One model in event loops, threads, children and copies; and streams that are left early."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import asyncio
import copy
import itertools
import multiprocessing
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import ConfigurableField

from minimax_adapters.emulator import Emulator, Quirks, Reply
from minimax_adapters.langchain import ChatMiniMax

if TYPE_CHECKING:
    from makers import Make

    from minimax_adapters.langchain import MiniMaxEmbeddings, MiniMaxSpeech


def test_four_event_loops_in_a_row(chat: Make, embeddings: Make, emulator: Emulator) -> None:
    """A notebook, a worker: connections must not be those of a dead loop."""
    model, vectors = chat(), embeddings()

    async def both() -> None:
        await model.ainvoke("Hello")
        await vectors.aembed_query("Hello")
        assert [chunk async for chunk in model.astream("Hello")]

    for _ in range(4):
        asyncio.run(both())

    assert len(emulator.requests) == 12


def test_twenty_threads_share_a_model(chat: Make) -> None:
    """Web servers do."""
    model = chat()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: model.invoke("Hello").content, range(60)))

    assert all(answers)


def test_loops_in_several_threads_share_a_model(chat: Make) -> None:
    """Each loop has connections of its own."""
    model = chat()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: asyncio.run(model.ainvoke("Hello")).content, range(10)))

    assert all(answers)


def ask_in_child(model: ChatMiniMax, answers: Any) -> None:
    """Ask in both colours, in a child process."""
    answers.put([model.invoke("Hello").content, asyncio.run(model.ainvoke("Hello")).content])


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_forked_child_uses_the_model_of_its_parent(chat: Make) -> None:
    """Connections are not shared with it: the parent goes on afterwards."""
    model = chat()
    model.invoke("Hello")
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    child = context.Process(target=ask_in_child, args=(model, answers))
    child.start()
    child.join(20)

    assert child.exitcode == 0
    assert all(answers.get())
    assert model.invoke("Hello").content


@pytest.mark.parametrize("fixture", ["chat", "embeddings", "speech"])
def test_used_adapter_can_be_pickled_and_copied(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """A copy works and is equal; the key travels with it, the connections do not."""
    make: Make = request.getfixturevalue(fixture)
    used = make()
    use(used)

    for twin in (
        pickle.loads(pickle.dumps(used)),  # noqa: S301 - our own bytes
        copy.deepcopy(used),
        copy.copy(used),
        used.model_copy(),
    ):
        use(twin)
        assert twin == used


def use(adapter: ChatMiniMax | MiniMaxEmbeddings | MiniMaxSpeech) -> None:
    """Make a call."""
    if hasattr(adapter, "embed_query"):
        assert adapter.embed_query("Hello")
    else:
        assert adapter.invoke("Hello")


def test_copy_with_another_host_calls_that_host(chat: Make) -> None:
    """The clients of the original must not be used for it."""
    model = chat()
    model.invoke("Hello")

    with Emulator() as other:
        model.model_copy(update={"base_url": other.url}).invoke("Hello")

        assert len(other.requests) == 1


def test_configurable_field_makes_another_call(chat: Make, emulator: Emulator) -> None:
    """LangChain makes the model anew with the changed field."""
    model = chat().configurable_fields(temperature=ConfigurableField(id="heat"))

    model.with_config(configurable={"heat": 0.3}).invoke("Hello")

    assert emulator.requests[-1].json["temperature"] == 0.3


def slow(emulator: Emulator) -> None:
    """Make the emulator speak for minutes."""
    emulator.quirks = Quirks(frame_delay=0.02)
    emulator.script(Reply(text="word " * 10_000))


def stops_writing(emulator: Emulator) -> bool:
    """Return whether the emulator ends its answer long before it has said all."""
    server = emulator._server
    assert server is not None
    latest = time.monotonic() + 20
    while server.server_state.tasks and time.monotonic() < latest:
        time.sleep(0.01)
    return not server.server_state.tasks


def test_leaving_a_stream_closes_the_connection(chat: Make, emulator: Emulator) -> None:
    """MiniMax stops writing, and billing."""
    slow(emulator)

    stream = chat().stream("Talk")
    first = list(itertools.islice(stream, 3))
    stream.close()

    assert len(first) == 3
    assert stops_writing(emulator)


async def test_leaving_an_asynchronous_stream_closes_the_connection(
    chat: Make, emulator: Emulator
) -> None:
    """As `aclosing` does it."""
    slow(emulator)

    stream = chat().astream("Talk")
    async for _ in stream:
        break
    await stream.aclose()
    await asyncio.sleep(0)

    assert await asyncio.to_thread(stops_writing, emulator)


async def test_cancelling_a_stream_closes_the_connection(chat: Make, emulator: Emulator) -> None:
    """A web server cancels when its client hangs up."""
    slow(emulator)
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in chat().astream("Talk"):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await asyncio.to_thread(stops_writing, emulator)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
async def test_leaving_the_block_of_a_v3_stream_closes_the_connection(
    chat: Make, emulator: Emulator
) -> None:
    """Without it, the task of LangChain that reads the answer goes on to its end."""
    slow(emulator)

    async with await chat().astream_events("Talk", version="v3") as events:
        async for _ in events:
            break

    assert await asyncio.to_thread(stops_writing, emulator)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_a_call_closes_the_connection(chat: Make) -> None:
    """While MiniMax thinks; the server sees that its client is gone."""
    gone = asyncio.Event()

    async def think(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(think, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(chat(base_url=f"http://127.0.0.1:{port}").ainvoke("Think"), 0.1)

        await asyncio.wait_for(gone.wait(), 2)


@pytest.mark.parametrize("library", ["httpx", "urllib3"])
@pytest.mark.parametrize("version", ["chunks", "events"])
def test_stream_that_has_said_its_end_holds_no_connection(
    chat: Make, version: str, library: str
) -> None:
    """LangChain leaves v3 generators there; the collector would close them inside a lock."""
    model = chat(sync_http=library)
    question: Any = [HumanMessage("Hello")]

    if version == "chunks":
        stream = model._stream(question)
        ended = any(chunk.message.chunk_position == "last" for chunk in stream)
    else:
        stream = model._stream_chat_model_events(question)
        ended = any(event["event"] == "message-finish" for event in stream)

    outer: Any = model._client._clients.current()._transport
    transport = (outer._own if library == "urllib3" else outer)._pool.transport
    assert ended
    if library == "urllib3":
        assert len(transport._idle) == 1  # The only one it opened.
    else:
        assert [connection.is_idle() for connection in transport._pool.connections] == [True]
    stream.close()


def test_construction_opens_nothing() -> None:
    """No thread, no socket, no look at the network."""
    before = threading.active_count()

    for _ in range(50):
        ChatMiniMax(api_key="k", base_url="https://nowhere.invalid")

    assert threading.active_count() == before
