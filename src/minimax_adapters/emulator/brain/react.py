"""Agents that talk to tools in text: Thought, Action, Action Input, Observation.

LlamaIndex puts tools and format into the system message and observations into user messages;
LangChain's older agents put everything, the scratchpad too, into one message.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.emulator._json import dumps

from .dialogue import Conversation, Result, Tool, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minimax_adapters.emulator._reply import ToolCall

DEMANDED: Final = re.compile(r"Thought:.*Action:.*Action Input:", re.DOTALL)
LLAMA_TOOL: Final = re.compile(
    r"> ?Tool Name: (?P<name>\S+)\s*\nTool Description: (?P<description>.*?)\n"
    r"Tool Args: (?P<parameters>\{.*?\})\s*(?=\n> ?Tool Name|\n\n|\n#|$)",
    re.DOTALL,
)
LINE_TOOL: Final = re.compile(
    r"^(?P<name>\w[\w.-]*)(?:\([^)\n]*\)(?: -> [^\n]*?)?)?(?:: | - )(?P<description>[^\n]+)$",
    re.MULTILINE,
)
STEP: Final = re.compile(
    r"Action: *(?P<name>[^\n(]+?) *\n+Action Input: *(?P<arguments>.*?)"
    r"(?=\nObservation:|\nThought:|\nAction:|$)(?:\nObservation: *(?P<text>.*?)(?=\nThought:|$))?",
    re.DOTALL,
)
QUESTION: Final = re.compile(r"Question: (.*?)(?:\n+Thought:|$)(.*)", re.DOTALL)
NAMES: Final = re.compile(r"(?:one of|of:) \[?([\w, .'-]+)\]?")
FREE_TEXT: Final = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Script:
    """A conversation of the text kind.

    Attributes:
        conversation: The same as if the tools had been given as tools.
        json_input: Whether tools take JSON, not free text.
        final: The label of the last line.
    """

    conversation: Conversation
    json_input: bool
    final: str


def recognise(conversation: Conversation, messages: Sequence[dict[str, Any]]) -> Script | None:
    """Return the conversation behind a prompt that demands this format, None if it does not."""
    prompt = f"{conversation.system}\n{conversation.asked}"
    alone = not DEMANDED.search(conversation.system)
    texts = [text_of(message) for message in messages if message["role"] == "user"]
    if alone:
        prompt = next((text for text in texts if DEMANDED.search(text)), "")
    if not DEMANDED.search(prompt) or conversation.tools:
        return None
    tools = llama_tools(prompt)
    json_input = bool(tools) or "JSON" in prompt
    tools = tools or line_tools(prompt)
    question, scratch = split_question(prompt, messages, alone=alone)
    results = [
        Result(
            name=step["name"].strip(),
            arguments=arguments_of(step["arguments"]),
            text=(step["text"] or "").strip(),
        )
        for step in STEP.finditer(scratch)
        if step["text"] is not None
    ]
    inner = dataclasses.replace(
        conversation,
        system="",
        assignment=dataclasses.replace(conversation.assignment, question=question, context=""),
        tools=tools,
        results=results,
    )
    final = "Final Answer" if "Final Answer:" in prompt else "Answer"
    return Script(conversation=inner, json_input=json_input, final=final)


def split_question(
    prompt: str, messages: Sequence[dict[str, Any]], *, alone: bool
) -> tuple[str, str]:
    """Return the question and everything that happened since."""
    if alone:
        start = prompt.rfind("Begin!")
        found = QUESTION.search(prompt, max(start, 0))
        if found:
            return found[1].strip(), f"\n{found[2]}"
    places = [
        place
        for place, message in enumerate(messages)
        if message["role"] == "user" and not text_of(message).lstrip().startswith("Observation:")
    ]
    if not places:
        return "", ""
    since = [text_of(message).strip() for message in messages[places[-1] + 1 :]]
    return text_of(messages[places[-1]]).strip(), "\n".join(since)


def llama_tools(prompt: str) -> list[Tool]:
    """Return the tools of a LlamaIndex prompt."""
    found = []
    for match in LLAMA_TOOL.finditer(prompt):
        try:
            parameters = json.loads(match["parameters"])
        except ValueError:
            parameters = FREE_TEXT
        found.append(
            Tool(name=match["name"], description=match["description"], parameters=parameters)
        )
    return found


def line_tools(prompt: str) -> list[Tool]:
    """Return the tools of a prompt that lists one per line."""
    named = NAMES.search(prompt)
    names = {name.strip(" '.") for name in named[1].split(",")} if named else set()
    return [
        Tool(name=match["name"], description=match["description"], parameters=FREE_TEXT)
        for match in LINE_TOOL.finditer(prompt)
        if match["name"] in names
    ]


def arguments_of(text: str) -> dict[str, Any]:
    """Return the arguments in an action input."""
    try:
        value = json.loads(text.strip())
    except ValueError:
        return {"input": text.strip().strip('"')}
    return value if isinstance(value, dict) else {"input": value}


def act(call: ToolCall, script: Script) -> str:
    """Return the text that calls a tool."""
    text = call.arguments_text
    if not script.json_input and not isinstance(call.arguments, str):
        members = list(call.arguments.values())
        text = str(members[0]) if len(members) == 1 else dumps(call.arguments)
    return (
        "Thought: The current language of the user is: English. I need to use a tool to help me "
        f"answer the question.\nAction: {call.name}\nAction Input: {text}"
    )


def conclude(answer: str, script: Script) -> str:
    """Return the text that ends the work."""
    return (
        "Thought: I can answer without using any more tools. I'll use the user's language to "
        f"answer\n{script.final}: {answer}"
    )
