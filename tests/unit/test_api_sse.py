"""Event streams that no sane host writes: cut anywhere, and without an end."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api._sse import SSEDecoder

STREAM: Final = (
    b': ping\n\ndata: {"a": 1}\r\n\r\nevent: x\n'
    b"data:two\ndata: lines\n\n\xef\xbb\xbfdata: third\n\n"
)
PAYLOADS: Final = [b'{"a": 1}', b"two\nlines", b"third"]
SIZE: Final = 100_000


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_it_does_not_matter_where_a_stream_is_cut(cuts: list[int]) -> None:
    """A chunk may end anywhere."""
    places = [0, *sorted(cuts), len(STREAM)]
    decoder = SSEDecoder()

    found = [
        payload
        for start, end in itertools.pairwise(places)
        for payload in decoder.feed(STREAM[start:end])
    ]

    assert found + decoder.flush() == PAYLOADS


@pytest.mark.parametrize("piece", [b"ab", b"data:ab\n", b"data: a\r\n"], ids=repr)
def test_small_pieces_of_an_endless_event_are_held_as_their_bytes(piece: bytes) -> None:
    """What is counted is what is held: a limit of bytes limits the memory."""
    decoder = SSEDecoder()
    decoder.feed(b"data: ")

    tracemalloc.start()
    for _ in range(SIZE // len(piece)):
        decoder.feed(bytes(bytearray(piece)))
    # Threads of other tests may be at work: only what is held by these two counts.
    own = [tracemalloc.Filter(inclusive=True, filename_pattern=p) for p in ("*_sse.py", __file__)]
    held = tracemalloc.take_snapshot().filter_traces(own).statistics("filename")
    tracemalloc.stop()

    assert sum(part.size for part in held) < 2 * SIZE
