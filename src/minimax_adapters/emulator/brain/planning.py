"""Which tools a request asks for, and with which arguments."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from minimax_adapters.emulator._reply import ToolCall

from .arguments import Filler
from .material import material
from .phrases import COMMANDS
from .words import listed_words, stem, terms, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .dialogue import Conversation, Result, Tool

CLAUSE: Final = re.compile(
    r"(?:,? (?:and )?(?:then|afterwards|after that|finally|also)\b,?|;|\n|(?<=[?!\u3002\uff1f])|\. "
    r"| and |, (?=and )|\uff0c|\u5e76\u4e14|\u7136\u540e)\s*",
    re.IGNORECASE,
)
SEQUENCE: Final = re.compile(
    r"\b(?:then|afterwards|after that|finally)\b|\u7136\u540e", re.IGNORECASE
)
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
USES: Final = re.compile(
    r"\b(?:use|using|call|with|via|invoke) (?:the |your |an? |this )?[\w -]*?"
    r"(?:tools?|functions?)\b"
)
ASKS: Final = re.compile(
    r"\?|\uff1f|^(?:what|who|when|where|why|how|which|find|search|look|tell|is|are|does|do|can)\b"
    r"|\u4ec0\u4e48|\u8c01|\u54ea|\u600e",
    re.IGNORECASE,
)
LOOKS_UP: Final = frozenset(
    stem(word)
    for word in listed_words(
        """
    search lookup retrieve retriever query knowledge documents docs answer information find
    questions question
    """
    )
)
ASKING_PARAMETERS: Final = frozenset({"query", "question", "input", "q", "text", "search_query"})
SIGNS: Final = {
    sign: stem(word)
    for word, signs in {"add": "+", "multiply": "*\u00d7", "divide": "/\u00f7"}.items()
    for sign in signs
}
GREETING: Final = re.compile(
    r"^\s*(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|day))\b[\s!.,]*$", re.IGNORECASE
)

ENOUGH: Final = 1.0
MOST_CALLS: Final = 12
# Letters that relatives of a word share, and words of another value for the same tool.
BEGINNING: Final = 5
MOST_WORDS: Final = 5


def plan(conversation: Conversation) -> list[ToolCall]:
    """Return the calls to make now; empty when it is time to answer."""
    tools, choice = conversation.tools, conversation.choice
    if not tools or choice == "none":
        return []
    named = [tool for tool in tools if tool.name == choice]
    if named:
        return [forced(named, conversation)]
    calls, dependent = wanted_calls(conversation)
    if calls:
        return calls[:1] if dependent else calls
    return [forced(tools, conversation)] if choice == "required" else []


def forced(tools: Sequence[Tool], conversation: Conversation) -> ToolCall:
    """Return a call although none is needed: of a tool that was not called yet, if there is one.

    Where all were called, the last call has failed, or is asked for once more.
    """
    called = [result.name for result in conversation.results]
    left = [tool for tool in tools if tool.name not in called]
    left = left or [tool for tool in tools if tool.name == called[-1]] or [*tools]
    asked = asked_terms(conversation.question)
    # Tools that only hold the final answer are named like classes; they come last.
    chosen = max(left, key=lambda tool: (fit(tool, asked, conversation.tools), -left.index(tool)))
    # What it answered before says how the call went, and nothing that arguments are made of.
    others = [result for result in conversation.results if result.name != chosen.name]
    known = dataclasses.replace(conversation, results=others)
    return call(chosen, known.question, known)


def wanted_calls(conversation: Conversation) -> tuple[list[ToolCall], bool]:
    """Return the calls still to make, and whether each waits for the one before."""
    if len(conversation.results) >= MOST_CALLS:
        return [], False
    question = conversation.question
    spent = Counter(result.name for result in conversation.results)
    pending: list[ToolCall] = []
    last: Tool | None = None
    for clause in clauses(question):
        tool = choose(clause, conversation)
        if tool is None and last is not None and continues(clause, last):
            tool = last
        if tool is None:
            continue
        last = tool
        if spent[tool.name]:
            spent[tool.name] -= 1
            continue
        candidate = call(tool, clause, conversation)
        if candidate not in pending:
            pending.append(candidate)
    pending = fresh(pending, conversation.results)
    return pending, bool(SEQUENCE.search(question))


def clauses(question: str) -> list[str]:
    """Return the parts of `question` that may each need a tool."""
    parts = [part.strip() for part in CLAUSE.split(question) if part and part.strip()]
    # "Use the tool." tells how, not what.
    return [part for part in parts if COMMANDS.sub(" ", part).strip()] or [question]


def choose(clause: str, conversation: Conversation) -> Tool | None:
    """Return the tool that `clause` asks for."""
    tools = conversation.tools
    for tool in tools:
        if re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", clause):
            return tool
    if GREETING.match(clause):
        return None
    asked = asked_terms(clause)
    ranked = sorted(tools, key=lambda tool: -fit(tool, asked, tools))
    if ranked and fit(ranked[0], asked, tools) >= ENOUGH:
        return ranked[0]
    if USES.search(clause.lower()) and not conversation.results and len(tools) == 1:
        return tools[0]
    if ASKS.search(clause):
        return next((tool for tool in tools if looks_up(tool)), None)
    return None


def asked_terms(clause: str) -> set[str]:
    """Return the terms of `clause`, arithmetic signs included."""
    found = set(terms(clause))
    found |= {SIGNS[sign] for sign in SIGNS if sign in clause}
    if re.search(r"\d\s*[-\u2212]\s*\d", clause):
        found.add(stem("subtract"))
    if re.search(r"\d\s*(?:x|times)\s*\d", clause):
        found.add(stem("multiply"))
    return found


def fit(tool: Tool, asked: set[str], tools: Sequence[Tool]) -> float:
    """Return how well `tool` serves the asked terms; 1 is one word of its name."""
    others = [name_terms(other) for other in tools if other is not tool]
    value = 0.0
    named = name_terms(tool)
    told = set(terms(tool.description))
    parameters = {
        term for name in tool.parameters.get("properties", {}) for term in words(split_name(name))
    }
    for term in asked:
        shared = 1 + sum(related(term, other) for other in others)
        if related(term, named):
            value += 1 / min(shared, 2)
        elif related(term, told):
            value += 0.5 / min(shared, 2)
        elif related(term, parameters):
            value += 0.4
    # A class name marks a tool that carries the final answer: others go first.
    return value * 0.5 if tool.name[:1].isupper() else value


def related(term: str, others: set[str]) -> bool:
    """Tell whether `term` or a word of the same beginning is among `others`."""
    return term in others or (
        len(term) > BEGINNING
        and term[:BEGINNING] in {other[:BEGINNING] for other in others if len(other) >= BEGINNING}
    )


def name_terms(tool: Tool) -> set[str]:
    """Return the terms of a tool's name."""
    return set(terms(split_name(tool.name)))


def split_name(name: str) -> str:
    """Return the words of an identifier."""
    return CAMEL.sub(" ", name).replace("_", " ").replace("-", " ").replace(".", " ")


def looks_up(tool: Tool) -> bool:
    """Tell whether `tool` searches something for a question."""
    parameters = set(tool.parameters.get("properties", {}))
    about = set(terms(f"{split_name(tool.name)} {tool.description}"))
    return bool(parameters & ASKING_PARAMETERS) and bool(about & LOOKS_UP)


def continues(clause: str, tool: Tool) -> bool:
    """Tell whether `clause` is just another value for `tool`: "... and London"."""
    if len(clause.split()) > MOST_WORDS or len(tool.parameters.get("required", [])) != 1:
        return False
    found = material(clause)
    return bool(found.names or found.quoted)


def call(tool: Tool, clause: str, conversation: Conversation) -> ToolCall:
    """Return a call of `tool` with arguments from `clause` and what is known besides."""
    brought = "\n".join(result.text for result in reversed(conversation.results))
    filler = Filler(tool.parameters, clause, background(conversation, clause), brought)
    return ToolCall(name=tool.name, arguments=filler.members(tool.parameters))


def background(conversation: Conversation, clause: str) -> str:
    """Return what arguments may come from if the clause does not say them."""
    rest = [conversation.question] if clause != conversation.question else []
    said = [turn.text for turn in reversed(conversation.turns) if turn.role == "user"]
    return "\n".join([*rest, conversation.context(), *said])


def fresh(calls: Sequence[ToolCall], results: Sequence[Result]) -> list[ToolCall]:
    """Return `calls` without those that were made before."""
    made = {canonical(result.name, result.arguments) for result in results}
    return [one for one in calls if canonical(one.name, one.arguments) not in made]


def canonical(name: str, arguments: object) -> str:
    """Return a call as one comparable text."""
    return f"{name} {json.dumps(arguments, sort_keys=True)}"
