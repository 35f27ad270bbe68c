"""Text as 1536 numbers: hashed words and parts of words, so that related texts lie close.

Words are stemmed, weighted by the logarithm of their count, small words count little. Two encoders
share the words but not the weights: `query` forgets the words that only ask, and each adds a
direction of its own, so that the same text has two close but different vectors, as on MiniMax.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from .brain.words import CJK_RUN, CJK_STOP, STOP, WORD, listed_words, stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SIZE: Final = 1536
COPIES: Final = 2
PART: Final = 4

STOP_WEIGHT: Final = 0.04
COMMON_WEIGHT: Final = 0.5
PAIR_WEIGHT: Final = {"db": 0.35, "query": 0.25}
GRAM_WEIGHT: Final = 0.45
BIAS: Final = 0.22
SCALE: Final = 0.85

COMMON: Final = frozenset(
    stem(word)
    for word in listed_words(
        """
    use make one two new time work people good first last day year thing way need want take
    come see look know think also like well even back after part place set show number
    different example following called include provide allow
    """
    )
)

Features = Counter[str]


def embed(texts: Sequence[str], purpose: str) -> NDArray[np.float32]:
    """Return one row of 1536 numbers per text; `purpose` is `db` or `query`."""
    rows = np.zeros((len(texts), SIZE), dtype=np.float64)
    for row, text in zip(rows, texts, strict=True):
        places, values = weigh(text, purpose)
        np.add.at(row, places, values)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(norms == 0, 1, norms)
    rows += BIAS * direction(purpose)
    # The real vectors are not normalised either: who compares them must divide by the norms.
    lengths = np.array([[SCALE + 0.02 * math.log1p(len(text))] for text in texts])
    return np.asarray(rows * lengths, dtype=np.float32)


def weigh(text: str, purpose: str) -> tuple[list[int], list[float]]:
    """Return places and values of the features of `text`."""
    places: list[int] = []
    values: list[float] = []
    for feature, weight in features(text, purpose):
        for place, sign in spots(feature):
            places.append(place)
            values.append(sign * weight)
    return places, values


def features(text: str, purpose: str) -> Iterator[tuple[str, float]]:
    """Yield the features of `text` with their weights."""
    stems: list[str] = []
    grams: Features = Counter()
    small: Features = Counter()
    for run in WORD.findall(text.lower()):
        if CJK_RUN.match(run):
            stems += characters(run)
        elif run in STOP:
            small[run] += 1
        else:
            stems.append(stem(run))
            grams.update(word_grams(run))
    for word, count in Counter(stems).items():
        yield word, word_weight(word) * (1 + math.log(count))
    for first, second in set(itertools.pairwise(stems)):
        yield f"{first} {second}", PAIR_WEIGHT[purpose]
    for gram, count in grams.items():
        yield f"#{gram}", GRAM_WEIGHT * math.sqrt(count) / 3
    if purpose == "db":
        for word, count in small.items():
            yield word, STOP_WEIGHT * (1 + math.log(count))


def word_weight(word: str) -> float:
    """Return how much a word says: long ones and numbers more than common ones."""
    if word in COMMON:
        return COMMON_WEIGHT
    if word.isdigit():
        return 1.1
    return min(0.8 + 0.06 * len(word), 1.3)


def characters(run: str) -> Iterator[str]:
    """Yield the characters and pairs of a run of Chinese, Japanese or Korean."""
    yield from (one for one in run if one not in CJK_STOP)
    yield from (
        run[start : start + 2]
        for start in range(len(run) - 1)
        if not CJK_STOP.issuperset(run[start : start + 2])
    )


@functools.lru_cache(maxsize=65536)
def word_grams(word: str) -> tuple[str, ...]:
    """Return the parts of `word` of `PART` letters, which relatives and misspellings share."""
    if len(word) < PART:
        return ()
    marked = f"^{word}$"
    return tuple(marked[start : start + PART] for start in range(len(marked) - PART + 1))


@functools.lru_cache(maxsize=262144)
def spots(feature: str) -> tuple[tuple[int, float], ...]:
    """Return the places of `feature` in a vector, each with its sign."""
    digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=4 * COPIES).digest()
    numbers = (int.from_bytes(digest[at : at + 4], "big") for at in range(0, len(digest), 4))
    return tuple((number % SIZE, 1.0 if number >> 31 else -1.0) for number in numbers)


@functools.cache
def direction(purpose: str) -> NDArray[np.float64]:
    """Return the unit vector that all texts of one purpose lean towards."""
    seed = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "big")
    vector = np.random.default_rng(seed).standard_normal(SIZE)
    unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return unit
