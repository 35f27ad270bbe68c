"""What the model says when nothing was given to it: greetings, sums, a few facts."""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any, Final

from .creative import compose
from .words import is_chinese

if TYPE_CHECKING:
    from collections.abc import Callable

PHRASES: Final = (
    (r"how are you|how's it going", "I'm fine, thank you. How can I help you today?"),
    (r"\bwho are you|what are you\b|your name", "I'm the MiniMax emulator, a small local model."),
    (
        r"^\W*(?:hi|hello|hey|greetings|good (?:morning|evening|day))\b",
        "Hello! How can I help you?",
    ),
    (r"\bthanks?\b|thank you", "You're welcome!"),
    (r"^\W*(?:bye|goodbye|see you)\b", "Goodbye!"),
    (
        "\u4f60\u597d|\u60a8\u597d",
        "\u4f60\u597d\uff01\u6709\u4ec0\u4e48\u53ef\u4ee5\u5e2e\u4f60\uff1f",
    ),
    ("\u8c22\u8c22", "\u4e0d\u5ba2\u6c14\uff01"),
    ("\u4f60\u662f\u8c01", "\u6211\u662f MiniMax \u6a21\u62df\u5668\u3002"),
)
CAPITALS: Final = {
    "france": "Paris",
    "germany": "Berlin",
    "italy": "Rome",
    "spain": "Madrid",
    "japan": "Tokyo",
    "china": "Beijing",
    "norway": "Oslo",
    "england": "London",
    "peru": "Lima",
    "austria": "Vienna",
    "portugal": "Lisbon",
}
CAPITAL: Final = re.compile(r"capital (?:city )?of (\w+)", re.IGNORECASE)
SAY: Final = re.compile(
    r"^(?:please )?(?:say|repeat(?: after me)?|reply with|respond with|answer with)"
    r"(?: (?:exactly|only|just|the words?|this))*[:\s]+[\"'\u201c]?(.+?)[\"'\u201d]?[.!]?$",
    re.IGNORECASE | re.DOTALL,
)
COUNT: Final = re.compile(r"\bcount (?:from (\d+) )?(?:up )?to (\d+)", re.IGNORECASE)
SUM: Final = re.compile(
    r"-?\d+(?:\.\d+)?(?:\s*(?:\*\*|[-+*/x\u00d7\u00f7]|times|plus|minus|divided by|multiplied by"
    r"|\u4e58|\u52a0|\u51cf|\u9664\u4ee5)\s*\(?-?\d+(?:\.\d+)?\)?)+",
    re.IGNORECASE,
)
SIGNS: Final = (
    (r"times|multiplied by|x|\u00d7|\u4e58", "*"),
    (r"plus|\u52a0", "+"),
    (r"minus|\u51cf", "-"),
    (r"divided by|\u00f7|\u9664\u4ee5", "/"),
)
OPERATIONS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
CHINESE_ECHO: Final = (
    "\u4f60\u8bf4\uff1a\u201c{text}\u201d\u3002"
    "\u8bf7\u7ed9\u6211\u4e00\u4e9b\u8d44\u6599\uff0c\u6211\u4f1a\u6839\u636e\u5b83\u56de\u7b54\u3002"
)
LONGEST_ECHO: Final = 160


def chat(message: str, *, knows: bool = True) -> str:
    """Return an answer to a message that no context answers.

    `knows` lets the model use the few facts of its own, which a prompt with documents forbids.
    """
    said = SAY.match(message.strip())
    if said:
        return said[1].strip()
    composed = compose(message)
    if composed:
        return composed
    for answer in (count_up(message), calculate(message), capital(message) if knows else None):
        if answer:
            return answer
    for pattern, phrase in PHRASES:
        if re.search(pattern, message, re.IGNORECASE):
            return phrase
    return echo(message)


def echo(message: str) -> str:
    """Return a short answer that shows what was understood."""
    text = " ".join(message.split())
    if len(text) > LONGEST_ECHO:
        text = text[:LONGEST_ECHO].rsplit(" ", 1)[0] + " ..."
    if is_chinese(text):
        return CHINESE_ECHO.format(text=text)
    if not text:
        return "How can I help you?"
    return f'You said: "{text}" Give me a text about it and I will answer from that.'


def count_up(message: str) -> str | None:
    """Return the numbers that `message` asks to count."""
    found = COUNT.search(message)
    if not found:
        return None
    first, last = int(found[1] or 1), int(found[2])
    return ", ".join(map(str, range(first, min(last, first + 100_000) + 1)))


def capital(message: str) -> str | None:
    """Return the capital of a country that the model knows."""
    found = CAPITAL.search(message)
    city = CAPITALS.get(found[1].lower()) if found else None
    return f"The capital of {found[1].title()} is {city}." if found and city else None


def calculate(message: str) -> str | None:
    """Return the result of the sum in `message`."""
    found = SUM.search(message)
    if not found:
        return None
    expression = found[0].lower()
    for pattern, sign in SIGNS:
        expression = re.sub(pattern, sign, expression)
    try:
        value = evaluate(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ArithmeticError, KeyError):
        return None
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def evaluate(node: ast.expr) -> float | int:
    """Return the value of a parsed sum.

    Raises:
        KeyError: It is more than numbers and the four operations.
    """
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -evaluate(operand)
        case ast.BinOp(left=left, op=operation, right=right):
            result: float = OPERATIONS[type(operation)](evaluate(left), evaluate(right))
            return int(result) if result == int(result) else result
    raise KeyError(type(node).__name__)
