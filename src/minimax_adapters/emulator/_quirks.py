"""Misbehaviour as settings: what MiniMax, its hosts and its proxies were seen to do.

Every field is off by default. Fields can be set for all requests (`Emulator(quirks=Quirks(...))`,
`emulator.quirks = ...`) or for one request with the header
`X-Emulator-Quirks: missing-done, empty-role, chunk-chars=1`: the name of a field with dashes,
and `=value` for fields that are not booleans.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER: Final = "x-emulator-quirks"

TRUE_WORDS: Final = frozenset({"", "1", "true", "yes", "on"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quirks:
    """Deviations from the well-behaved server; see the comment of each group."""

    # Time, in seconds. Zero means as fast as possible.
    response_delay: float = 0.0
    frame_delay: float = 0.0
    tokens_per_second: float = 0.0

    # Limits of the account: more requests than that in so many seconds are answered with 1002.
    max_requests: int = 0
    window: float = 60.0

    # How the bytes of a stream are written.
    cut_bytes: int = 0
    data_without_space: bool = False
    crlf: bool = False
    keep_alive_comments: bool = False
    missing_done: bool = False
    cut_stream_after: int = 0

    # Members of frames.
    chunk_chars: int = 0
    empty_role: bool = False
    null_delta: bool = False
    content_on_finish: bool = False
    full_message_frame: bool = False
    extra_members: bool = False
    usage_zeros: bool = False
    usage_on_finish: bool = False
    no_usage: bool = False

    # Thinking.
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

    # Tool calls.
    tool_argument_chars: int = 0
    tool_id_on_every_frame: bool = False
    tool_calls_in_one_frame: bool = False
    tool_index_missing: bool = False
    broken_arguments: bool = False
    leaked_tool_call: bool = False
    null_content: bool = False

    # Answers as a whole.
    numeric_http_code: bool = False
    code_fence: bool = False
    no_trace_id: bool = False

    # Contracts of 2025: `temperature` 0 is refused by models before M3.
    old_temperature_range: bool = False

    # Speech: the last frame repeats the audio although it was excluded; a frame without data comes
    # second; a refused stream request is answered with a JSON body instead of a frame.
    aggregated_audio_always: bool = False
    null_data_frame: bool = False
    json_stream_errors: bool = False

    # Speech over WebSockets: the last audio comes with `task_finished`, frames of audio lack their
    # `event`, the trace id stands inside `base_resp`.
    socket_late_audio: bool = False
    socket_no_event: bool = False
    socket_trace_in_base_resp: bool = False

    # Long texts: the task fails, or its download is the audio itself instead of an archive.
    speech_task_fails: bool = False
    speech_task_bare_audio: bool = False

    def with_header(self, headers: Mapping[str, str]) -> Quirks:
        """Return these quirks with those named in the request's header added.

        Raises:
            ValueError: The header names an unknown quirk.
        """
        text = headers.get(HEADER, "")
        changes = dict(self._change(item) for item in text.split(",") if item.strip())
        return dataclasses.replace(self, **changes) if changes else self  # type: ignore[arg-type]  # values are parsed to the type of the field

    def _change(self, item: str) -> tuple[str, object]:
        name, _, value = item.strip().partition("=")
        field = name.strip().replace("-", "_").lower()
        if field not in self.__dataclass_fields__:
            raise ValueError(f"unknown quirk {name!r}")
        default = getattr(type(self), field)
        if isinstance(default, bool):
            return field, value.strip().lower() in TRUE_WORDS
        return field, type(default)(value.strip())
