"""Flows driven by hand: outcomes of attempts go in, requests and waits come out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from pydantic import SecretStr

from minimax_adapters.api import MiniMaxError, Settings
from minimax_adapters.api._call import Call
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._judge import parse_json
from minimax_adapters.api._steps import AskKey, Incoming, Read, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from minimax_adapters.api.settings import SettingOptions

HOSTS: Final = ["https://one.example", "https://two.example"]
OK: Final = (200, b'{"fine": true}')
CALL: Call[dict[str, Any]] = Call("POST", "/v1/embeddings", b"{}", parse=parse_json, native=True)
STREAM: Call[ChatSession] = Call("POST", "/v1/chat/completions", b"{}", parse=ChatSession)


def native(code: int) -> tuple[int, bytes]:
    """Return an error of a native endpoint."""
    return 200, json.dumps({"base_resp": {"status_code": code, "status_msg": "no"}}).encode()


def compatible(status: int, code: int) -> tuple[int, bytes]:
    """Return an error of a compatible endpoint."""
    return status, json.dumps({"error": {"message": f"no ({code})"}}).encode()


class Clock:
    """Seconds that pass only by `Sleep`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Run:
    """A flow driven by hand: outcomes of attempts go in, `sent` and `waits` come out.

    An outcome is an exception, or status, body and headers; a body is bytes, or a list whose
    exceptions are raised while it is read.
    """

    def __init__(
        self,
        outcomes: Iterable[Any],
        keys: Sequence[str | None] = ("key", None),
        call: Call[Any] = CALL,
        seconds_per_attempt: float = 0.0,
        **options: Any,  # noqa: ANN401 - passed on as it came
    ) -> None:
        known: SettingOptions = {"api_key": "key", "base_url": HOSTS[0]}
        self.settings = Settings.resolve(**{**known, **options})
        self.clock = Clock()
        self.sent: list[httpx.Request] = []
        self.waits: list[float] = []
        self.asked: list[bool] = []
        self._outcomes = iter(outcomes)
        self._keys = iter(keys)
        self._seconds = seconds_per_attempt
        self._streamed = call is STREAM

    def flow(self, policy: Policy) -> Any:  # noqa: ANN401 - a flow of any result
        """Return the flow that is run."""
        return policy.stream(STREAM) if self._streamed else policy.call(CALL)

    def result(self) -> Any:  # noqa: ANN401 - whatever the call gives
        """Run to the end."""
        flow = self.flow(Policy(self.settings, self.clock))
        outcome: Any = None
        while True:
            try:
                step: Any = flow.send(outcome)
            except StopIteration as finished:
                return finished.value
            outcome = self._perform(step)

    def _perform(self, step: AskKey | Send | Read | Sleep) -> Any:  # noqa: ANN401 - of the step
        match step:
            case AskKey():
                self.asked.append(step.refused is not None)
                key = next(self._keys)
                return None if key is None else SecretStr(key)
            case Sleep():
                self.waits.append(step.seconds)
                self.clock.now += step.seconds
                return None
            case Read():
                return next(step.incoming.chunks, None)
        self.sent.append(step.request)
        self.clock.now += self._seconds
        outcome = next(self._outcomes)
        if isinstance(outcome, Exception):
            return outcome
        status, body, *headers = outcome
        named = headers[0] if headers else {}
        response = httpx.Response(status, headers=named, request=step.request)
        return Incoming(response, iter(body if isinstance(body, list) else [body]))

    @property
    def hosts(self) -> list[str]:
        """The host of each attempt."""
        return [request.url.host.removesuffix(".example") for request in self.sent]

    def error(self) -> Any:  # noqa: ANN401 - its class is what the tests check
        """Return the error that the flow raises."""
        with pytest.raises(MiniMaxError) as caught:
            self.result()
        return caught.value
