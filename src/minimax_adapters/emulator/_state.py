"""What the endpoints of one emulator share: settings, faults, and the record of requests.

The seam for endpoint modules (`chat`, `embeddings`, `models`, `speech`). Each of them exports
`routes(state: State) -> list[BaseRoute]`; the application mounts what they return. In a route:

    async def speak(request: Request) -> Response:
        state.authenticate(request)               # raises MiniMaxFault 1004 or 2049
        quirks = state.quirks_for(request)        # settings plus the request's own header
        fault = state.next_fault(request)         # None, or a Fault to obey
        if fault and fault.at == "response":
            raise fault.as_error()                # the application picks the envelope
        trace_id = state.trace_id(request)        # the same id on every call for one request
        ...

`MiniMaxFault` raised inside an HTTP route becomes the answer of the endpoint's family, so that
plain refusals need no code. A fault with `at` of `first_frame` or `mid_stream` is for streams: send
`base_resp_for(fault.code, fault.text)` as a frame, the latter after `fault.after` frames. Broken
transports (`Fault.breakage`) never reach an endpoint. Requests, and the messages of WebSockets,
are recorded before the endpoint runs; `state.recorded(request)` returns that record.
All of these accept a `Request` or a `WebSocket`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final

from ._clock import Clock
from ._errors import MiniMaxFault
from ._faults import Fault, FaultQueue, fault_from_header
from ._quirks import Quirks
from ._throttle import Throttle
from ._tokens import PrefixCache
from ._vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection

    from ._reply import Reply
    from .voice import VoiceChoice

DEFAULT_API_KEY: Final = "emulator-key"
FIXED_TIME: Final = 1_794_000_000

SCOPE_MEMBER: Final = "minimax_adapters.emulator"


@dataclasses.dataclass
class RecordedRequest:
    """A request as it arrived.

    Attributes:
        method: HTTP method, or `WEBSOCKET`.
        path: Path without query.
        query: Query parameters, the last of equal names.
        headers: Headers with lower-case names.
        body: The bytes of the body.
        json: The parsed body, None if it is not JSON.
        trace_id: The `Trace-Id` that the answer carries.
        messages: Texts and bytes that came over a WebSocket, oldest first.
        status: HTTP status of the answer, None before it started.
        lost_thinking: An assistant message with tool calls came back without its thinking.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    json: Any
    trace_id: str
    messages: list[str | bytes] = dataclasses.field(default_factory=list)
    status: int | None = None
    lost_thinking: bool = False


class State:
    """One emulator's shared state. Created by `Emulator`, used by every route."""

    def __init__(  # noqa: PLR0913  # The settings of a server; all have defaults.
        self,
        *,
        api_key: str = DEFAULT_API_KEY,
        group_id: str | None = None,
        seed: int = 0,
        clock: Callable[[], float] | None = None,
        quirks: Quirks | None = None,
        voice: VoiceChoice = "auto",
    ) -> None:
        self.api_key = api_key
        self.group_id = group_id
        self.seed = seed
        self.quirks = quirks or Quirks()
        self.voice: VoiceChoice = voice
        self.faults = FaultQueue()
        self.requests: list[RecordedRequest] = []
        self.replies: deque[Reply] = deque()
        self.prefixes = PrefixCache()
        self.clock = Clock()
        self._throttle = Throttle(self.clock)
        self.vault = Vault(self.clock)
        self._clock = clock
        self._seen: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def now(self) -> int:
        """Return Unix seconds; a fixed moment unless a clock was given."""
        return int(self._clock()) if self._clock else FIXED_TIME

    def authenticate(self, request: HTTPConnection) -> None:
        """Check key, group and the limit of requests.

        Raises:
            MiniMaxFault: 1004 for a missing or malformed header or a foreign group, 2049 for an
                unknown key, 1002 for too many requests.
        """
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise MiniMaxFault(1004)
        if key.strip() != self.api_key:
            raise MiniMaxFault(2049)
        group = request.query_params.get("GroupId", self.group_id)
        if self.group_id is not None and group != self.group_id:
            raise MiniMaxFault(1004, "token not match group")
        quirks = self.quirks
        if quirks.max_requests and not self._throttle.admits(quirks.max_requests, quirks.window):
            raise MiniMaxFault(1002)

    def quirks_for(self, request: HTTPConnection) -> Quirks:
        """Return the quirks that apply to `request`."""
        try:
            return self.quirks.with_header(request.headers)
        except ValueError as error:
            raise MiniMaxFault(2013, f"emulator: {error}") from error

    def next_fault(self, request: HTTPConnection) -> Fault | None:
        """Take the fault that waits for `request`, if any. Call once per request."""
        try:
            fault = fault_from_header(request.headers)
        except ValueError as error:
            raise MiniMaxFault(2013, f"emulator: {error}") from error
        if fault is not None:
            return None if fault.breakage else fault
        return self.faults.take(request.url.path, breaking=False)

    def next_reply(self, record: RecordedRequest) -> Reply | None:
        """Take the next scripted reply, if any; a request from before `clear()` gets none."""
        if not any(kept is record for kept in reversed(self.requests)):
            return None
        with self._lock:
            return self.replies.popleft() if self.replies else None

    def new_trace_id(self, material: bytes = b"") -> str:
        """Return 32 hexadecimal digits: equal for equal seed, material and repetition."""
        digest = hashlib.blake2b(material, digest_size=16, salt=self.seed.to_bytes(8, "big"))
        with self._lock:
            self._seen[digest.digest()] += 1
            repetition = self._seen[digest.digest()]
        digest.update(repetition.to_bytes(4, "big"))
        return digest.hexdigest()

    def recorded(self, request: HTTPConnection) -> RecordedRequest:
        """Return the record of `request`."""
        record: RecordedRequest = request.scope[SCOPE_MEMBER]
        return record

    def trace_id(self, request: HTTPConnection) -> str:
        """Return the trace id of `request`."""
        return self.recorded(request).trace_id

    def record(self, request: HTTPConnection, method: str, body: bytes) -> RecordedRequest:
        """Keep `request`; the application calls this once, before the endpoint."""
        material = b"\0".join([method.encode(), str(request.url.path).encode(), body])
        record = RecordedRequest(
            method=method,
            path=request.url.path,
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=body,
            json=parsed(body),
            trace_id=self.new_trace_id(material),
        )
        request.scope[SCOPE_MEMBER] = record
        self.requests.append(record)
        return record

    def clear(self) -> None:
        """Forget requests, faults, replies, prefixes and repetitions; settings stay."""
        self.requests.clear()
        self.faults.clear()
        self.replies.clear()
        self.prefixes.clear()
        self._throttle.clear()
        self.vault.clear()
        self._seen.clear()


def parsed(body: bytes) -> object:
    """Return `body` as JSON, None if it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None
