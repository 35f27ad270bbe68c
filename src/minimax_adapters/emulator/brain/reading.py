"""Answers out of a text: which sentences say what the question asks."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from .sentences import sentences
from .words import STOP, WORD, is_chinese, terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .sentences import Sentence

UNKNOWN: Final = "I don't know. The context does not say."
UNKNOWN_CHINESE: Final = "\u6211\u4e0d\u77e5\u9053\uff0c\u4e0a\u6587\u6ca1\u6709\u63d0\u5230\u3002"

# How much of the question's weight a sentence must hold to be an answer at all.
THRESHOLD: Final = 0.34
# A short question must be met in full or nearly so, else any sentence about its subject would do.
SHORT_THRESHOLDS: Final = {1: 0.6, 2: 0.56, 3: 0.42}
CHINESE_THRESHOLD: Final = 0.2
COMPANION: Final = 0.8
HEADING_WEIGHT: Final = 0.5
NEIGHBOUR_WEIGHT: Final = 0.4
SUPPORT: Final = 0.6
SAME_START: Final = 5
SAME_START_WEIGHT: Final = 0.7
LONG: Final = 45
AT_MOST: Final = 3

NUMBER: Final = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen)\b")
NAME: Final = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][a-z]+")
PLACE: Final = re.compile(r"\b(?:in|at|on|near|to|from)\b")
BECAUSE: Final = re.compile(r"\b(?:because|since|so that|due to|therefore|to avoid|in order)\b")
MOMENT: Final = re.compile(
    r"\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:noon|midnight|morning|evening|daily)\b"
)
# What an answer to such a question looks like.
SHAPES: Final = (
    (re.compile(r"\bhow (?:many|much|long|often|old|far|big|large|high)\b|\bnumber of\b"), NUMBER),
    (re.compile(r"\bwhen\b|\bwhat (?:time|year|date|day)\b"), MOMENT),
    (re.compile(r"\bwho\b|\bwhose\b"), NAME),
    (re.compile(r"\bwhere\b"), PLACE),
    (re.compile(r"\bwhy\b"), BECAUSE),
)
SHAPE_BONUS: Final = 0.15
SHAPE_PENALTY: Final = 0.08
INLINE_CALL: Final = re.compile(r"\w\([^)]*\)")
LIST_OF_CALLS: Final = 2
CALLS_WEIGHT: Final = 0.7
REFERS: Final = re.compile(r"(?:It|Its|They|Their|This|These|He|His|She|Her)\b")
DEFINITION: Final = re.compile(
    r"^\s*(?:what|who)(?:'s| is| are| was| were) (?:an? |the )?(.+?)\??$"
)


def answer_from(question: str, document: str) -> str | None:
    """Return one to three sentences of `document` that answer `question`, None if none does."""
    found = sentences(document)
    chosen = best(question, found)
    if not chosen:
        return None
    return ("" if is_chinese(chosen[0].text) else " ").join(one.text for one in chosen)


def unknown(question: str) -> str:
    """Return the admission that the context holds no answer."""
    return UNKNOWN_CHINESE if is_chinese(question) else UNKNOWN


def best(question: str, found: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences that answer `question`, in the order of the document."""
    asked = list(dict.fromkeys(terms(question)))
    if not asked or not found:
        return []
    bodies = [Counter(terms(sentence.text)) for sentence in found]
    weights = weigh(asked, bodies)
    around = surroundings(found, bodies)
    scores = [
        score(question, weights, sentence, body, around[sentence.place])
        for sentence, body in zip(found, bodies, strict=True)
    ]
    ranking = sorted(range(len(found)), key=lambda place: (-scores[place], place))
    top = ranking[0]
    if scores[top] < threshold(question, len(asked)):
        return []
    chosen = {top} | companions(ranking, scores, bodies, found, asked)
    if len(chosen) < AT_MOST:
        chosen |= continuation(question, found, top)
    return [found[place] for place in sorted(chosen)]


def threshold(question: str, size: int) -> float:
    """Return the score that an answer to `question`, of `size` terms, must reach."""
    return CHINESE_THRESHOLD if is_chinese(question) else SHORT_THRESHOLDS.get(size, THRESHOLD)


def surroundings(
    found: Sequence[Sentence], bodies: Sequence[Counter[str]]
) -> dict[int, dict[str, float]]:
    """Return what stands around each sentence: the terms of its heading and its paragraph."""
    paragraphs: dict[int, set[str]] = {}
    for sentence, body in zip(found, bodies, strict=True):
        paragraphs.setdefault(sentence.paragraph, set()).update(body)
    around: dict[int, dict[str, float]] = {}
    for sentence in found:
        near = dict.fromkeys(paragraphs[sentence.paragraph], NEIGHBOUR_WEIGHT)
        near |= dict.fromkeys(terms(sentence.heading), HEADING_WEIGHT)
        around[sentence.place] = near
    return around


def weigh(asked: Sequence[str], bodies: Sequence[Counter[str]]) -> dict[str, float]:
    """Return the weight of each asked term: the rarer in the text, the heavier."""
    total = len(bodies)
    return {
        term: math.log(1 + (total + 1) / (1 + sum(term in body for body in bodies)))
        for term in asked
    }


def score(
    question: str,
    weights: Mapping[str, float],
    sentence: Sentence,
    body: Counter[str],
    around: Mapping[str, float],
) -> float:
    """Return how well `sentence` answers, about 0 to 1."""
    held = {term: match(term, body, around) for term in weights}
    value = sum(weights[term] * held[term] for term in weights) / sum(weights.values())
    if max(held.values()) <= HEADING_WEIGHT:
        return value * HEADING_WEIGHT  # The subject stands around it, not in it.
    lowered = question.lower()
    for asks, shape in SHAPES:
        if asks.search(lowered):
            value += SHAPE_BONUS if shape.search(sentence.text) else -SHAPE_PENALTY
    defined = DEFINITION.match(lowered)
    if defined and sentence.text.lower().removeprefix("the ").startswith(defined[1]):
        value += SHAPE_BONUS
    if sentence.text.endswith("?"):
        value *= HEADING_WEIGHT
    if (
        len(INLINE_CALL.findall(sentence.text))
        >= LIST_OF_CALLS
        > len(INLINE_CALL.findall(question))
    ):
        value *= CALLS_WEIGHT  # It explains an interface, to people who ask for one by name.
    return value / (1 + max(sum(body.values()) - LONG, 0) / (4 * LONG))


def match(term: str, body: Mapping[str, int], around: Mapping[str, float]) -> float:
    """Return how much of `term` is in the sentence: all, a relative of it, or near it."""
    if term in body:
        return 1.0
    if len(term) >= SAME_START and any(other[:SAME_START] == term[:SAME_START] for other in body):
        return SAME_START_WEIGHT
    return around.get(term, 0.0)


def companions(
    ranking: Sequence[int],
    scores: Sequence[float],
    bodies: Sequence[Counter[str]],
    found: Sequence[Sentence],
    asked: Sequence[str],
) -> set[int]:
    """Return sentences worth adding: nearly as good, or holding a part the best one lacks."""
    top = ranking[0]
    covered = {term for term in asked if term in bodies[top]}
    chosen: set[int] = set()
    for place in ranking[1:]:
        if len(chosen) + 1 >= AT_MOST or scores[place] < max(THRESHOLD, SUPPORT * scores[top]):
            break
        brings = {term for term in asked if term in bodies[place]} - covered
        beside = found[place].paragraph == found[top].paragraph
        repeats = sum((bodies[place] & bodies[top]).values()) > 0.8 * sum(bodies[place].values())
        if not repeats and ((brings and beside) or scores[place] >= COMPANION * scores[top]):
            chosen.add(place)
            covered |= brings
    return chosen


def continuation(question: str, found: Sequence[Sentence], top: int) -> set[int]:
    """Return the next sentence if it goes on about the same thing and alone has what is asked."""
    following = found[top + 1 : top + 2]
    lowered = question.lower()
    for asks, shape in SHAPES:
        for sentence in following if asks.search(lowered) else ():
            goes_on = REFERS.match(sentence.text) and sentence.paragraph == found[top].paragraph
            if goes_on and shape.search(sentence.text) and not shape.search(found[top].text):
                return {sentence.place}
    return set()


def summary(document: str, size: int = AT_MOST) -> str:
    """Return the sentences of `document` that hold most of what it talks about."""
    found = [sentence for sentence in sentences(document) if not sentence.text.endswith("?")]
    counts = Counter(term for sentence in found for term in set(terms(sentence.text)))

    def weight(sentence: Sentence) -> float:
        inside = set(terms(sentence.text))
        centrality = sum(counts[term] - 1 for term in inside) / math.sqrt(len(inside) + 4)
        return centrality + 1 / (1 + sentence.place)

    chosen = sorted(sorted(found, key=weight, reverse=True)[:size], key=lambda one: one.place)
    return " ".join(sentence.text for sentence in chosen)


def keywords(text: str, size: int = 5) -> list[str]:
    """Return the words of `text` that say most about it, as they are written."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for word in WORD.findall(text):
        if word.lower() in STOP:
            continue
        for term in terms(word):
            counts[term] += 1
            written.setdefault(term, word)
    return [written[term] for term, _ in counts.most_common(size)]
