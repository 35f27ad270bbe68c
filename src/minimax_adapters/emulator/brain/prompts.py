"""Well-known prompts: what in them is context, what is the question, what is asked for.

Frameworks put documents and question into one message with words around them. Each pattern here
names the parts of one such prompt.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final, Literal

Task = Literal["answer", "refine", "condense", "summarize", "keywords"]

DOT: Final = re.DOTALL | re.IGNORECASE
CONTEXT_LABEL: Final = (
    r"(?:context|contexts|documents?|passages?|background|information|retrieved context|sources"
    r"|\u4e0a\u4e0b\u6587|\u80cc\u666f|\u8d44\u6599|\u5df2\u77e5\u4fe1\u606f"
    r"|\u53c2\u8003\u8d44\u6599)"
)
QUESTION_LABEL: Final = (
    r"(?:user question|question|query|user query|user input"
    r"|\u95ee\u9898|\u63d0\u95ee|\u7528\u6237\u95ee\u9898)"
)
COLON: Final = r"\s*[:\uff1a]\s*"
ENDING: Final = (
    r"(?:\n+\s*(?:helpful |final |refined |new )?"
    r"(?:answer|response|\u56de\u7b54|\u7b54\u6848)\s*[:\uff1a]?.*)?\s*$"
)

PATTERNS: Final[tuple[tuple[Task, re.Pattern[str]], ...]] = (
    (
        "refine",
        re.compile(
            r"original query is as follows: (?P<question>.*?)\n.*?existing answer: "
            r"(?P<answer>.*?)\n[^\n]*opportunity to refine.*?\n-{6,}\n(?P<context>.*)\n-{6,}\n",
            DOT,
        ),
    ),
    (
        "refine",
        re.compile(
            r"New Context: (?P<context>.*)\nQuery: (?P<question>.*?)\nOriginal Answer: "
            r"(?P<answer>.*?)\nNew Answer:",
            DOT,
        ),
    ),
    (
        "refine",
        re.compile(
            r"relevant documents for the context:\s*(?P<context>.*?)\s*Existing Answer:\s*"
            r"(?P<answer>.*?)\s*Instruction:",
            DOT,
        ),
    ),
    (
        "answer",
        re.compile(
            r"Context information[^\n]*below\.\s*\n-{6,}\n(?P<context>.*)\n-{6,}\n.*?"
            r"\n?Query: (?P<question>.*?)\s*\nAnswer:",
            DOT,
        ),
    ),
    (
        "condense",
        re.compile(
            r"(?:standalone question).*?chat history\W+(?P<context>.*?)\n\W*"
            r"follow[- ]up (?:input|message|question)\W+(?P<question>.*?)\s*<?standalone question",
            DOT,
        ),
    ),
    (
        "keywords",
        re.compile(r"extract up to.*?-{6,}\n(?P<context>.*?)\n-{6,}.*'KEYWORDS: ", DOT),
    ),
    (
        "summarize",
        re.compile(
            r"^\s*(?:please )?(?:write|give|create) (?:me )?(?:a|an) (?:\w+ ){0,3}summary of "
            r"(?:the )?(?:following|text|passage|this)[^\n:]*[:.\n](?P<context>.*)$",
            DOT,
        ),
    ),
    (
        "summarize",
        re.compile(r"^\s*(?:please )?summari[sz]e[^\n:]{0,80}[:\n]\s*(?P<context>.+)$", DOT),
    ),
    (
        "answer",
        re.compile(
            r"<(?P<tag>context|documents?)>(?P<context>.*)</(?P=tag)>\s*"
            rf"(?:.*?{QUESTION_LABEL}{COLON})?(?P<question>.*?){ENDING}",
            DOT,
        ),
    ),
    (
        "answer",
        re.compile(
            rf"(?:^|\n)\W*{QUESTION_LABEL}\**{COLON}(?P<question>[^\n]+)\n+"
            rf"\W*{CONTEXT_LABEL}\**{COLON}(?P<context>.*?){ENDING}",
            DOT,
        ),
    ),
    (
        "answer",
        re.compile(
            rf"(?:^|\n|\b){CONTEXT_LABEL}\**{COLON}(?P<context>.*)\n\W*{QUESTION_LABEL}\**"
            rf"{COLON}(?P<question>.*?){ENDING}",
            DOT,
        ),
    ),
)
IN_SYSTEM: Final = (
    re.compile(r"relevant documents for the context:\s*(?P<context>.*?)\s*Instruction:", DOT),
    re.compile(r"<(?P<tag>context|documents?)>(?P<context>.*)</(?P=tag)>", DOT),
    re.compile(r"Context information[^\n]*below\.?\s*\n-{6,}\n(?P<context>.*?)\n-{6,}", DOT),
    re.compile(rf"(?:^|\n|\. ){CONTEXT_LABEL}{COLON}(?P<context>.*)$", DOT),
    # "Use the following pieces of context to answer: ...", and "Answer from:" with a new line.
    re.compile(
        rf"(?:^|\n|[.!?] )[^\n.:]*\b(?:answer|use)\b[^\n.:]*(?:\b{CONTEXT_LABEL}\b[^\n.:]*{COLON}"
        r"|\bfrom(?: \w+){0,2}\s*:\s*\n)(?P<context>\S.*)$",
        DOT,
    ),
)
REWRITES: Final = re.compile(
    r"(?:formulate|rephrase|rewrite).{0,120}standalone question|standalone question", DOT
)
TRIPLE_QUOTE: Final = re.compile(r"\s*(?:concise )?summary:?\s*(?:\"\"\")?\s*$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Assignment:
    """What a message asks for.

    Attributes:
        task: The kind of work.
        question: What to answer; empty if the message holds only a context.
        context: The text to answer from; empty if it stands elsewhere.
        answer: The answer so far, when it shall be refined.
    """

    task: Task = "answer"
    question: str = ""
    context: str = ""
    answer: str = ""


def read_user(text: str) -> Assignment:
    """Return what the user's last message asks for."""
    for task, pattern in PATTERNS:
        found = pattern.search(text)
        if found:
            parts = found.groupdict()
            context = parts.get("context") or ""
            if task == "summarize":
                context = TRIPLE_QUOTE.sub("", context)
            return Assignment(
                task=task,
                question=(parts.get("question") or "").strip(),
                context=context.strip(),
                answer=(parts.get("answer") or "").strip(),
            )
    return Assignment(question=text.strip())


def context_in_system(text: str) -> tuple[str, str]:
    """Return the documents in a system message and an existing answer, empty if there are none."""
    for task, pattern in PATTERNS:
        if task == "refine":
            found = pattern.search(text)
            if found and "question" not in found.groupdict():
                return found["context"].strip(), found["answer"].strip()
    for pattern in IN_SYSTEM:
        found = pattern.search(text)
        if found:
            return found["context"].strip(), ""
    return "", ""
