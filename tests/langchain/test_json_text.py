"""JSON is found at the top level of a text only, in a time that grows with its length."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimax_adapters.langchain import _json_text
from minimax_adapters.langchain._json_text import found_in

if TYPE_CHECKING:
    import re

CUT: Final = '{"name":"T","members":[{"name":"Anna","age":3},{"name":"Bo'


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('["a"]', [["a"]]),
        ('Input {"a": 1} gives {"b": 2}.', [{"a": 1}, {"b": 2}]),
        ('Input {"a": 1} gives:\n```json\n{"b": 2}\n```', [{"b": 2}, {"a": 1}]),
        ('```\n["a"]\n```', [["a"]]),
        ('Sure: [{"a": 1}, {"a": 2}]', [[{"a": 1}, {"a": 2}]]),
        ('[1] says {city} is {"a": "}\\"{"}', [{"a": '}"{'}]),
        ('<think>{"a": 1}</think>{"b": 2}', [{"b": 2}]),
        ('<mm:think>{</mm:think>{"b": "<think>x</think>"}', [{"b": "<think>x</think>"}]),
        ('<think>{"a": 1}', [{"a": 1}]),
        ('{{"a": {"b": 1}}}', [{"a": {"b": 1}}]),
        ("no JSON", []),
    ],
)
def test_what_stands_at_the_top_level_is_found(text: str, values: list[Any]) -> None:
    """Models write around their answers, and put them into code fences."""
    assert found_in(text).values == values


@pytest.mark.parametrize(
    "text",
    [
        CUT,
        f"```json\n{CUT}",
        f"Sure: {CUT}",
        f"{{{CUT}",
        '[{"name":"Anna"},{"name":"Bo',
        'Sure: [{"name":"Anna"},{"name":"Bo',
        '{name: "T", members: [{"name":"Anna"},',
        '{"name":"T","members":[{"name":"Anna"}, or so: {"name":"Bo"}',
        '{"text":"```{}```',
        '{"name" "T", "members": [{"name":"Anna"},',
        "{'name': 'T', 'members': [{\"name\":\"Anna\"},",
        '{ // the team\n "name": "T", "members": [{"name":"Anna"},',
        '{name: Anna Smith, members: [{"name":"Anna"},',
        '{members: [{"name":"Anna"},',
        '{team: {"name":"Anna"},',
        '{"members" [{"name":"Anna"},',
        '```json\n["T", {"name":"Anna"},',
        '```json\n[[{"name":"Anna"}],',
    ],
)
def test_nothing_is_looked_for_in_an_unfinished_object(text: str) -> None:
    """What is in there is a part of the answer, and often looks like the whole."""
    found = found_in(text)

    assert found.values == []
    assert found.rest is not None


ANSWERS = st.dictionaries(
    st.text('a"{', max_size=2),
    st.recursive(
        st.text('a"\\\\{}[]`<', max_size=5) | st.integers() | st.just({"a": 1}),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("b"), inner),
        max_leaves=4,
    ),
    min_size=1,
)


@pytest.mark.parametrize(
    "before",
    [
        "An object starts with `{`. Here it is:\n",
        'It starts with "{" and ends with "}", or \'{\'. So: ',
        'It starts with "{": ',
        "It starts with '{'. ",
        "A list of them starts with `[{`. ",
        "An object opens with { and so: ",
        "An object opens with {\n",
        "Sure :-{ and ",
        "$\\{1, 2$ ",
        'f-string: {x: 5" pipe}\n',
        'The set {"a} and ',
        "{ x " * 10,
    ],
)
@pytest.mark.parametrize("fence", ["", "```json\n"])
def test_bracket_among_words_hides_nothing_behind_it(before: str, fence: str) -> None:
    """It is never closed, and what follows it begins no object."""
    text = f'{before}{fence}{{"name":"T","members":[{{"name":"Anna"}}]}}'
    whole = {"name": "T", "members": [{"name": "Anna"}]}

    assert found_in(text) == _json_text.Found([whole])
    assert found_in(f"{text}\n{fence and '```'}") == _json_text.Found([whole])
    for cut in range(len(before + fence) + 1, len(text)):
        found = found_in(text[:cut])
        assert found.values == []
        assert found.rest is not None
        if cut == len(text) - 1:
            assert found.rest.so_far() == whole


@settings(max_examples=50, deadline=None)
@given(ANSWERS, st.sampled_from(["", "Sure: ", "```json\n", "{"]))
def test_answer_that_breaks_off_anywhere_holds_no_other(
    answer: dict[str, object], before: str
) -> None:
    """And it is found as soon as it is whole."""
    text = json.dumps(answer)

    assert found_in(before + text).values == [answer]
    for cut in range(1, len(text)):
        assert found_in(before + text[:cut]).values == []


@pytest.mark.parametrize(
    "text",
    ['{"name":"T","members":[{"name":"Anna"},,]}', '{name: "T", members: [{"name":"Anna"}]}'],
)
def test_nothing_is_looked_for_in_a_broken_object(text: str) -> None:
    """Likewise."""
    assert found_in(text) == _json_text.Found([])


def test_unfinished_thinking_is_no_answer() -> None:
    """Unless the model has come to its end, and only forgot to close it."""
    text = '<think>Perhaps {"a": 1}'

    assert found_in(text, ended=False).values == []
    assert found_in(text, ended=True).values == [{"a": 1}]


@pytest.mark.parametrize("ascii_only", [True, False])
def test_each_beginning_of_an_object_is_shown_as_far_as_it_goes(*, ascii_only: bool) -> None:
    """Texts and numbers grow; names without a value and half an escape are left out."""
    whole: dict[str, Any] = {
        "a": 'é\\"{[,]}\n',
        "b": [1, -2.5, True, None, {"c": {}}, []],
        "d": "t,{",
    }
    text = json.dumps(whole, ensure_ascii=ascii_only)
    shown: list[dict[str, Any]] = []

    for length in range(1, len(text)):
        rest = found_in(text[:length]).rest
        assert rest is not None
        so_far = rest.so_far()
        if not shown or so_far != shown[-1]:
            shown.append(so_far)

    assert shown[0] == {}
    assert shown[-1] == whole
    assert all(
        list(later)[: len(earlier)] == list(earlier) for earlier, later in itertools.pairwise(shown)
    )
    texts = [one["a"] for one in shown if "a" in one]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))


@pytest.mark.parametrize("text", ["{see", '{"a": [1}', '[{"a": 1', '{"a": x, "b": [}'])
def test_what_is_no_object_is_not_shown(text: str) -> None:
    """A brace among words would be taken for an empty answer."""
    rest = found_in(text).rest

    assert rest is not None
    assert rest.so_far() is None


@pytest.mark.parametrize(
    "repeated",
    [
        "{ ",
        "{ x ",
        '{x\\"',
        "{x: ",
        '[{"} ',
        '{"',
        '{"a":"',
        '{"a" x} ',
        "[ {",
        "```",
        "``` x",
        "```json\n[",
        "<think>",
        "<think></think>",
    ],
)
@pytest.mark.parametrize("so_far", [False, True])
def test_the_steps_grow_with_the_length_of_the_text(
    monkeypatch: pytest.MonkeyPatch, repeated: str, *, so_far: bool
) -> None:
    """A model that repeats itself must not stop the program: counted are characters and calls."""
    characters = calls = walked = 0
    search, loads, end_of = _json_text._LANDMARK, json.loads, _json_text._end_of

    class Counting:
        """Stands in for the pattern, and counts how far it is asked to look."""

        def search(self, text: str, start: int) -> re.Match[str] | None:
            nonlocal characters, calls
            mark = search.search(text, start)
            characters += (mark.end() if mark else len(text)) - start
            calls += 1
            return mark

    def counting_loads(text: str, *, strict: bool) -> object:
        nonlocal characters, calls
        characters, calls = characters + len(text), calls + 1
        return loads(text, strict=strict)

    def counting_end_of(text: str, start: int) -> int | _json_text.Unfinished:
        nonlocal walked
        end = end_of(text, start)
        walked += (end if isinstance(end, int) else len(text)) - start
        return end

    monkeypatch.setattr(_json_text, "_LANDMARK", Counting())
    monkeypatch.setattr(_json_text, "_end_of", counting_end_of)
    monkeypatch.setattr(json, "loads", counting_loads)
    text = repeated * 3_000

    rest = found_in(text).rest
    if so_far and rest is not None:
        rest.so_far()

    assert characters < 6 * len(text)
    assert calls <= 2 * 3_000 + 5
    assert walked <= 18 * len(text)
