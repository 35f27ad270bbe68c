"""The fault server, and the random order of this folder's tests; the seed is chosen above."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import trustme

sys.path.insert(0, str(Path(__file__).parent))

from fault_server import FaultServer
from faults import FAULTS, register_code
from operations import OPERATIONS
from outcomes import CODES

from minimax_adapters.api import _clients, _routes

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLE: Final = "RELIABILITY_SEED"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffle the tests of this folder; the others keep their places."""
    here = Path(__file__).parent
    places = [place for place, item in enumerate(items) if here in item.path.parents]
    shuffled = [items[place] for place in places]
    random.Random(int(os.environ[_VARIABLE])).shuffle(shuffled)  # noqa: S311 - an order of tests
    for place, item in zip(places, shuffled, strict=True):
        items[place] = item


@pytest.fixture(scope="session")
def fault_server() -> Iterator[FaultServer]:
    """Return the server whose faults stand in its paths."""
    for code in CODES:
        register_code(code)
    with FaultServer(FAULTS) as server:
        for operation in OPERATIONS.values():
            # What a framework imports late must not count as the time of a call.
            operation({"base_url": server.url("healthy", "first"), "api_key": "k"}, "sync")
        yield server


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return an authority that certifies hosts of these tests."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return the side of a host on loopback, which is trusted in the test."""
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    for module in (_clients, _routes):
        monkeypatch.setattr(module, "tls_context", lambda: ours)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def untrusted_server() -> Iterator[FaultServer]:
    """Return a server whose certificate nobody vouches for, made for this run."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with FaultServer(FAULTS, context) as server:
        yield server


@pytest.fixture
def unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name server know any name."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.fixture
def unused_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def full_port() -> Iterator[int]:
    """Return a port whose queue of connections is full, so that connecting hangs."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 - the signature of sockets
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Return what a host waits for in the middle of its reply."""
    gate = threading.Event()
    yield gate
    gate.set()
