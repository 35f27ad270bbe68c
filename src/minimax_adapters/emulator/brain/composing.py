"""From a conversation to words or calls: the order in which the model tries its skills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from . import react, smalltalk
from .pictures import describe
from .planning import plan
from .prompts import context_in_system
from .reading import answer_from, keywords, summary, unknown
from .sentences import sentences
from .structured import fill_schema, wanted_schema
from .words import is_chinese

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minimax_adapters.emulator._reply import ToolCall

    from .dialogue import Conversation
    from .prompts import Assignment

LONG_RESULT: Final = 300
SWAPS: Final = {
    "i": "you",
    "my": "your",
    "me": "you",
    "am": "are",
    "mine": "yours",
    "i'm": "you're",
}
SWAP: Final = re.compile(r"\b(?:i'm|i|my|me|am|mine)\b", re.IGNORECASE)
PRONOUN: Final = re.compile(r"\b(?:it|its|they|them|their|he|she|this|that|those)\b", re.IGNORECASE)
SPEAKER: Final = re.compile(r"^\s*(?:user|human|assistant|ai)\s*:", re.IGNORECASE | re.MULTILINE)

Answer = tuple[str, list["ToolCall"]]


def reply_to(conversation: Conversation, messages: Sequence[dict[str, Any]]) -> Answer:
    """Return text and calls."""
    script = react.recognise(conversation, messages)
    if script is not None:
        inner = script.conversation
        calls = plan(inner)
        if calls:
            return react.act(calls[0], script), []
        return react.conclude(say(inner), script), []
    calls = plan(conversation)
    if calls:
        return "", calls
    schema = None if conversation.results else wanted_schema(conversation)
    if schema is not None:
        return fill_schema(schema, conversation), []
    return say(conversation), []


def say(conversation: Conversation) -> str:
    """Return an answer in words."""
    if conversation.results:
        return from_results(conversation)
    if conversation.media:
        return describe(conversation.media)
    if conversation.rewrites:
        said = [turn.text for turn in conversation.turns if turn.role == "user"]
        return condensed(conversation.question, "\n".join(said[-1:]))
    return done(conversation.assignment) or from_context(conversation)


def done(assignment: Assignment) -> str | None:
    """Return what a prompt of a known kind asks for, None for a plain question."""
    match assignment.task:
        case "condense":
            return condensed(assignment.question, assignment.context)
        case "summarize":
            return summary(assignment.context)
        case "keywords":
            return f"KEYWORDS: {', '.join(keywords(assignment.context))}"
        case "refine":
            return answer_from(assignment.question, assignment.context) or assignment.answer
    return None


def from_context(conversation: Conversation) -> str:
    """Return what the context says, or what can be said without one."""
    question, context = conversation.question, conversation.context()
    _, existing = context_in_system(conversation.system)
    found = answer_from(question, context) if context else None
    if found:
        return found
    remembered = from_history(conversation)
    if remembered:
        return remembered
    before, last = split_last_question(question)
    found = answer_from(last, before) if before else None
    if found or existing:
        return found or existing
    knows = not conversation.bound_to_context
    chat = smalltalk.chat(question, knows=knows)
    return unknown(question) if context and chat == smalltalk.echo(question) else chat


def from_history(conversation: Conversation) -> str | None:
    """Return what was said earlier in the conversation, turned towards the user."""
    said = [
        sentence.text
        for turn in conversation.turns
        if turn.role in {"user", "sample_message_user"}
        for sentence in sentences(turn.text)
        if not sentence.text.endswith(("?", "\uff1f"))
    ]
    found = answer_from(conversation.question, "\n\n".join(said)) if said else None
    if found is None or is_chinese(found):
        return found
    swapped = SWAP.sub(lambda word: SWAPS[word[0].lower()], found)
    return swapped[:1].upper() + swapped[1:]


def split_last_question(text: str) -> tuple[str, str]:
    """Return everything before the last sentence, and that sentence if it is a question."""
    found = [sentence.text for sentence in sentences(text)]
    *before, last = found or [""]
    if not before or not last.endswith(("?", "\uff1f")):
        return "", text
    return "\n\n".join(before), last


def condensed(question: str, before: str) -> str:
    """Return a follow-up question that stands alone."""
    topics = keywords(SPEAKER.sub("", before), 3) if PRONOUN.search(question) else []
    if not topics:
        return question
    return f"{question.rstrip('?')} ({', '.join(topics)})?"


def from_results(conversation: Conversation) -> str:
    """Return what the tools brought, each result once."""
    texts = list(dict.fromkeys(result.text.strip() for result in conversation.results))
    whole = "\n\n".join(texts)
    if len(whole) > LONG_RESULT or (len(texts) == 1 and len(sentences(whole)) > 1):
        found = answer_from(conversation.question, whole)
        if found or len(whole) > LONG_RESULT:
            return found or summary(whole) or whole[:LONG_RESULT]
    if not whole:
        return "The tool returned nothing."
    names = list(dict.fromkeys(result.name for result in conversation.results))
    if is_chinese(conversation.question):
        return "\n".join(texts)
    if len(texts) == 1:
        return f"According to {names[0]}: {texts[0]}"
    parts = [f"{result.name}: {result.text.strip()}" for result in conversation.results]
    return "According to the tools: " + "; ".join(dict.fromkeys(parts))
