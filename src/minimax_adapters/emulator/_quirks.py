"""Misbehaviour as settings: what MiniMax, its hosts and its proxies were seen to do.

Every field is off by default. Fields can be set for all requests (`Emulator(quirks=Quirks(...))`,
`emulator.quirks = ...`) or for one request with the header
`X-Emulator-Quirks: missing-done, empty-role, chunk-chars=1`: the name of a field with dashes,
and `=value` for fields that are not booleans.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER: Final = "x-emulator-quirks"

TRUE_WORDS: Final = frozenset({"", "1", "true", "yes", "on"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quirks:
    """Deviations from the well-behaved server.

    Attributes:
        response_delay: Seconds before an answer begins.
        frame_delay: Seconds between the frames of a stream.
        tokens_per_second: Speed of a stream of text; 0 is as fast as possible.
        max_requests: More requests than that within `window` are answered with 1002; 0 is no limit.
        window: Seconds for `max_requests`.
        cut_bytes: Streams are written so many bytes at a time, also in the middle of a character.
        data_without_space: `data:` is not followed by a space.
        crlf: Lines end with CR and LF.
        keep_alive_comments: Comments stand between the frames.
        missing_done: A stream ends without `[DONE]`.
        cut_stream_after: A stream ends after so many frames; 0 is whole.
        chunk_chars: Characters of a text in a frame; 0 is a token.
        empty_role: Frames have an empty `role`.
        null_delta: The finish frame has `delta: null`.
        content_on_finish: The last text comes with the finish reason.
        full_message_frame: The whole message comes once more at the end.
        extra_members: Replies and frames have members that no page names.
        usage_zeros: Frames before the last have a usage of zeros.
        usage_on_finish: The usage comes with the finish reason, not in a frame of its own.
        no_usage: A stream has no usage.
        inline_think: Thinking is text in tags, whatever was asked for.
        think_tag: The tag that is used then.
        unclosed_think: The closing tag is missing.
        orphan_think_close: The opening tag is missing.
        think_close_mid_chunk: The closing tag stands in the middle of a frame.
        reasoning_content_only: Thinking comes without `reasoning_details`.
        reasoning_details_only: Thinking comes without `reasoning_content`.
        cumulative_reasoning_details: Each frame repeats the thinking so far in `reasoning_details`.
        cumulative_reasoning_content: The same in `reasoning_content`.
        cumulative_content: Each frame repeats the text so far.
        tool_argument_chars: Characters of arguments in a frame; 0 is all at once.
        tool_id_on_every_frame: Each fragment of a call has its id.
        tool_calls_in_one_frame: Several calls come in one frame.
        tool_index_missing: Fragments of a call have no index.
        broken_arguments: Arguments are no valid JSON.
        leaked_tool_call: A tool call is written as text, in the markup of the template.
        null_content: A message with tool calls has `content: null`.
        numeric_http_code: `http_code` of the compatible error envelope is a number.
        code_fence: JSON stands in a Markdown code fence.
        no_trace_id: Replies have no trace id.
        old_temperature_range: Models before M3 refuse `temperature` 0, as in 2025.
        aggregated_audio_always: The last frame of speech repeats the audio, asked for or not.
        null_data_frame: The second frame of speech has no data.
        json_stream_errors: A refused stream of speech is answered with JSON, not with a frame.
        socket_late_audio: The last audio of a socket comes with `task_finished`.
        socket_no_event: Frames of audio on a socket lack their `event`.
        socket_trace_in_base_resp: The trace id stands inside `base_resp` on a socket.
        speech_task_fails: Asynchronous tasks fail.
        speech_task_bare_audio: The download of a task is the audio itself, not an archive.
    """

    response_delay: float = 0.0
    frame_delay: float = 0.0
    tokens_per_second: float = 0.0
    max_requests: int = 0
    window: float = 60.0
    cut_bytes: int = 0
    data_without_space: bool = False
    crlf: bool = False
    keep_alive_comments: bool = False
    missing_done: bool = False
    cut_stream_after: int = 0
    chunk_chars: int = 0
    empty_role: bool = False
    null_delta: bool = False
    content_on_finish: bool = False
    full_message_frame: bool = False
    extra_members: bool = False
    usage_zeros: bool = False
    usage_on_finish: bool = False
    no_usage: bool = False
    inline_think: bool = False
    think_tag: Literal["think", "mm:think"] = "think"
    unclosed_think: bool = False
    orphan_think_close: bool = False
    think_close_mid_chunk: bool = False
    reasoning_content_only: bool = False
    reasoning_details_only: bool = False
    cumulative_reasoning_details: bool = False
    cumulative_reasoning_content: bool = False
    cumulative_content: bool = False
    tool_argument_chars: int = 0
    tool_id_on_every_frame: bool = False
    tool_calls_in_one_frame: bool = False
    tool_index_missing: bool = False
    broken_arguments: bool = False
    leaked_tool_call: bool = False
    null_content: bool = False
    numeric_http_code: bool = False
    code_fence: bool = False
    no_trace_id: bool = False
    old_temperature_range: bool = False
    aggregated_audio_always: bool = False
    null_data_frame: bool = False
    json_stream_errors: bool = False
    socket_late_audio: bool = False
    socket_no_event: bool = False
    socket_trace_in_base_resp: bool = False
    speech_task_fails: bool = False
    speech_task_bare_audio: bool = False

    def with_header(self, headers: Mapping[str, str]) -> Quirks:
        """Return these quirks with those named in the request's header added.

        Raises:
            ValueError: The header names an unknown quirk.
        """
        text = headers.get(HEADER, "")
        changes = dict(self._change(item) for item in text.split(",") if item.strip())
        return dataclasses.replace(self, **changes) if changes else self

    def _change(self, item: str) -> tuple[str, Any]:
        name, _, value = item.strip().partition("=")
        field = name.strip().replace("-", "_").lower()
        if field not in self.__dataclass_fields__:
            raise ValueError(f"unknown quirk {name!r}")
        default = getattr(type(self), field)
        if isinstance(default, bool):
            return field, value.strip().lower() in TRUE_WORDS
        return field, type(default)(value.strip())
