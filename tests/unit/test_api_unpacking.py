"""Compressed bodies: what comes of them, how much, and where they end."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from minimax_adapters.api import InvalidReplyError
from minimax_adapters.api._unpacking import Unpacker

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT: Final = "Das Café öffnet um neun. ".encode() * 40


def _raw_deflate(content: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


def _unpacker(coding: str) -> Unpacker:
    found = Unpacker.of(httpx.Headers({"Content-Encoding": coding}))
    assert found is not None
    return found


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        (" GZip ", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", _raw_deflate),
    ],
)
def test_a_body_is_unpacked_as_it_comes(
    coding: str, pack: Callable[[bytes], bytes], step: int
) -> None:
    """In pieces of any size; only then is it whole."""
    packed, unpacker = pack(TEXT), _unpacker(coding)
    pieces = [packed[start : start + step] for start in range(0, len(packed), step)]

    found = b"".join(unpacker.feed(piece, 10_000) for piece in pieces[:-1])
    was_inside = unpacker.is_inside
    found += unpacker.feed(pieces[-1], 10_000)

    assert found == TEXT
    assert was_inside == (len(pieces) > 1)
    assert not unpacker.is_inside


@pytest.mark.parametrize("coding", ["", "identity", " Identity"])
def test_a_body_that_is_not_packed_needs_nothing(coding: str) -> None:
    """Nor does one whose head does not mention it."""
    assert Unpacker.of(httpx.Headers({"Content-Encoding": coding})) is None
    assert Unpacker.of(httpx.Headers()) is None


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd", "gzip,"])
def test_what_was_not_asked_for_is_refused(coding: str) -> None:
    """Codings in a row would make gigabytes of a few hundred bytes."""
    with pytest.raises(InvalidReplyError, match="not asked for"):
        _unpacker(coding).feed(gzip.compress(TEXT), 10_000)


def test_no_more_is_unpacked_than_is_wanted() -> None:
    """The memory at the peak is that of the limit."""
    bomb, unpacker = gzip.compress(bytes(64 << 20)), _unpacker("gzip")

    tracemalloc.start()
    found = unpacker.feed(bomb, 1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(found) == (1 << 20) + 1
    assert peak < 4 << 20


def test_garbage_is_said_to_be_garbage() -> None:
    """Whatever its head says."""
    with pytest.raises(InvalidReplyError, match="cannot be decompressed"):
        _unpacker("gzip").feed(b"<html>", 10_000)
