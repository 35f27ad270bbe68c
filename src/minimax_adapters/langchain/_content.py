"""Content blocks in every form that LangChain users write, as MiniMax's content parts.

Sources: `langchain_core.messages.content` for the standard blocks; the forms of OpenAI and of
Anthropic as their chat models accept them; MiniMax's page `text-chat-openai` for the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

Part = dict[str, Any]

_LIMITS: Final = ("detail", "fps", "max_long_side_pixel")
_DEFAULT_MIME: Final = {"image": "image/jpeg", "video": "video/mp4"}
_FILE_IDS: Final = "mm_file://"


def content_to_wire(content: str | list[Any], where: str) -> str | list[Part]:
    """Return content as MiniMax takes it: a list only if there is more than text.

    Args:
        content: The content of a message.
        where: Whose content it is, as error messages call it.

    Raises:
        InvalidInputError: A block is of a kind that MiniMax has no part for.
    """
    if isinstance(content, str):
        return content
    parts = list(parts_to_wire(content, where))
    if all(part["type"] == "text" for part in parts) and len(parts) <= 1:
        return parts[0]["text"] if parts else ""
    return parts


def parts_to_wire(content: Iterable[Any], where: str) -> Iterable[Part]:
    """Yield the parts of `content`; empty texts are left out, as some hosts refuse them."""
    for block in content:
        part = _part(block, where)
        if part["type"] != "text" or part["text"]:
            yield part


def is_media(block: object) -> bool:
    """Return whether `block` is an image or a video, in any form."""
    return isinstance(block, dict) and block.get("type") in _MEDIA


def text_of(content: str | list[Any], where: str) -> str:
    """Return content that may only be text.

    Raises:
        InvalidInputError: There is something else.
    """
    wire = content_to_wire(content, where)
    if isinstance(wire, str):
        return wire
    return "\n".join(part["text"] for part in wire if part["type"] == "text")


def _part(block: object, where: str) -> Part:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    if not isinstance(block, dict):
        raise _unknown(type(block).__name__, where)
    kind = block.get("type") or ("text" if "text" in block else "?")
    match kind:
        case "text" | "input_text" | "output_text" | "text-plain":
            return {"type": "text", "text": str(block.get("text") or "")}
        case "refusal":
            return {"type": "text", "text": str(block.get("refusal") or "")}
        case "image_url" | "video_url" | "input_image":
            return _url_part("video" if kind == "video_url" else "image", block, where)
        case "image" | "video":
            return _media_part(kind, block, where)
        case "non_standard" if isinstance(block.get("value"), dict):
            return _part(block["value"], where)
    raise _unknown(str(kind), where)


def _url_part(kind: str, block: dict[str, Any], where: str) -> Part:
    """Return the part for OpenAI's form, where the URL is text or an object."""
    inner = block.get(f"{kind}_url")
    members = {"url": inner} if isinstance(inner, str) else inner
    if not isinstance(members, dict) or not members.get("url"):
        raise _refusal(f"A block of type {block['type']!r} in {where} has no url.")
    return _with_limits(kind, members["url"], {**block, **members})


def _media_part(kind: str, block: dict[str, Any], where: str) -> Part:
    """Return the part for a standard block, for its form before 1.0, or for Anthropic's."""
    source = block.get("source")
    members = {**block, **source} if isinstance(source, dict) else block
    extras = block.get("extras")
    limits = {**extras, **block} if isinstance(extras, dict) else block
    base64 = members.get("base64") or members.get("data")
    if url := members.get("url"):
        return _with_limits(kind, url, limits)
    if base64:
        mime = members.get("mime_type") or members.get("media_type") or _DEFAULT_MIME[kind]
        return _with_limits(kind, f"data:{mime};base64,{base64}", limits)
    if (file_id := members.get("file_id") or members.get("id")) and kind == "video":
        prefix = "" if file_id.startswith(_FILE_IDS) else _FILE_IDS
        return _with_limits(kind, prefix + file_id, limits)
    raise _refusal(
        f"A block of type {kind!r} in {where} has neither url nor base64. MiniMax takes images"
        " as URL or base64, videos as URL, base64 or the file_id of its Files API."
    )


def _with_limits(kind: str, url: str, members: dict[str, Any]) -> Part:
    limits = {name: members[name] for name in _LIMITS if members.get(name) is not None}
    if limits.get("detail") == "auto":  # OpenAI's word for MiniMax's default.
        del limits["detail"]
    if kind == "image":
        limits.pop("fps", None)
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url, **limits}}


def _unknown(kind: str, where: str) -> Exception:
    return _refusal(
        f"MiniMax has no content part for the block {kind!r} in {where}. It reads text, images"
        " and videos: convert the block to text, or leave it out."
    )


def _refusal(text: str) -> Exception:
    from minimax_adapters.langchain.errors import MiniMaxInvalidInputError  # noqa: PLC0415 - slow to import

    return MiniMaxInvalidInputError(text)


_MEDIA: Final = frozenset({"image", "video", "image_url", "video_url", "input_image"})
