"""What chat completions refuse about messages: roles, content, media."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from ._errors import MiniMaxFault, invalid
from ._kinds import expect
from ._tool_checks import CallOrder

if TYPE_CHECKING:
    from ._catalog import ChatModel

ROLES: Final = frozenset({"system", "user", "assistant", "tool"})
ROLEPLAY_ROLES: Final = frozenset({"user_system", "group", "sample_message_user"}) | {
    "sample_message_ai"
}
MEDIA: Final = {"image_url": "img", "video_url": "video"}
DETAILS: Final = frozenset({"low", "default", "high"})
FRAME_RATES: Final = (0.2, 5)

IMAGE_BYTES: Final = 30 * 1024 * 1024
VIDEO_BYTES: Final = 50 * 1024 * 1024
IMAGES: Final = 200


def check_messages(
    messages: list[Any], name: str, model: ChatModel, *, roleplay: bool = False
) -> None:
    """Refuse bad roles, content, media and order."""
    roles = set(ROLES)
    if roleplay:
        roles |= ROLEPLAY_ROLES
    if model.several_systems:
        roles.add("root")
    order, images = CallOrder(), 0
    for message in messages:
        expect(message, "object", "open_platform_oai.ChatCompletionMessage")
        if message.get("role") not in roles:
            raise bad_role(message.get("role"))
        check_content(message, name, model)
        images += count_images(message)
        order.see(message)
    order.finish()
    if images > IMAGES:
        raise invalid(f"too many images, at most {IMAGES}")
    if not model.several_systems:
        check_systems([message["role"] for message in messages])


def bad_role(role: object) -> MiniMaxFault:
    """Return the refusal of a role that cannot stand where it stands."""
    return invalid(f"chat content has invalid message role: {role if role is not None else ''}")


def check_systems(roles: list[str]) -> None:
    """Refuse what models before M3 refuse: several system messages, or one that is not first."""
    if roles.count("system") > 1:
        raise invalid("invalid chat setting")
    if "system" in roles[1:]:
        raise bad_role("system")


def check_content(message: dict[str, Any], name: str, model: ChatModel) -> None:
    """Refuse missing, null and malformed content."""
    role, content = message["role"], message.get("content")
    if content is None:
        check_absence(message, model)
    elif isinstance(content, list):
        for part in content:
            check_part(part, role, name, model)
    else:
        expect(content, "string", "string")
    calls = message.get("tool_calls")
    if calls is not None:
        expect(calls, "array", "[]*open_platform_oai.ToolCall")


def check_absence(message: dict[str, Any], model: ChatModel) -> None:
    """Refuse a message without content unless its role allows that."""
    role = message["role"]
    if role in {"system", "root"} and "content" not in message:
        return
    if role == "assistant" and message.get("tool_calls") and model.several_systems:
        return
    raise invalid("message content is empty")


def check_part(part: Any, role: str, name: str, model: ChatModel) -> None:  # noqa: ANN401  # expect() says what it is.
    """Refuse unknown parts, and media where they cannot be seen."""
    expect(part, "object", "open_platform_oai.ContentPart")
    kind = part.get("type")
    if kind == "text":
        expect(part.get("text"), "string", "string")
        return
    if kind not in MEDIA or role in {"tool", "assistant"}:
        raise invalid(f"invalid content type: {kind}")
    if not model.sees:
        raise invalid(f"model[{name}] not support {MEDIA[kind]}")
    medium = part.get(kind)
    expect(medium, "object", "open_platform_oai.MediaURL")
    check_url(medium.get("url"), kind)
    if medium.get("detail", "default") not in DETAILS:
        raise invalid(f'invalid detail: "{medium["detail"]}"')
    longest = medium.get("max_long_side_pixel", 1)
    if not isinstance(longest, int) or longest < 1:
        raise invalid("max_long_side_pixel must be greater than 0")
    rate = medium.get("fps", 1)
    if kind == "video_url" and not (
        isinstance(rate, int | float) and FRAME_RATES[0] <= rate <= FRAME_RATES[1]
    ):
        raise invalid("fps must be in range [0.2, 5]")


def check_url(url: object, kind: str) -> None:
    """Refuse a URL of an unknown kind, broken base64, and too many bytes."""
    family = kind.removesuffix("_url")
    if not isinstance(url, str) or not url:
        raise invalid(f"{kind} is empty")
    if url.startswith(("https://", "http://")):
        return
    if url.startswith("mm_file://") and kind == "video_url":
        return
    head, separator, payload = url.partition(";base64,")
    if not separator or not head.lower().startswith(f"data:{family}/"):
        raise invalid(f"invalid {kind}")
    try:
        size = len(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid(f"{kind} base64 decode failed") from error
    if size == 0 or size > (IMAGE_BYTES if kind == "image_url" else VIDEO_BYTES):
        raise invalid(f"invalid {kind} size: {size}")


def count_images(message: dict[str, Any]) -> int:
    """Return the number of images in `message`."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return sum(part.get("type") == "image_url" for part in parts)
