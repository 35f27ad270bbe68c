"""`MiniMaxEmbeddings`: two sides, batches, caches, progress."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.stores import InMemoryByteStore
from langchain_core.vectorstores import InMemoryVectorStore

from minimax_adapters import api
from minimax_adapters.langchain import MiniMaxEmbeddings, MiniMaxInvalidInputError

if TYPE_CHECKING:
    from makers import Make

    from minimax_adapters.emulator import Emulator


def sides(emulator: Emulator) -> list[str]:
    """Return the side of each request."""
    return [request.json["type"] for request in emulator.requests]


async def test_documents_and_queries_go_to_their_own_sides(
    embeddings: Make, emulator: Emulator
) -> None:
    """Mixed up, searches find little."""
    model = embeddings()

    documents = model.embed_documents(["Rome"])
    query = model.embed_query("Rome")
    await model.aembed_documents(["Rome"])
    await model.aembed_query("Rome")

    assert sides(emulator) == ["db", "query", "db", "query"]
    assert documents[0] != query
    assert {len(documents[0]), len(query)} == {1536}


@pytest.mark.parametrize("asynchronous", [False, True])
def test_texts_are_sent_in_batches_and_return_in_order(
    embeddings: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """MiniMax limits requests, not texts."""
    texts = [f"text {number}" for number in range(25)]
    model = embeddings(chunk_size=10)

    found = (
        asyncio.run(model.aembed_documents(texts)) if asynchronous else model.embed_documents(texts)
    )

    assert sorted(len(request.json["texts"]) for request in emulator.requests) == [5, 10, 10]
    assert found[17] == model.embed_documents(["text 17"])[0]


def test_no_texts_need_no_call(embeddings: Make, emulator: Emulator) -> None:
    """An empty list is undocumented, and needs no answer."""
    assert embeddings().embed_documents([]) == []
    assert emulator.requests == []


def test_cache_does_not_mix_both_sides(embeddings: Make, emulator: Emulator) -> None:
    """By default only documents are cached; a query is always embedded as one."""
    classic = pytest.importorskip("langchain_classic.embeddings", reason="needs langchain-classic")

    cached = classic.CacheBackedEmbeddings.from_bytes_store(
        embeddings(), InMemoryByteStore(), namespace="embo-01", key_encoder="sha256"
    )

    first = cached.embed_documents(["Rome"])
    assert cached.embed_documents(["Rome"]) == first
    assert cached.embed_query("Rome") != first[0]
    assert sides(emulator) == ["db", "query"]


def test_vector_store_finds_what_was_asked_for(embeddings: Make) -> None:
    """The use that embeddings are for."""
    store = InMemoryVectorStore.from_texts(
        ["The warehouse closes at six.", "Bananas are yellow."], embeddings()
    )

    (found,) = store.similarity_search("When does the warehouse close?", k=1)

    assert found.page_content == "The warehouse closes at six."


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_progress_is_shown(
    embeddings: Make, capsys: pytest.CaptureFixture[str], *, asynchronous: bool
) -> None:
    """For long work; tqdm writes to the error output."""
    pytest.importorskip("tqdm")
    model = embeddings(show_progress=True, chunk_size=1)

    if asynchronous:
        await model.aembed_documents(["a", "b"])
    else:
        model.embed_documents(["a", "b"])

    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize("asynchronous", [False, True])
def test_rate_limit_is_our_typed_error_with_what_is_done(
    embeddings: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """Subscription keys get 1002 on nearly every call."""
    emulator.fail_next(1002)
    model = embeddings(max_retries=0)

    def embed() -> object:
        return (
            asyncio.run(model.aembed_documents(["a"]))
            if asynchronous
            else model.embed_documents(["a"])
        )

    with pytest.raises(api.RateLimitError) as caught:
        embed()

    assert caught.value.partial == [None]


def test_names_of_the_community_class_are_accepted(emulator: Emulator) -> None:
    """With its endpoint and group."""
    model = MiniMaxEmbeddings(
        endpoint_url=f"{emulator.url}/v1/embeddings",
        minimax_api_key=emulator.api_key,
        minimax_group_id="17",
        model="embo-01",
        embed_type_db="db",
        embed_type_query="query",
    )

    assert len(model.embed_query("Rome")) == 1536
    assert emulator.requests[-1].query == {"GroupId": "17"}


@pytest.mark.parametrize("arguments", [{"dimensions": 256}, {"chunk_sise": 1}])
def test_unknown_argument_is_an_error(arguments: dict[str, Any]) -> None:
    """`embo-01` has 1,536 dimensions, always."""
    with pytest.raises(api.ConfigurationError, match=next(iter(arguments))):
        MiniMaxEmbeddings(api_key="k", **arguments)


@pytest.mark.parametrize("show_progress", [False, True])
def test_no_texts_are_our_typed_error(embeddings: Make, *, show_progress: bool) -> None:
    """The bar does not count them first."""
    nothing: Any = None

    with pytest.raises(MiniMaxInvalidInputError, match="list of texts"):
        embeddings(show_progress=show_progress).embed_documents(nothing)
