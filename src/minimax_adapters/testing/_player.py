"""Plays and records cassettes with vcrpy, which stands between httpx and its transports.

WebSocket sessions, which vcrpy cannot hold, play from a server of ours on loopback.

Playing is strict: a request has to be as recorded in method, host, path, query and body, every
recording has to be used, and no socket is opened.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from vcr.cassette import Cassette, CassetteNotFoundError
from vcr.filters import decode_response
from vcr.record_mode import RecordMode
from vcr.request import Request

from minimax_adapters.testing._closed import CassetteError, closed_sockets
from minimax_adapters.testing._compare import as_text, differences
from minimax_adapters.testing._exchange import body_of, content_of
from minimax_adapters.testing._scrub import REPLY_HEADERS, allowed, scrub, scrub_query
from minimax_adapters.testing._sockets import PATIENCE, SocketPlayer
from minimax_adapters.testing._tap import SocketTap, tapped
from minimax_adapters.testing._tape import Tape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

HOST: Final = "https://api.minimax.io"
_HOST: Final = "host-"


@dataclasses.dataclass(frozen=True)
class PlayedRequest:
    """A request that a cassette answered; members are named like those of the emulator."""

    method: str
    path: str
    query: dict[str, str]
    json: Any
    status: int


class Session:
    """A cassette while it plays or records. Owns the patches of vcrpy until its block ends.

    State: `_hosts` in the order in which they were called; cassettes know them by number, so
    that what one host recorded plays for another. `_refused` has what was not in the cassette,
    since an app may swallow the error.

    Attributes:
        tape: What plays, or what was recorded once the block has ended.
        requests: What was asked so far, oldest first.
    """

    def __init__(
        self,
        tape: Tape,
        *,
        recording: bool = False,
        secrets: Iterable[str] = (),
        patience: float = PATIENCE,
    ) -> None:
        self.tape = tape
        self.requests: list[PlayedRequest] = []
        self._recording = recording
        self._secrets = [secret for secret in secrets if secret]
        self._hosts: list[str] = []
        self._refused: list[CassetteError] = []
        self._stack = contextlib.ExitStack()
        self._cassette: Any = None
        self._tap: SocketTap | None = None
        sockets = [] if recording else tape.sockets
        self._player = SocketPlayer(sockets, patience) if sockets else None

    @property
    def url(self) -> str:
        """The base URL to use while this plays: any, or loopback where WebSockets are played."""
        return self._player.url if self._player else HOST

    def __enter__(self) -> Self:
        if self._recording:
            self._tap = self._stack.enter_context(tapped(self._secrets))
        else:
            addresses = [self._player.address] if self._player else []
            self._stack.enter_context(closed_sockets(addresses))
        if self._player:
            self._stack.enter_context(self._player)
        self._cassette = self._stack.enter_context(
            _Strict.use(
                path="cassette",
                persister=self,
                match_on=(_same,),
                record_mode=RecordMode.ALL if self._recording else RecordMode.NONE,
                before_record_request=self._normal,
                before_record_response=decode_response,
            )
        )
        self._cassette.session = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if self._recording:
            self.tape.sockets = self._tap.sessions if self._tap else []
            return
        if self._player and self._player.failures:
            raise CassetteError("\n".join(self._player.failures)) from error
        if self._refused and error is not self._refused[0]:
            raise self._refused[0] from error
        if error is None:
            self._check_all_played()

    def close(self) -> None:
        """Give up what `url` may have opened, if the block is not entered."""
        if self._player:
            self._player.close()

    def refuse(self, request: Request) -> CassetteError:
        """Return the error that says how `request` differs from what is recorded."""
        actual = json.loads(request.body)
        played = self._cassette.play_counts
        left = [
            one["request"]
            for position, one in enumerate(self.tape.exchanges)
            if not played[position]
        ]
        name = f"{actual['method']} {actual['path']}"
        if not left:
            text = f"{name} was asked, but everything in the cassette has been played."
        else:
            lines = min((differences(one, actual) for one in left), key=len)
            text = f"{name} is not as recorded:\n{as_text(lines)}"
        self._refused.append(CassetteError(text))
        return self._refused[-1]

    def note(self, request: Request, status: int) -> None:
        """Keep `request`, which is about to be answered with `status`."""
        sent = json.loads(request.body)
        query, body = sent.get("query", {}), sent.get("json")
        self.requests.append(PlayedRequest(sent["method"], sent["path"], query, body, status))

    def load_cassette(self, *_: object, **__: object) -> tuple[list[Request], list[Any]]:
        """Return the exchanges in vcrpy's form; it calls this before the first request."""
        if self._recording:
            raise CassetteNotFoundError
        exchanges = self.tape.exchanges
        return (
            [_as_request(one["request"]) for one in exchanges],
            [_as_response(one["reply"]) for one in exchanges],
        )

    def save_cassette(self, _: object, content: dict[str, Any], **__: object) -> None:
        """Take what was recorded; vcrpy calls this at the end of the block."""
        pairs = zip(content["requests"], content["responses"], strict=True)
        self.tape.exchanges = [
            {
                "request": json.loads(request.body),
                "reply": scrub(_reply_of(response), self._secrets),
            }
            for request, response in pairs
        ]

    def _normal(self, request: Request) -> Request:
        """Return `request` with its readable form as body; twice is as good as once."""
        parts = urlsplit(request.uri)
        if (parts.hostname or "").startswith(_HOST):
            return request
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._hosts:
            self._hosts.append(origin)
        number = self._hosts.index(origin) + 1
        kind = str(request.headers.get("content-type", ""))
        content = content_of(request.body or b"", kind)
        described = {
            "method": request.method,
            "host": number if number > 1 else None,
            "path": parts.path,
            "query": scrub_query(request.query),
        }
        kept = {name: value for name, value in described.items() if value}
        return _as_request(scrub(kept | content, self._secrets))

    def _check_all_played(self) -> None:
        played = self._cassette.play_counts
        unused = [
            f"  {position + 1}. {one['request']['method']} {one['request']['path']}"
            for position, one in enumerate(self.tape.exchanges)
            if not played[position]
        ]
        unused += self._player.unused() if self._player else []
        if unused:
            raise CassetteError("Recordings that nothing asked for:\n" + "\n".join(unused))


class _Strict(Cassette):  # type: ignore[misc]  # vcrpy has no types
    """A cassette of vcrpy that says what differs."""

    session: Session

    def can_play_response_for(self, request: Request) -> bool:
        """Tell whether there is an answer left.

        Raises:
            CassetteError: There is none, and nothing may be sent.
        """
        found = bool(super().can_play_response_for(request))
        if not found and self.record_mode == RecordMode.NONE:
            raise self.session.refuse(self.filter_request(request))
        return found

    def play_response(self, request: Request) -> object:
        """Return the answer to `request`."""
        response = super().play_response(request)
        self.session.note(self.filter_request(request), response["status"]["code"])
        return response


def play_cassette(path: Path) -> Session:
    """Return a block in which httpx is answered from the cassette at `path`.

    Raises:
        CassetteError: In the block or at its end: a request differs from the cassette, or a
            recording was not used.
        OSError: There is no cassette.
    """
    return Session(Tape.load(path))


@contextlib.contextmanager
def record_cassette(
    path: Path, *, origin: str, shows: str = "", secrets: Iterable[str] = ()
) -> Iterator[Session]:
    """Record what httpx is answered in the block, and write it to `path` if nothing fails.

    Args:
        path: File to write.
        origin: Where the answers come from, as people should read it.
        shows: What the cassette shows, in a sentence.
        secrets: Texts to be taken out, such as the key.

    Raises:
        CassetteError: At the end of the block: there was nothing to record.
    """
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    session = Session(Tape(origin, today, shows), recording=True, secrets=secrets)
    with session:
        yield session
    if not (session.tape.exchanges or session.tape.sockets):
        raise CassetteError(
            f"{path} was not written: there was no call to MiniMax that could be recorded. Make one"
            " in the test itself, as calls of fixtures and other processes are not seen, or take"
            " its marker away."
        )
    session.tape.save(path)


def _same(actual: Request, recorded: Request) -> bool:
    return bool(json.loads(actual.body) == json.loads(recorded.body))


def _as_request(described: dict[str, Any]) -> Request:
    uri = f"https://{_HOST}{described.get('host', 1)}{described['path']}"
    return Request(described["method"], uri, json.dumps(described), {})


def _as_response(reply: dict[str, Any]) -> dict[str, Any]:
    headers = {name: [text] for name, text in reply.get("headers", {}).items()}
    return {
        "status": {"code": reply["status"], "message": ""},
        "headers": headers,
        "body": {"string": body_of(reply)},
    }


def _reply_of(response: dict[str, Any]) -> dict[str, Any]:
    pairs = [(name, texts[0]) for name, texts in response["headers"].items()]
    headers = allowed(pairs, REPLY_HEADERS)
    return {
        "status": response["status"]["code"],
        "headers": headers,
        **content_of(response["body"]["string"], headers.get("content-type", "")),
    }
