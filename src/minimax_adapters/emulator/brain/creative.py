"""Things the model makes up: jokes, haiku, short stories, and members nobody mentioned."""

from __future__ import annotations

import re
from typing import Any, Final

from .words import STOP, is_chinese, listed_words

TOPIC: Final = re.compile(
    r"\b(?:about|on|of|regarding|featuring) (?:an? |the |my |some )?([\w -]{2,40}?)"
    r"(?=[.,!?;:]|$| (?:and|with|in|that|which|include|as|for|using)\b)",
    re.IGNORECASE,
)
MAKES: Final = frozenset(
    listed_words(
        """
    joke jokes story stories haiku haikus poem poems tale setup punchline tell write give make
    short funny include return result json nothing using tool please user
    """
    )
)

JOKE: Final = (
    "Why did the {topic} sit on the computer?",
    "To keep an eye on the mouse.",
)
CHINESE_JOKE: Final = (
    "\u4e3a\u4ec0\u4e48\u732b\u5750\u5728\u7535\u8111\u4e0a\uff1f"
    "\u56e0\u4e3a\u5b83\u8981\u770b\u4f4f\u9f20\u6807\u3002"
)
HAIKUS: Final = (
    "Morning light on leaves,\na quiet path through the woods,\none bird starts to sing.",
    "Rain on the tin roof,\nthe kettle begins to hum,\nall the streets grow still.",
    "Snow upon the gate,\nfootsteps lead to the old door,\nsmoke climbs to the stars.",
)
STORY: Final = (
    "Once there was a {topic} who lived beside a harbour. Every morning it counted the boats, and "
    "every evening it told the fishermen how many had come home. One foggy night a boat was "
    "missing. The {topic} waited on the pier and called until a small light answered. Since then "
    "no boat has sailed without greeting the {topic} first."
)
POEM: Final = (
    "The {topic} wakes when others sleep,\nit has a little watch to keep;\n"
    "and when the first grey light comes in,\nit lets another day begin."
)
# What a member of that name usually holds. `{topic}` is what the request is about.
MEMBERS: Final = {
    "setup": JOKE[0],
    "punchline": JOKE[1],
    "joke": " ".join(JOKE),
    "title": "About {topic}",
    "headline": "News about {topic}",
    "summary": "A short text about {topic}.",
    "description": "A short description of {topic}.",
    "reason": "It fits the request best.",
    "reasoning": "It fits the request best.",
    "explanation": "It follows from the request.",
    "thought": "The request asks for {topic}.",
    "answer": "It concerns {topic}.",
    "response": "It concerns {topic}.",
    "content": "A few words about {topic}.",
    "text": "A few words about {topic}.",
    "name": "Alex Morgan",
    "author": "Alex Morgan",
    "artist": "The Lanterns",
    "city": "Paris",
    "location": "Paris",
    "country": "France",
    "language": "English",
    "color": "blue",
    "colour": "blue",
    "currency": "USD",
    "unit": "celsius",
    "sentiment": "neutral",
    "category": "general",
    "id": "id-1",
    "genre": "jazz",
}


def topic_of(text: str) -> str:
    """Return what a request is about, in one or two words."""
    found = TOPIC.search(text)
    if found and found[1].strip():
        return found[1].strip()
    for word in reversed(re.findall(r"[^\W\d_]{3,}", text)):
        if word.lower() not in STOP and word.lower() not in MAKES:
            return str(word)
    return "it"


def singular(topic: str) -> str:
    """Return `topic` in the singular, as far as an `s` makes the plural."""
    return topic[:-1] if topic.endswith("s") and not topic.endswith("ss") else topic


def invent(name: str, schema: dict[str, Any], text: str) -> str:
    """Return a plausible string for a member that the conversation says nothing about."""
    topic = topic_of(text)
    lowered = name.lower()
    for known, phrase in MEMBERS.items():
        if lowered == known or lowered.endswith(f"_{known}"):
            return phrase.format(topic=singular(topic) if "{topic} sit" in phrase else topic)
    label = str(schema.get("title") or name or "value").replace("_", " ").lower()
    return f"{label} of {topic}" if topic != "it" else label


def compose(request: str) -> str | None:
    """Return the joke, haiku, poem or story that `request` asks for, None if it asks for none."""
    lowered = request.lower()
    topic = singular(topic_of(request))
    if "haiku" in lowered:
        number = re.search(r"\b([1-3]|two|three)\b", lowered)
        wanted = {"two": 2, "2": 2, "three": 3, "3": 3}.get(number[1] if number else "", 1)
        return "\n\n".join(HAIKUS[:wanted])
    for word, text in (("joke", " ".join(JOKE)), ("story", STORY), ("poem", POEM)):
        if re.search(rf"\b{word}\b", lowered):
            return text.format(topic=topic if topic != "it" else "cat")
    if is_chinese(request) and "\u7b11\u8bdd" in request:
        return CHINESE_JOKE
    return None
