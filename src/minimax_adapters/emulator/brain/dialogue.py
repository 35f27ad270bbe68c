"""A chat request as the model sees it."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final

from .prompts import REWRITES, Assignment, context_in_system, read_user
from .sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEMS: Final = frozenset({"system", "root", "user_system", "group"})
INSTRUCTION: Final = re.compile(
    r"\b(?:you|your|assistant|user's)\b|^(?:use|answer|keep|reply|respond|do not|don't|never|always"
    r"|be |only|if |given|think|follow|return|write|speak|act|make sure|please)",
    re.IGNORECASE,
)
# One or two facts in a system message are a setting, more are a document.
SOME_FACTS: Final = 3
THOUGHT: Final = re.compile(r"<(?P<tag>(?:mm:)?think)>.*?(?:</(?P=tag)>|$)", re.DOTALL)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tool:
    """A function the model may call."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """A call that was made since the user's last message, and what came of it."""

    name: str
    arguments: dict[str, Any]
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Turn:
    """One message: who, and its text."""

    role: str
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Conversation:
    """Everything an answer may depend on.

    Attributes:
        system: Text of all system messages.
        turns: User and assistant messages before the last user message.
        asked: The last user message as it stands.
        assignment: What it asks for.
        results: Calls since then.
        tools: What may be called.
        choice: `auto`, `none`, `required`, or the name of the tool that must be called.
        media: URLs of images and videos in the last user message.
        response_format: The member of that name.
    """

    system: str
    turns: Sequence[Turn]
    asked: str
    assignment: Assignment
    results: Sequence[Result]
    tools: Sequence[Tool]
    choice: str
    media: Sequence[str]
    response_format: dict[str, Any]

    @property
    def question(self) -> str:
        """What to answer."""
        return self.assignment.question or self.asked

    def context(self) -> str:
        """Return the text to answer from: given with the question, or in the system message."""
        if self.assignment.context:
            return self.assignment.context
        documents, _ = context_in_system(self.system)
        return documents or "\n".join(self._facts())

    @property
    def bound_to_context(self) -> bool:
        """Whether the prompt brings documents, so that nothing else may be the source."""
        documents, _ = context_in_system(self.system)
        return bool(self.assignment.context or documents) or len(self._facts()) >= SOME_FACTS

    def _facts(self) -> list[str]:
        found = sentences(self.system)
        return [one.text for one in found if not INSTRUCTION.search(one.text)]

    @property
    def rewrites(self) -> bool:
        """Whether the system asks to rewrite the question, not to answer it."""
        return bool(REWRITES.search(self.system))


def read(request: dict[str, Any]) -> Conversation:
    """Return `request` as a conversation."""
    messages = request["messages"]
    system = "\n\n".join(text_of(one) for one in messages if one["role"] in SYSTEMS)
    rest = [one for one in messages if one["role"] not in SYSTEMS]
    places = [place for place, one in enumerate(rest) if one["role"] == "user"]
    last = places[-1] if places else -1
    asked = text_of(rest[last]) if places else ""
    turns = [
        Turn(role=one["role"], text=text_of(one))
        for one in rest[: max(last, 0)]
        if one["role"] != "tool"
    ]
    functions = [tool["function"] for tool in request.get("tools") or []]
    return Conversation(
        system=system,
        turns=turns,
        asked=asked,
        assignment=read_user(asked),
        results=results_in(rest[last + 1 :]),
        tools=[
            Tool(
                name=one["name"],
                description=str(one.get("description") or ""),
                parameters=one["parameters"],
            )
            for one in functions
        ],
        choice=choice_of(request.get("tool_choice")),
        media=media_of(rest[last]) if places else [],
        response_format=request.get("response_format") or {},
    )


def choice_of(choice: object) -> str:
    """Return the tool choice as one word."""
    if isinstance(choice, dict):
        return str(choice["function"]["name"])
    return str(choice or "auto")


def text_of(message: dict[str, Any]) -> str:
    """Return the text of a message, without thinking."""
    content = message.get("content") or ""
    if isinstance(content, list):
        content = "\n".join(part["text"] for part in content if part["type"] == "text")
    return THOUGHT.sub("", content) if message["role"] == "assistant" else content


def media_of(message: dict[str, Any]) -> list[str]:
    """Return the URLs of images and videos in a message."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return [part[part["type"]]["url"] for part in parts if part["type"] != "text"]


def results_in(messages: Sequence[dict[str, Any]]) -> list[Result]:
    """Return the answered calls among `messages`."""
    calls: dict[str, tuple[str, dict[str, Any]]] = {}
    results: list[Result] = []
    for message in messages:
        for call in message.get("tool_calls") or []:
            function = call["function"]
            arguments = json.loads(function["arguments"])
            known = arguments if isinstance(arguments, dict) else {}
            calls[call["id"]] = function["name"], known
        if message["role"] == "tool":
            name, arguments = calls[message["tool_call_id"]]
            results.append(Result(name=name, arguments=arguments, text=text_of(message)))
    return results
