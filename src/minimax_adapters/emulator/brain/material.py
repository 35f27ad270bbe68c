"""What a question offers to fill arguments with: numbers, quotations, names, dates."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from .words import STOP, listed_words, stem, words

NUMBER_WORDS: Final = {
    word: value
    for value, word in enumerate(
        listed_words(
            """
    zero one two three four five six seven eight nine ten eleven twelve
    """
        )
    )
}
NUMBER: Final = re.compile(
    r"(?<![\w.])-?\d+(?:,\d{3})+(?:\.\d+)?(?!\w)|(?<![\d.])(?<![A-Za-z]-)-?\d+(?:\.\d+)?(?![\d.]*\d)"
    rf"|\b(?:{'|'.join(list(NUMBER_WORDS)[2:])})\b",
    re.IGNORECASE,
)
QUOTED: Final = re.compile(
    r"\"([^\"\n]+)\"|\u201c([^\u201d\n]+)\u201d|\u2018([^\u2019\n]+)\u2019|\u300c([^\u300d\n]+)\u300d"
    r"|(?<!\w)'([^'\n]+(?:'\w[^'\n]*)?)'(?!\w)|`([^`\n]+)`"
)
EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
URL: Final = re.compile(r"https?://[^\s<>\"')]+[^\s<>\"').,;:!?]")
MONTH: Final = listed_words(
    """
    january february march april may june july august september october november december
    """
)
ISO_DATE: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
LONG_DATE: Final = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?({'|'.join(MONTH)})\b"
    r"(?: (\d{1,2})(?:st|nd|rd|th)?(?!\d))?,? ?(\d{4})?",
    re.IGNORECASE,
)
DAYS_OF_A_MONTH: Final = 31
CLOCK: Final = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b")
PROPER: Final = re.compile(
    r"(?<![\w@./-])[A-Z\u00c0-\u00de][\w'\u2019-]*"
    r"(?:(?:,? (?:of|de|the|and|van|von) | |, (?=[A-Z]{2}\b))[A-Z\u00c0-\u00de][\w'\u2019-]*)*"
)
OPENERS: Final = STOP | frozenset(
    listed_words(
        """
    ask use using call create add make find get search look compute calculate multiply divide
    subtract sum convert translate write generate send book schedule set show list extract
    hello hi hey thanks yes okay ok first next finally after before today tomorrow yesterday
    say play open close start stop check describe summarize explain return answer choose pick
    pass repeat provide include weather time fetch remember save delete update rate classify
    analyze analyse parse compare let's i'm what's
    """
    )
)
EXPRESSION: Final = re.compile(
    r"[-(]*\d[\d.]*(?:\s*(?:[-+*/^%()x\u00d7\u00f7]|\*\*)\s*\(*-?\d[\d.]*\)*)+"
)


@dataclasses.dataclass(frozen=True)
class Number:
    """A number and the text around it."""

    value: float
    before: str
    after: str

    @property
    def whole(self) -> int | float:
        """The value, as an integer where it is one."""
        return int(self.value) if self.value == int(self.value) else self.value


@dataclasses.dataclass(frozen=True)
class Material:
    """What stands in a text that an argument may need."""

    text: str
    numbers: tuple[Number, ...]
    quoted: tuple[str, ...]
    names: tuple[str, ...]
    dates: tuple[str, ...]
    emails: tuple[str, ...]
    urls: tuple[str, ...]
    times: tuple[str, ...]

    @property
    def stems(self) -> set[str]:
        """The stems of all words."""
        return set(words(self.text))


def material(text: str) -> Material:
    """Return what `text` offers."""
    bare = URL.sub(" ", EMAIL.sub(" ", text))
    return Material(
        text=text,
        numbers=tuple(numbers_in(ISO_DATE.sub(" ", CLOCK.sub(" ", bare)))),
        quoted=tuple("".join(groups).strip() for groups in QUOTED.findall(text)),
        names=tuple(names_in(bare)),
        dates=tuple(dates_in(text)),
        emails=tuple(EMAIL.findall(text)),
        urls=tuple(URL.findall(text)),
        times=tuple(
            f"{int(hour):02d}:{minute}:{second or '00'}"
            for hour, minute, second in CLOCK.findall(text)
        ),
    )


def numbers_in(text: str) -> list[Number]:
    """Return the numbers of `text` in order."""
    found = []
    for number in NUMBER.finditer(text):
        written = number[0].lower().replace(",", "")
        value = float(NUMBER_WORDS.get(written, written))
        before = text[max(number.start() - 30, 0) : number.start()]
        found.append(Number(value, before, text[number.end() : number.end() + 20]))
    return found


def names_in(text: str) -> list[str]:
    """Return the capitalised phrases of `text`, without words that merely open a sentence."""
    found: list[str] = []
    for phrase in PROPER.finditer(text):
        parts = phrase[0].split(" ")
        while parts and parts[0].strip(",'").lower() in OPENERS:
            parts = parts[1:]
        name = " ".join(parts).rstrip(",'").removesuffix("'s").removesuffix("\u2019s")
        if len(name) > 1 and name not in found:
            found.append(name)
    return found


def dates_in(text: str) -> list[str]:
    """Return the dates of `text` as ISO dates."""
    found = ISO_DATE.findall(text)
    for early, month, late, year in LONG_DATE.findall(text):
        day = early or late
        if day and year and 1 <= int(day) <= DAYS_OF_A_MONTH:
            found.append(f"{year}-{MONTH.index(month.lower()) + 1:02d}-{int(day):02d}")
    return found


def near(number: Number, stems: set[str]) -> bool:
    """Tell whether the text around `number` names one of `stems`."""
    before = [stem(word) for word in re.findall(r"\w+", number.before.lower())][-3:]
    after = [stem(word) for word in re.findall(r"\w+", number.after.lower())][:2]
    return bool(stems.intersection(before) or stems.intersection(after))
