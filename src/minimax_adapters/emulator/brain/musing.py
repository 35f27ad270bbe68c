"""The reasoning before an answer: short, plausible, and the longer the more effort is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minimax_adapters.emulator._reply import ToolCall

EFFORT: Final = {"none": 1, "minimal": 1, "low": 1, "medium": 3, "high": 5, "xhigh": 7, "max": 9}
USUAL: Final = 3
LONGEST_QUOTE: Final = 120

STEPS: Final = (
    "I should look at what the conversation gives me before I answer.",
    "Nothing else in the conversation contradicts this.",
    "The answer should be short and to the point.",
    "Let me check the wording once more.",
    "There is no need for further detail.",
    "I consider whether another reading of the question makes sense.",
    "It does not: the first reading is the natural one.",
    "So I can answer now.",
)


def muse(question: str, calls: Sequence[ToolCall], results: int, effort: str | None) -> str:
    """Return the reasoning that leads to a reply."""
    quote = " ".join(question.split())
    if len(quote) > LONGEST_QUOTE:
        quote = quote[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " ..."
    lines = [f'The user asks: "{quote}"'] if quote else ["There is no question yet."]
    if results:
        lines.append(f"{results} tool result{'s' if results > 1 else ''} came back.")
    if calls:
        names = ", ".join(call.name for call in calls)
        lines.append(f"I need {names} for this, so I will call it with what the user gave.")
    lines += STEPS
    wanted = EFFORT.get(effort or "", USUAL)
    return " ".join(lines[: max(wanted, 2 if calls else 1)])
