"""Batches of texts, and vectors that are checked before anyone stores them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from frames import EVENT_STREAM
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import APIError, InvalidInputError, InvalidReplyError, estimate_tokens
from minimax_adapters.api._embeddings import parse_embeddings
from minimax_adapters.api.embedding_jobs import split_batches

VECTOR = [0.5] * 1536


def _parse(count: int = 1, **members: object) -> Any:  # noqa: ANN401 - Embeddings
    body = {"vectors": [VECTOR], "total_tokens": 3, "base_resp": {"status_code": 0}} | members
    return parse_embeddings(EVENT_STREAM._replace(body=json.dumps(body).encode()), count)


@given(st.lists(st.text(max_size=30), max_size=30), st.integers(1, 8), st.integers(1, 40))
def test_batches_keep_the_order_and_both_limits(
    texts: list[str], max_texts: int, max_tokens: int
) -> None:
    """Only a text that is too long by itself is over the limit, and alone."""
    batches = split_batches(texts, max_texts, max_tokens)

    assert [text for batch in batches for text in batch] == texts
    for batch in batches:
        assert 1 <= len(batch) <= max_texts
        assert sum(map(estimate_tokens, batch)) <= max_tokens or (
            len([text for text in batch if text]) == 1
        )


def test_batches_are_as_large_as_allowed() -> None:
    """The number of requests per minute is the limit that hurts."""
    assert [len(batch) for batch in split_batches(["a"] * 70)] == [32, 32, 6]
    assert [len(batch) for batch in split_batches(["猫" * 2000] * 3)] == [1, 1, 1]
    assert [len(batch) for batch in split_batches(["猫" * 1000] * 7)] == [3, 3, 1]


@given(st.text(alphabet=st.characters()))
def test_an_estimate_covers_every_text(text: str) -> None:
    """Also one that cannot be sent: the sending says why."""
    assert len(text) / 3 <= estimate_tokens(text) <= 2 * len(text)


@pytest.mark.parametrize(
    ("texts", "reason"), [("one text", "list of texts"), (["a", 5], "Text 1"), ([None], "Text 0")]
)
def test_what_is_no_list_of_texts_is_refused(texts: Any, reason: str) -> None:  # noqa: ANN401 - the mistake
    """One text would be embedded letter by letter."""
    with pytest.raises(InvalidInputError, match=reason):
        split_batches(texts)


def test_a_batch_has_room_for_a_text() -> None:
    """A size of 0 would never end."""
    with pytest.raises(InvalidInputError, match="max_batch_size"):
        split_batches(["a"], 0)


def test_vectors_are_returned_as_they_came() -> None:
    """The vectors are not normalised; the user divides."""
    done = _parse()

    assert (done.vectors, done.total_tokens) == ([VECTOR], 3)
    assert _parse(total_tokens="many").total_tokens == 0


@pytest.mark.parametrize(
    "vectors",
    [
        None,
        [],
        [VECTOR, VECTOR],
        {"0": VECTOR},
        [VECTOR[:-1]],
        [[*VECTOR, 1.0]],
        [[]],
        [None],
        [[None] * 1536],
        [["0.5"] * 1536],
        [[[0.5]] * 1536],
        [[*VECTOR[:-1], float("nan")]],
        [[*VECTOR[:-1], float("inf")]],
        [[*VECTOR[:-2], float("inf"), float("-inf")]],
        [[*VECTOR[:-1], 1e300]],
        [[*VECTOR[:-1], 10**400]],
    ],
    ids=lambda vectors: repr(vectors)[-30:],
)
def test_anything_but_one_finite_vector_per_text_is_an_invalid_reply(vectors: object) -> None:
    """A wrong vector in a store is found only much later."""
    with pytest.raises(InvalidReplyError) as caught:
        _parse(vectors=vectors)

    assert (caught.value.http_status, caught.value.trace_id) == (200, "trace-of-the-head")


def test_the_code_comes_before_the_vectors() -> None:
    """Subscription keys get 1002 in HTTP 200 nearly always."""
    with pytest.raises(APIError) as caught:
        _parse(vectors=None, base_resp={"status_code": 1002, "status_msg": "rate limit"})

    assert caught.value.code == 1002
