"""`POST /v1/chat/completions`: what is asked; `chat_reply` is what is answered.

Source: MiniMax's page `text-chat-openai`; what that page leaves out is marked as observed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypeAlias, Unpack

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from minimax_adapters.api.wire._base import Request

if TYPE_CHECKING:
    from minimax_adapters.api.wire.arguments import ChatRequestArguments

Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]
ServiceTier: TypeAlias = Literal["standard", "priority"]
Detail: TypeAlias = Literal["low", "default", "high"]

_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
class TextPart(TypedDict):
    """Text among images or videos."""

    type: Literal["text"]
    text: str


@with_config(_STRICT)
class ImageUrl(TypedDict):
    """An image: `url` is an https URL or a base64 data URL of JPEG, PNG, GIF or WEBP."""

    url: Annotated[str, Field(min_length=1)]
    detail: NotRequired[Detail]
    max_long_side_pixel: NotRequired[Annotated[int, Field(ge=1)]]


@with_config(_STRICT)
class ImagePart(TypedDict):
    """An image in a message, for M3 and M3.1-Flash."""

    type: Literal["image_url"]
    image_url: ImageUrl


@with_config(_STRICT)
class VideoUrl(TypedDict):
    """A video: `url` is an https URL, a base64 data URL or `mm_file://<file_id>`."""

    url: Annotated[str, Field(min_length=1)]
    detail: NotRequired[Detail]
    fps: NotRequired[Annotated[float, Field(ge=0.2, le=5)]]
    max_long_side_pixel: NotRequired[Annotated[int, Field(ge=1)]]


@with_config(_STRICT)
class VideoPart(TypedDict):
    """A video in a message, for M3 and M3.1-Flash."""

    type: Literal["video_url"]
    video_url: VideoUrl


ContentPart: TypeAlias = Annotated[TextPart | ImagePart | VideoPart, Field(discriminator="type")]
Content: TypeAlias = str | list[ContentPart]


@with_config(_STRICT)
class SystemMessage(TypedDict):
    """Instructions. `root` outranks `system` on M3 (observed)."""

    role: Literal["system", "root"]
    content: Content
    name: NotRequired[str]


@with_config(_STRICT)
class UserMessage(TypedDict):
    """What a user says; `name` tells several users apart."""

    role: Literal["user"]
    content: Content
    name: NotRequired[str]


@with_config(_STRICT)
class RolePlayMessage(TypedDict):
    """The extra roles of `M2-her`."""

    role: Literal["user_system", "group", "sample_message_user", "sample_message_ai"]
    content: str
    name: NotRequired[str]


@with_config(_STRICT)
class FunctionCall(TypedDict):
    """Name and arguments of a call; `arguments` is JSON text."""

    name: Annotated[str, Field(min_length=1)]
    arguments: str


@with_config(_STRICT)
class ToolCallParam(TypedDict):
    """A call that the model made, as it goes back in the history."""

    id: Annotated[str, Field(min_length=1)]
    type: Literal["function"]
    function: FunctionCall
    index: NotRequired[int]


@with_config(_STRICT)
class AssistantMessage(TypedDict):
    """What the model said. Give `reasoning_details` back unchanged: agents need them."""

    role: Literal["assistant"]
    content: NotRequired[Content | None]
    reasoning_content: NotRequired[str | None]
    reasoning_details: NotRequired[list[dict[str, Any]]]
    tool_calls: NotRequired[list[ToolCallParam]]
    name: NotRequired[str]


@with_config(_STRICT)
class ToolMessage(TypedDict):
    """The result of a call; it follows the assistant message that made the call."""

    role: Literal["tool"]
    tool_call_id: Annotated[str, Field(min_length=1)]
    content: str | list[TextPart]
    name: NotRequired[str]


Message: TypeAlias = Annotated[
    SystemMessage | UserMessage | AssistantMessage | ToolMessage | RolePlayMessage,
    Field(discriminator="role"),
]


@with_config(_STRICT)
class Function(TypedDict):
    """A function that the model may call; `parameters` is a JSON Schema of an object."""

    name: Annotated[str, Field(min_length=1)]
    description: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]


@with_config(_STRICT)
class Tool(TypedDict):
    """A tool; MiniMax knows functions only."""

    type: Literal["function"]
    function: Function


@with_config(_STRICT)
class FunctionName(TypedDict):
    """The name in a tool choice."""

    name: Annotated[str, Field(min_length=1)]


@with_config(_STRICT)
class NamedToolChoice(TypedDict):
    """Asks for one function. M3 honours it while thinking is on (observed)."""

    type: Literal["function"]
    function: FunctionName


@with_config(_STRICT)
class Thinking(TypedDict):
    """Switches the thinking of M3; the M2 models ignore it."""

    type: Literal["adaptive", "disabled"]


class ChatRequest(Request):
    """A question to a chat model.

    Attributes:
        messages: The conversation, at least one message. See `Client.chat()` for what is mended
            before it is sent.
        model: Id of a chat model, case-sensitive.
        max_completion_tokens: Output limit including thinking, at least 1.
        temperature: From 0 to 2; MiniMax's default is 1.
        top_p: From 0 to 1; MiniMax's default is 0.95 (M3 generation) or 0.9 (M2 models).
        thinking: `{"type": "adaptive"}` or `{"type": "disabled"}`; M3 obeys it.
        reasoning_effort: How deep M3.1-Flash thinks; its own default is `max`.
        reasoning_split: Whether thinking comes apart from the answer. Switching it off makes
            MiniMax send `<think>` text, which the client splits all the same.
        tools: Functions that the model may call.
        tool_choice: `none`, `auto`, `required` or a named function; only `auto` is reliable on
            every model, and it is not sent, since some M2 hosts refuse it (observed).
        stop: Texts at which the answer ends. MiniMax accepts and ignores them, so the client
            cuts the answer itself, before the text.
        seed: Accepted on M3 (observed).
        response_format: Sent as given; MiniMax accepts and does not enforce it (observed).
        service_tier: `priority` costs 1.5 times the standard price.
        extra_body: Members added to the request as they are.

    Source: `POST /v1/chat/completions`.
    """

    if TYPE_CHECKING:

        def __init__(self, **members: Unpack[ChatRequestArguments]) -> None: ...

    messages: Annotated[list[Message], Field(min_length=1)]
    model: Annotated[str, Field(min_length=1)] = "MiniMax-M3"
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    thinking: Thinking | None = None
    reasoning_effort: Effort | None = None
    reasoning_split: bool = True
    tools: list[Tool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice | None = None
    stop: list[Annotated[str, Field(min_length=1)]] | None = None
    seed: int | None = None
    response_format: dict[str, Any] | None = None
    service_tier: ServiceTier | None = None
    extra_body: dict[str, Any] | None = None

    @classmethod
    def elsewhere(cls, name: str) -> str | None:
        """Return where to ask for a stream, which is no member here."""
        return "the request to stream_chat()" if name == "stream" else None
