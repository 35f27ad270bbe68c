"""Event loops, threads, processes, copies: a model works in all of them, used or not."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

import asyncio
import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.rate_limiter import TokenBucketRateLimiter

from minimax_adapters.api import ConnectionFailedError
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

ASK = [ChatMessage(role="user", content="Hello!")]


def use(component: Any) -> object:
    """Make one call and return what came of it."""
    if isinstance(component, MiniMax):
        return component.chat(ASK).message.content
    if isinstance(component, MiniMaxEmbedding):
        return component.get_text_embedding("Hello!")
    return component.speak("Hello!").data


async def ause(component: Any) -> object:
    """Make one asynchronous call."""
    if isinstance(component, MiniMax):
        return (await component.achat(ASK)).message.content
    if isinstance(component, MiniMaxEmbedding):
        return await component.aget_text_embedding("Hello!")
    return (await component.aspeak("Hello!")).data


@pytest.fixture(params=["llm", "embedding", "speech"])
def component(request: pytest.FixtureRequest) -> Any:
    """Return each of the classes."""
    return request.getfixturevalue(request.param)


def test_four_event_loops_in_a_row(component: Any, emulator: Emulator) -> None:
    """Each `asyncio.run` has its own connections, and none is left open."""
    answers = [asyncio.run(ause(component)) for _ in range(4)]

    assert answers[0]
    assert answers == answers[:1] * 4
    assert len(emulator.requests) == 4


def test_sync_and_async_by_turns(component: Any) -> None:
    """Notebooks do that."""
    assert use(component) == asyncio.run(ause(component)) == use(component)


async def test_many_calls_at_once(llm: MiniMax, emulator: Emulator) -> None:
    """On one event loop."""
    answers = await asyncio.gather(*[llm.achat(ASK) for _ in range(20)])

    assert len({str(answer) for answer in answers}) == 1
    assert len(emulator.requests) == 20


def test_threads_share_a_model(component: Any) -> None:
    """Also when they are the first to use it."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(use, [component] * 16))

    assert answers == answers[:1] * 16


def through_pickle(component: Any) -> Any:
    """Return what comes out of a pickle."""
    return pickle.loads(pickle.dumps(component))  # noqa: S301 - our own pickle


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, through_pickle])
def test_a_used_model_is_copied(component: Any, copied: Any) -> None:
    """With its key, and without its connections."""
    first = use(component)
    asyncio.run(ause(component))

    twin = copied(component)

    assert type(twin) is type(component)
    assert twin.to_dict() == component.to_dict()
    assert use(twin) == first
    assert asyncio.run(ause(twin)) == first


def test_used_models_go_to_another_process(
    llm: MiniMax,
    embedding: MiniMaxEmbedding,
    speech: MiniMaxSpeech,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers of Celery, Ray and ingestion pipelines get them as pickles."""
    # The worker imports this module by the name that pytest gives it.
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    components = [llm, embedding, speech]
    here = [use(component) for component in components]

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(use, components, timeout=60)) == here


def test_pickling_leaves_the_model_as_it_is(emulator: Emulator) -> None:
    """LlamaIndex deletes what cannot be pickled from the object itself."""
    limiter = TokenBucketRateLimiter(requests_per_minute=6_000)
    key = emulator.api_key
    llm = MiniMax(api_key=lambda: key, api_base=emulator.url, rate_limiter=limiter)

    twin = through_pickle(llm)

    assert llm.rate_limiter is limiter
    assert llm.complete("Hello!").text
    assert twin.rate_limiter is None  # It holds a lock, so it stays where it was.
    assert twin.api_key is None


def test_a_deep_copy_shares_its_limiter(emulator: Emulator) -> None:
    """Two limiters would allow twice the rate; dicts and lists are its own."""
    limiter = TokenBucketRateLimiter(requests_per_minute=6_000)
    llm = MiniMax(api_key=emulator.api_key, rate_limiter=limiter, additional_kwargs={"seed": 1})

    twin = copy.deepcopy(llm)
    twin.additional_kwargs["seed"] = 2

    assert twin.rate_limiter is limiter
    assert llm.additional_kwargs == {"seed": 1}


def test_a_changed_field_is_obeyed(emulator: Emulator) -> None:
    """Also after the first call."""
    llm = MiniMax(api_key=emulator.api_key, api_base="http://127.0.0.1:9", max_retries=0)
    with pytest.raises(ConnectionFailedError):
        llm.chat(ASK)

    llm.api_base = emulator.url

    assert llm.chat(ASK).message.content


def test_closing_is_not_the_end(component: Any) -> None:
    """The next call opens new connections."""
    first = use(component)
    component.close()

    async def closing() -> object:
        await ause(component)
        await component.aclose()
        return await ause(component)

    assert use(component) == first
    assert asyncio.run(closing()) == first
    component.close()
    assert use(component) == first


def test_an_http_client_of_the_user_is_used(emulator: Emulator) -> None:
    """For proxies and certificates; it stays open, since it is not ours."""
    seen: list[httpx.Request] = []
    hooks: Any = {"request": [seen.append]}
    with httpx.Client(event_hooks=hooks) as client:
        llm = MiniMax(api_key=emulator.api_key, api_base=emulator.url, http_client=client)
        llm.chat(ASK)
        list(llm.stream_chat(ASK))
        llm.close()

        assert len(seen) == 2
        assert not client.is_closed


async def test_an_async_http_client_of_the_user_is_used(emulator: Emulator) -> None:
    """Likewise."""
    seen: list[str] = []

    async def note(request: httpx.Request) -> None:
        seen.append(request.url.path)

    async with httpx.AsyncClient(event_hooks={"request": [note]}) as client:
        llm = MiniMax(api_key=emulator.api_key, api_base=emulator.url, async_http_client=client)
        await llm.achat(ASK)

        assert seen == ["/v1/chat/completions"]
