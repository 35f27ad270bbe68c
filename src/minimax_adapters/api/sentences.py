"""Sentences of a text while it is being written, and pieces of a long one.

Western, Chinese, Japanese, Arabic and Indic punctuation ends a sentence; abbreviations, initials,
decimals, ordinals, addresses and pause marks do not. Where it is unclear, a sentence goes on: a
longer one sounds right, half of one does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from minimax_adapters.api._arguments import at_least, text_of
from minimax_adapters.api._markdown import MarkdownReader
from minimax_adapters.api._thinking import ThinkSplitter, split_thinking
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_CHARACTERS: Final = 9_999
_LEAST: Final = 20
# No abbreviation with the word before it is longer.
_LOOKED_AT: Final = 200

_WESTERN: Final = frozenset(".!?")
# These end a sentence without a space behind them.
_WIDE: Final = frozenset("。！？｡…⋯।॥؟۔։።။។")  # noqa: RUF001 - stops of other scripts
_STOPS: Final = _WESTERN | _WIDE
_CLOSERS: Final = "\"')]}»”’」』）】》〉›"  # noqa: RUF001 - as above
_OPENERS: Final = frozenset("\"'([{«“‘「『（【《〈‹„")  # noqa: RUF001 - as above
_CJK: Final = "\u2e80"
_PAUSES_BEFORE: Final = re.compile(r"(?:\s*<#[^<>]*#>)+\s*")
_PAUSE: Final = re.compile(r"<#[^<>]*#>")
_BLANKS: Final = re.compile(r"[ \t]{2,}")
_CLAUSE: Final = re.compile(r"[,;:](?=\s)|[，、；：—]")  # noqa: RUF001 - as above
_OPEN_MARK: Final = re.compile(r"<#?[^<>]*$|\([a-z-]*$")
_DOTTED: Final = re.compile(r"(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}")
_LEADING: Final = "\"'([{«“‘„"  # noqa: RUF001 - as above
_SHORT_NUMBER: Final = re.compile(r"\d{1,2}")

# Words whose full stop does not end a sentence; those that may (etc., Inc., usw.) are left out,
# since a small letter behind the stop keeps the sentence open anyway.
_TITLES: Final = """
    mr mrs ms mx dr prof rev hon sr st mt ft gen col capt lt sgt cmdr adm gov sen rep pres
    vs cf approx dept est eq eqs vols ed eds trans hr frau hrn bzw ca evtl ggf inkl exkl mind mio
    mrd sog tel vgl zzgl mme mlle sra srta ud uds dott ing avv
"""
_ABBREVIATIONS: Final = frozenset(_TITLES.split())
# These are words as well: only a number behind the stop tells.
_COUNTED: Final = """
    no nos nr fig figs vol ch sec art p pp s abs bd kap str pág núm
    jan feb mar apr jun jul aug sep sept oct nov dec max min
"""
_BEFORE_NUMBERS: Final = frozenset(_COUNTED.split())
_ENDS_ALL_THE_SAME: Final = frozenset({"a.m", "p.m", "u.a", "v.chr", "n.chr"})
_ARTICLES: Final = "am der den dem des das die zum vom im bis ab le"
_BEFORE_ORDINALS: Final = frozenset(_ARTICLES.split())


class Sentence(NamedTuple):
    """A sentence, and whether a paragraph or line ended with it."""

    text: str
    ends_paragraph: bool = False


class SentenceCutter:
    """Cuts plain text into sentences, character by character.

    State: `_text` since the last cut, `_end` the length of a sentence in it that may be over,
    `_stop` that up to its first stop, `_spaced` that blanks came behind it.

    Args:
        longest: Characters of a sentence at most; a longer one is cut at a clause or a blank.
        shortest: A sentence with fewer characters is joined with the next of its paragraph.
    """

    def __init__(self, longest: int = MAX_CHARACTERS, shortest: int = 1) -> None:
        if not isinstance(longest, int) or not _LEAST <= longest <= MAX_CHARACTERS:
            raise InvalidInputError(
                f"A piece of text may be limited to {_LEAST} to {MAX_CHARACTERS:,} characters,"
                f" not {longest}."
            )
        self._longest = longest
        self._shortest = at_least(0, "shortest", shortest)
        self._text = ""
        self._stop = 0
        self._end: int | None = None
        self._spaced = False
        self._found: list[Sentence] = []

    def feed(self, text: str) -> list[Sentence]:
        """Return the sentences that `text` completes."""
        for character in text:
            self._step(character)
        return self._taken()

    def flush(self) -> list[Sentence]:
        """Return the last sentence when the text ends."""
        self._cut(len(self._text), ends_paragraph=True)
        return self._taken()

    def _taken(self) -> list[Sentence]:
        found, self._found = self._found, []
        return found

    def _step(self, character: str) -> None:
        if character in "\n\r\u2028\u2029":
            # A pause must stand between two texts, so nothing is cut behind one.
            if self._text.rstrip().endswith("#>"):
                self._text += " "
            else:
                self._cut(len(self._text), ends_paragraph=True)
            return
        if self._end is not None and not self._goes_on(character):
            self._decide(character)
        self._text += character
        if character in _STOPS and self._end is None:
            self._stop = self._end = len(self._text)
            self._spaced = False
        if len(self._text) >= self._longest:
            self._shorten()

    def _goes_on(self, character: str) -> bool:
        """Return whether `character` still belongs to the possible end."""
        if character.isspace():
            self._spaced = True
            return True
        if not self._spaced and (character in _STOPS or character in _CLOSERS):
            self._end = len(self._text) + 1
            return True
        # It may open a pause mark, which the next character tells.
        return character == "<" and not self._text.endswith("<")

    def _decide(self, character: str) -> None:
        end, spaced = self._end, self._spaced
        self._end = None
        if end is None:
            return
        waiting = self._text.endswith("<") and len(self._text) > end
        if waiting and character == "#":
            return
        sentence = self._text[max(0, self._stop - _LOOKED_AT) : end].strip()
        if ends_sentence(sentence, "<" if waiting else character, spaced=spaced):
            self._cut(end, ends_paragraph=False)

    def _cut(self, end: int, *, ends_paragraph: bool) -> None:
        if end < self._shortest and not ends_paragraph:
            return
        pauses = _PAUSES_BEFORE.match(self._text, 0, end)
        sentence = _without_last_pauses(self._text[pauses.end() if pauses else 0 : end])
        sentence = _BLANKS.sub(" ", sentence).strip()
        if len(sentence) < self._shortest and not ends_paragraph:
            return
        if any(map(str.isalnum, sentence)):
            self._found.append(Sentence(sentence, ends_paragraph))
        self._text, self._end = self._text[end:].lstrip(), None

    def _shorten(self) -> None:
        """Cut a sentence that has become too long where it hurts least."""
        text, half = self._text, self._longest // 2
        clauses = [found.end() for found in _CLAUSE.finditer(text, half)]
        end = clauses[-1] if clauses else text.rfind(" ", half) + 1 or len(text)
        if (mark := _OPEN_MARK.search(text, 0, end)) and 0 < mark.start() < end:
            end = mark.start()
        shortest, self._shortest = self._shortest, 0
        self._cut(end, ends_paragraph=False)
        self._shortest = shortest


def _without_last_pauses(text: str) -> str:
    # By hand: a pattern would begin at each of many blanks, and go through all behind it.
    end = len(text)
    while True:
        text = text[:end].rstrip()
        end = text.rfind("<")
        if end < 0 or not _PAUSE.fullmatch(text, end):
            return text


def ends_sentence(sentence: str, following: str, *, spaced: bool) -> bool:
    """Return whether `sentence`, which ends with a stop, is over before `following`.

    Args:
        sentence: Text with its stops and closing quotes, without blanks around it.
        following: First visible character behind it.
        spaced: Whether blanks are between them.
    """
    bare = sentence.rstrip(_CLOSERS)
    closed = len(bare) < len(sentence)
    stop = bare[-1:]
    if stop in "…⋯" or bare.endswith(".."):
        return not following.islower() and (spaced or following >= _CJK)
    if stop in _WIDE:
        # A quotation goes on: 「…。」と言った. Another one behind it is a sentence of its own.
        return not closed or spaced or following in _OPENERS
    if not spaced or following in ",;:)":
        return False
    if stop in "!?":
        return not (closed and following.islower())
    return not following.islower() and not _is_abbreviated(bare, following)


def _is_abbreviated(sentence: str, following: str) -> bool:
    """Return whether the full stop at the end of `sentence` belongs to its last word."""
    *before, last = sentence.rsplit(maxsplit=1)
    if last == ".":
        return False
    word = last.removesuffix(".").lstrip(_LEADING)
    lower = word.lower()
    if lower in _ABBREVIATIONS:
        return True
    if lower in _BEFORE_NUMBERS:
        return following.isdigit()
    if _SHORT_NUMBER.fullmatch(word):
        return not before or before[0].rsplit(maxsplit=1)[-1].lower() in _BEFORE_ORDINALS
    if len(word) == 1 and word.isupper() and word.isascii():
        return word != "I"
    return bool(_DOTTED.fullmatch(word)) and lower not in _ENDS_ALL_THE_SAME


class SentenceStream:
    """Turns deltas of an answer into sentences to be spoken, as soon as each is complete.

    Markdown is read as `MarkdownReader` says, thinking in `<think>` tags is left out, and how
    the text was cut into deltas does not matter. A sentence is complete when the next one
    begins, a line ends, or the text does.

    Args:
        markdown: Whether the text is Markdown; plain text is spoken as it is.
        longest: Characters of a sentence at most, from 20 to 9,999.
        shortest: A sentence with fewer characters is joined with the next of its paragraph.

    Raises:
        InvalidInputError: `longest` is out of range.

    Example:
        >>> sentences = SentenceStream()
        >>> sentences.feed("**Hello** there. How a")
        ['Hello there.']
        >>> sentences.feed("re you?"), sentences.flush()
        ([], ['How are you?'])
    """

    def __init__(
        self, *, markdown: bool = True, longest: int = MAX_CHARACTERS, shortest: int = 1
    ) -> None:
        self._thinking = ThinkSplitter()
        self._reader = MarkdownReader() if markdown else None
        self._cutter = SentenceCutter(longest, shortest)

    def feed(self, text: str) -> list[str]:
        """Return the sentences that `text` completes.

        Raises:
            InvalidInputError: It is no text.
        """
        pieces = self._thinking.feed(text_of("text", text))
        plain = self._read("".join(piece.text for piece in pieces if not piece.thinking))
        return [sentence.text for sentence in self._cutter.feed(plain)]

    def flush(self) -> list[str]:
        """Return the last sentences when the text ends; then begin anew."""
        return [sentence.text for sentence in self.flush_sentences()]

    def flush_sentences(self) -> list[Sentence]:
        """Return the last sentences, with the ends of their paragraphs."""
        pieces = self._thinking.flush()
        plain = self._read("".join(piece.text for piece in pieces if not piece.thinking))
        if self._reader:
            plain += self._reader.flush()
        self._thinking = ThinkSplitter()
        return [*self._cutter.feed(plain), *self._cutter.flush()]

    def _read(self, text: str) -> str:
        return self._reader.feed(text) if self._reader else text


def split_sentences(text: str, *, markdown: bool = True) -> list[str]:
    """Return the sentences of `text`; see `SentenceStream`."""
    stream = SentenceStream(markdown=markdown)
    return [*stream.feed(text), *stream.flush()]


def split_text(text: str, *, limit: int = MAX_CHARACTERS, markdown: bool = True) -> list[str]:
    """Cut a text into pieces of whole sentences with at most `limit` characters each.

    Args:
        text: Of any length. Thinking in `<think>` tags is left out.
        limit: From 20 to 9,999. Pieces of one or two thousand are sooner done side by side.
        markdown: Whether the text is Markdown; plain text is spoken as it is.

    Returns:
        Pieces in order; paragraphs inside them are lines. Empty if nothing can be spoken.

    Raises:
        InvalidInputError: `limit` is out of range, or `text` is no text.
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"Pass one text, not {type(text).__name__}.")
    reader = MarkdownReader()
    pieces = split_thinking(text, literal=False)
    text = "".join(piece.text for piece in pieces if not piece.thinking)
    plain = reader.feed(text) + reader.flush() if markdown else text
    cutter = SentenceCutter(limit)
    return list(_packed([*cutter.feed(plain), *cutter.flush()], limit))


def _packed(sentences: Iterable[Sentence], limit: int) -> Iterator[str]:
    piece = gap = ""
    for sentence in sentences:
        if piece and len(piece) + len(gap) + len(sentence.text) > limit:
            yield piece
            piece = gap = ""
        piece += gap + sentence.text
        gap = "\n" if sentence.ends_paragraph else "" if piece[-1] >= _CJK else " "
    if piece:
        yield piece
