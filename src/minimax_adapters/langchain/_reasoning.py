"""Thinking as LangChain stores it, and as MiniMax wants it back.

MiniMax sends thinking as entries of `reasoning_details` and wants them back unchanged. A message
keeps them in one of two places:

- Content is a string: `additional_kwargs["reasoning_details"]`, the entries themselves. While a
  stream is merged, LangChain joins entries of equal `index` and concatenates their strings, so
  each member but `text` is sent once, and `index` is the position of the entry; a different
  index of MiniMax's is kept in `minimax_index`. `additional_kwargs["reasoning_offsets"]` says
  before which character of the content an entry came, if that is not the first.
- Content is a list of blocks: a `reasoning` block for each entry, whose
  `extras["reasoning_details"]` holds all members of the entry but its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_core.messages import AIMessage

DETAILS: Final = "reasoning_details"
OFFSETS: Final = "reasoning_offsets"
PROVIDER: Final = "minimax"

_ORIGINAL_INDEX: Final = "minimax_index"
_FORM: Final = {"type": "reasoning.text", "format": "MiniMax-response-v1"}


def mergeable_entry(position: int, members: dict[str, Any] | None, text: str) -> dict[str, Any]:
    """Return what a chunk adds to the entry at `position`; `members` come with the first only."""
    entry: dict[str, Any] = dict(members or {})
    if members is not None and entry.get("index") != position:
        entry[_ORIGINAL_INDEX] = entry.get("index")
    entry["index"] = position
    if text:
        entry["text"] = text
    return entry


def entry_from_merged(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a stored entry as MiniMax sent it."""
    if _ORIGINAL_INDEX not in entry:
        return entry
    original = entry[_ORIGINAL_INDEX]
    members = {name: value for name, value in entry.items() if name != _ORIGINAL_INDEX}
    if original is None:
        del members["index"]
        return members
    return members | {"index": original}


def block_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the standard block of an entry, from which `entries_of` makes the entry again."""
    members = {name: value for name, value in entry.items() if name != "text"}
    return {
        "type": "reasoning",
        "reasoning": entry.get("text") or "",
        "extras": {DETAILS: members},
    }


def stored_entries(message: AIMessage) -> list[dict[str, Any]]:
    """Return the entries in `additional_kwargs`, as MiniMax sent them."""
    entries = message.additional_kwargs.get(DETAILS)
    if not isinstance(entries, list):
        return []
    return [entry_from_merged(entry) for entry in entries if isinstance(entry, dict)]


def entries_of(message: AIMessage) -> list[dict[str, Any]]:
    """Return the thinking of `message` as `reasoning_details`, wherever it is kept.

    MiniMax's own comes back as it was sent. Thinking of another provider's model is put into
    MiniMax's form if it is readable; encrypted thinking means nothing to MiniMax and is left out.
    """
    stored = stored_entries(message)
    if stored and message.response_metadata.get("model_provider", PROVIDER) == PROVIDER:
        return stored
    if stored:
        return _synthetic(str(entry.get("text") or "") for entry in stored)
    entries, foreign = [], []
    for block in message.content if isinstance(message.content, list) else ():
        if not isinstance(block, dict):
            continue
        members = (block.get("extras") or {}).get(DETAILS)
        if block.get("type") == "reasoning" and isinstance(members, dict):
            text = block.get("reasoning")
            entries.append({**members, "text": text} if text else dict(members))
        else:
            foreign.append(_foreign_text(block))
    if entries:
        return entries
    content = message.additional_kwargs.get("reasoning_content")
    return _synthetic([*foreign, content if isinstance(content, str) else ""])


def _foreign_text(block: dict[str, Any]) -> str:
    """Return the readable thinking of a block of another provider, "" if it has none."""
    match block.get("type"):
        case "reasoning":
            text = block.get("reasoning") or block.get("text")
            return text if isinstance(text, str) else _summary(block.get("summary"))
        case "thinking":
            return str(block.get("thinking") or "")
        case "reasoning_content":
            inner = block.get("reasoning_content")
            return str(inner.get("text") or "") if isinstance(inner, dict) else str(inner or "")
    return ""


def _summary(summary: object) -> str:
    parts: Sequence[Any] = summary if isinstance(summary, list) else ()
    return "\n\n".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def _synthetic(texts: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {**_FORM, "id": f"reasoning-text-{number}", "index": number - 1, "text": text}
        for number, text in enumerate(filter(None, texts), 1)
    ]
