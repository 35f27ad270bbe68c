"""How the model reads a text: words, sentences, the ones that answer, small talk and pictures."""

from __future__ import annotations

import struct

import pytest

from minimax_adapters.emulator.brain.pictures import describe, dimensions
from minimax_adapters.emulator.brain.reading import answer_from, summary
from minimax_adapters.emulator.brain.sentences import sentences
from minimax_adapters.emulator.brain.smalltalk import chat
from minimax_adapters.emulator.brain.words import stem, terms


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("closes", "closing"),
        ("delivery", "delivers"),
        ("studies", "study"),
        ("stopped", "stop"),
        ("multiplied", "multiplies"),
        ("refunds", "returned"),
        ("went", "goes"),
        ("installation", "installed"),
    ],
)
def test_forms_of_a_word_are_equal(first: str, second: str) -> None:
    """A question rarely uses the form that the text uses."""
    assert stem(first) == stem(second)


def test_small_words_carry_no_meaning() -> None:
    """In both scripts."""
    assert terms("What is the ...?") == []
    assert terms("\u6211\u4eec\u7684") == []


def test_markdown_becomes_sentences() -> None:
    """Headings, rules, fences, metadata and pictures are no sentences; cells are facts."""
    document = """\
file_path: guide.md

Title
=====
![logo](a.png) Dr. Smith met e.g. Bob. **Bold** words stay!
> Quoted
lines join.

| A | B |
|---|---|
| x | |
~~~
code
~~~
1. First item
* * *
<!-- hidden --> \u4f60\u597d\u3002\u518d\u89c1\uff01
"""

    assert [sentence.text for sentence in sentences(document)] == [
        "Title",
        "Dr. Smith met e.g. Bob.",
        "Bold words stay!",
        "Quoted lines join.",
        "x.",
        "First item",
        "\u4f60\u597d\u3002",
        "\u518d\u89c1\uff01",
    ]


@pytest.mark.parametrize(
    "cut",
    [
        'def test() -> None:\n    """It works."""\n    assert four == 4\n```\n\nFour is enough.',
        "@mark\nimport it\nfrom it import x\n\nvalue = f(\n)\n```\nFour is enough.",
        "Look:\n\n```python\nprint(4)\n\nFour is enough. We have said so several times before.",
        "```python\nprint(4)\n```\n```text\n4\n```\nFour is enough.",
    ],
)
def test_code_that_a_splitter_cut_is_no_answer(cut: str) -> None:
    """The fence that opens or closes it may be in another piece."""
    said = [sentence.text for sentence in sentences(cut) if not sentence.text.startswith("Look")]

    assert said[0] == "Four is enough."


def test_prose_answers_rather_than_a_list_of_calls() -> None:
    """Unless the question is about one."""
    document = "`stop()` ends a box that `start()` opened.\n\nA lid ends a box."

    assert answer_from("What ends a box?", document) == "A lid ends a box."
    assert "`stop()`" in str(answer_from("What does start() do with a box?", document))


def test_several_sentences_can_answer() -> None:
    """Two that are equally good, or one that continues the other."""
    both = answer_from(
        "What do bees eat and what do wasps eat?", "Bees eat pollen.\n\nWasps eat meat."
    )
    continued = answer_from("How high is Everest?", "Everest is very high. It has 8,849 metres.")

    assert both == "Bees eat pollen. Wasps eat meat."
    assert continued == "Everest is very high. It has 8,849 metres."


def test_relatives_of_a_word_count_for_less() -> None:
    """Charger and charge share their beginning."""
    assert answer_from("How is it charged?", "A charger is in the box.") is not None
    assert answer_from("", "Something.") is None
    assert answer_from("Where is Oslo?", "Where is Oslo?") is None


def test_summaries_keep_the_order() -> None:
    """And leave out questions."""
    text = "Bees make honey. Is it sweet? Honey is made by bees in hives. It rained. Bees fly."

    assert summary(text, 2) == "Bees make honey. Honey is made by bees in hives."


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("What is -3 - 4?", "-7"),
        ("What is 2 ** 3?", "You said"),
        ("", "How can I help you?"),
        ("\u4f60\u597d", "\u4f60\u597d"),
        ("\u8bb2\u4e2a\u7b11\u8bdd", "\u4e3a\u4ec0\u4e48"),
        ("\u4eca\u5929\u5929\u6c14\u5f88\u597d", "\u4f60\u8bf4"),
        ("lorem ipsum " * 40, ' ..."'),
        ("Thanks!", "welcome"),
        ("Write a poem about the sea.", "sea"),
    ],
)
def test_small_talk(message: str, expected: str) -> None:
    """Nothing makes it fall over."""
    assert expected in chat(message)


def test_pictures_say_what_they_can() -> None:
    """An address, a size, or nothing but bytes."""
    webp = b"RIFF....WEBPVP8X" + b"\0" * 8 + struct.pack("<I", 9)[:3] + struct.pack("<I", 4)[:3]

    assert dimensions(webp) == (10, 5)
    assert dimensions(b"\x89PNG") is None
    assert dimensions(b"\xff\xd8") is None
    assert dimensions(b"BM") is None
    assert describe(["https://a.example/x.png"]) == "The image is at https://a.example/x.png."
    assert describe(["mm_file://1"]) == "The video is at mm_file://1."
    assert "3 bytes" in describe(["data:video/mp4;base64,AAAA"])
