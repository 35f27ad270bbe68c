"""A job of embeddings that failed goes on where it was: nothing is lost, nothing sent twice."""

# ruff: noqa: ANN401 - models and errors of any kind

from __future__ import annotations

import asyncio
import json
import pickle
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_index.core.storage.kvstore import SimpleKVStore
from operations import no_wait

from minimax_adapters.api import (
    AsyncClient,
    ChatRequest,
    Client,
    ContextWindowError,
    InvalidInputError,
    MiniMaxError,
    PartialEmbeddings,
    RateLimitError,
)
from minimax_adapters.emulator import Quirks
from minimax_adapters.langchain import MiniMaxEmbeddings
from minimax_adapters.langchain.errors import (
    MiniMaxContextWindowError,
    MiniMaxRateLimitError,
)
from minimax_adapters.llama_index import MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from operations import Colour

    from minimax_adapters.emulator import Emulator

COLOURS: Final = ("sync", "async")
BOTH: Final = pytest.mark.parametrize("colour", COLOURS)
FEW: Final = settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)


class Host:
    """Embeds text `n` as `n`, unless its batch holds one of `broken`; later batches come first."""

    def __init__(self, broken: AbstractSet[int], code: int = 1008) -> None:
        self.broken = broken
        self.code = code
        self.embedded: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a batch."""
        texts = json.loads(request.content)["texts"]
        if self.broken & {int(text) for text in texts}:
            return httpx.Response(200, json={"base_resp": {"status_code": self.code}})
        self.embedded += texts
        vectors = [[float(text)] * 1536 for text in texts]
        return httpx.Response(200, json={"vectors": vectors, "total_tokens": len(texts)})

    async def aanswer(self, request: httpx.Request) -> httpx.Response:
        """Answer batches that were sent together in the opposite order."""
        for _ in range(100 - int(json.loads(request.content)["texts"][0])):
            await asyncio.sleep(0)
        return self.answer(request)

    def embed(self, colour: Colour, texts: list[str], **options: Any) -> Any:
        """Run a job with a client of `colour`."""
        if colour == "sync":
            transport = httpx.MockTransport(self.answer)
            with Client(api_key="k", max_retries=0, transport=transport) as client:
                return client.embed(texts, type="db", **options)

        async def run() -> Any:
            transport = httpx.MockTransport(self.aanswer)
            async with AsyncClient(api_key="k", max_retries=0, transport=transport) as client:
                return await client.embed(texts, type="db", **options)

        return asyncio.run(run())

    def fail(self, colour: Colour, texts: list[str], **options: Any) -> MiniMaxError:
        """Run a job that does not end well, and return its error."""
        with pytest.raises(MiniMaxError) as caught:
            self.embed(colour, texts, **options)
        return caught.value


@BOTH
@FEW
@given(count=st.integers(1, 40), size=st.integers(1, 9), data=st.data(), twice=st.booleans())
def test_whatever_fails_a_resumed_job_sends_the_rest_and_equals_the_unbroken(
    colour: Colour, count: int, size: int, data: st.DataObject, *, twice: bool
) -> None:
    """Batches that came out of order are kept as well; so is a job that fails twice."""
    texts = [str(number) for number in range(count)]
    broken = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=4))
    host = Host(broken)
    unbroken = Host(set()).embed(colour, texts)

    error = host.fail(colour, texts, max_batch_size=size)
    first = list(host.embedded)
    if twice:
        host.broken = set(sorted(broken)[:1])
        error = host.fail(colour, texts, max_batch_size=size, resume=error)
    partial: Any = error.partial
    missing = [text for text, vector in zip(texts, partial, strict=True) if vector is None]
    host.broken, host.embedded = set(), []
    seen: list[int] = []
    done = host.embed(colour, texts, resume=error, on_progress=seen.append)

    assert done == unbroken
    assert sorted(host.embedded, key=int) == missing
    assert not set(first) & set(missing)
    assert sum(seen) == count


@BOTH
def test_an_error_is_resumed_in_another_process(colour: Colour) -> None:
    """Pickled, it holds the vectors, and the next client need not batch alike."""
    texts = [str(number) for number in range(10)]
    host = Host({7})
    error = host.fail(colour, texts, max_batch_size=2)

    kept = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    host.broken = set()
    done = host.embed(colour, texts, resume=kept, max_batch_size=3)

    assert isinstance(kept.partial, PartialEmbeddings)
    assert kept.partial == error.partial
    assert [vector[0] for vector in done.vectors] == list(range(10))
    assert sorted(host.embedded) == texts


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"texts": ["0", "1", "3"]}, "another job"),
        ({"texts": ["0", "1"]}, "another job"),
        ({"texts": ["0", "12"]}, "another job"),
        ({"type": "query"}, "another job"),
        ({"model": "embo-02"}, "another job"),
        ({"resume": MiniMaxError("of a chat")}, "nothing to resume"),
        ({"resume": RateLimitError("of a plain list")}, "nothing to resume"),
    ],
)
def test_an_error_of_another_job_is_refused(changes: dict[str, Any], reason: str) -> None:
    """Vectors at the wrong texts would be found only much later."""
    host = Host({2})
    error = host.fail("sync", ["0", "1", "2"], max_batch_size=1)
    given: dict[str, Any] = {"texts": ["0", "1", "2"], "type": "db", "resume": error} | changes
    host.embedded = []

    with (
        Client(api_key="k", transport=httpx.MockTransport(host.answer)) as client,
        pytest.raises(InvalidInputError, match=reason),
    ):
        client.embed(given.pop("texts"), **given)

    assert host.embedded == []


@BOTH
def test_langchain_resumes_with_its_own_error(emulator: Emulator, colour: Colour) -> None:
    """Which is LangChain's as well, and holds the same."""
    texts = [f"text {number}" for number in range(6)]
    model: Any = MiniMaxEmbeddings(
        base_url=emulator.url,
        api_key=emulator.api_key,
        max_retries=0,
        chunk_size=2,
        max_concurrency=1,
    )
    unbroken = model.embed_documents(texts)

    def embed(**options: Any) -> Any:
        if colour == "sync":
            return model.embed_documents(texts, **options)
        return asyncio.run(model.aembed_documents(texts, **options))

    emulator.quirks = Quirks(max_requests=1)
    with pytest.raises(MiniMaxRateLimitError) as caught:
        embed()
    emulator.quirks = Quirks()
    emulator.clear()
    resumed = embed(resume=caught.value)

    assert resumed == unbroken
    assert [request.json["texts"] for request in emulator.requests] == [texts[2:4], texts[4:]]


@BOTH
def test_llama_index_goes_on_from_its_cache(emulator: Emulator, colour: Colour) -> None:
    """LlamaIndex cuts the batches, and its cache keeps each one that is done."""
    texts = [f"text {number}" for number in range(6)]
    known: dict[str, Any] = {"api_base": emulator.url, "api_key": emulator.api_key}
    unbroken = MiniMaxEmbedding(**known).get_text_embedding_batch(texts)
    emulator.clear()

    cache = SimpleKVStore()
    cached = MiniMaxEmbedding(**known, max_retries=0, embed_batch_size=2, embeddings_cache=cache)

    def embed() -> Any:
        if colour == "sync":
            return cached.get_text_embedding_batch(texts)
        return asyncio.run(cached.aget_text_embedding_batch(texts))

    emulator.quirks = Quirks(max_requests=1)
    with pytest.raises(MiniMaxError):
        embed()
    emulator.quirks = Quirks()
    emulator.clear()
    missing = [text for text in texts if cache.get(text, collection="embeddings") is None]

    assert embed() == unbroken
    # A request that was given up before may be seen only now.
    sent = {text for request in emulator.requests for text in request.json["texts"]}
    assert sorted(sent) == missing != texts


TOO_LONG: Final = "word " * 5_000


def _embed(colour: Colour, texts: list[str], **options: Any) -> Any:
    if colour == "async":
        return asyncio.run(AsyncClient(**options).embed(texts, type="db", max_concurrency=1))
    with Client(**options) as client:
        return client.embed(texts, type="db")


@BOTH
def test_a_text_that_is_too_long_is_named_and_not_tried_again(
    emulator: Emulator, colour: Colour
) -> None:
    """1039 is the limit of the minute as well; only the length of the text tells them apart."""
    texts = ["one", "two", TOO_LONG]
    known: dict[str, Any] = {"base_url": emulator.url, "api_key": emulator.api_key}

    with pytest.raises(ContextWindowError, match=r"Text 2 has about 8,334 tokens.* 4,096") as found:
        _embed(colour, texts, **known)

    error: Any = found.value
    assert (error.code, error.retryable, len(emulator.requests)) == (1039, False, 2)
    assert [vector is not None for vector in error.partial] == [True, True, False]
    assert "word word" not in str(error)


def test_both_adapters_say_that_a_text_is_too_long(emulator: Emulator) -> None:
    """In LangChain's terms it is an overflow, which its own retries leave alone."""
    known: Any = {"api_key": emulator.api_key}
    with pytest.raises(MiniMaxContextWindowError):
        MiniMaxEmbeddings(base_url=emulator.url, **known).embed_documents([TOO_LONG])
    with pytest.raises(ContextWindowError, match="The text has about 8,334 tokens"):
        MiniMaxEmbedding(api_base=emulator.url, **known).get_text_embedding_batch([TOO_LONG])

    assert len(emulator.requests) == 2


@BOTH
def test_1039_for_texts_of_usual_length_is_the_limit_of_the_minute(
    emulator: Emulator, colour: Colour
) -> None:
    """Which passes."""
    emulator.fail_next(1039, times=2)
    known: dict[str, Any] = {
        "base_url": emulator.url,
        "api_key": emulator.api_key,
        "backoff": no_wait,
    }

    done = _embed(colour, ["one"], **known)

    assert len(done.vectors) == 1
    assert len(emulator.requests) == 3


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("words", "attempts"), [(10, 2), (200_000, 1)])
def test_1039_for_a_chat_is_judged_by_its_length(
    emulator: Emulator, words: int, attempts: int, *, streamed: bool
) -> None:
    """A request that no model can read is not sent again and again."""
    emulator.fail_next(1039, times=2)
    messages = [{"role": "user", "content": "word " * words}]
    request = ChatRequest(model="MiniMax-M2.5", messages=messages)
    known: dict[str, Any] = {"base_url": emulator.url, "api_key": emulator.api_key}

    expected = ContextWindowError if attempts == 1 else RateLimitError
    with (
        Client(**known, max_retries=1, backoff=no_wait) as client,
        pytest.raises(expected) as caught,
    ):
        list(client.stream_chat(request)) if streamed else client.chat(request)

    assert caught.value.code == 1039
    assert len(emulator.requests) == attempts
