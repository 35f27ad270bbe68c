"""Tests that ask MiniMax itself: only with a key, and only when they are asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FINDING: Final = "finding"


@pytest.fixture(scope="session")
def minimax() -> Iterator[httpx.Client]:
    """A client of the host that the environment names, without any mending of ours."""
    key = os.environ.get("MINIMAX_API_KEY")
    if not key:
        pytest.skip("needs MINIMAX_API_KEY")
    host = os.environ.get("MINIMAX_BASE_URL") or "https://api.minimax.io"
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=host, headers=headers, timeout=120) as client:
        yield client


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Callable[[object], None]:
    """Return what writes a line into the table of findings."""

    def write(what: object) -> None:
        question = (request.function.__doc__ or "").partition("\n")[0]
        request.node.user_properties.append((FINDING, f"{question} {what}"))

    return write


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest's own is private
    """Print the table of findings."""
    lines = [
        text
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for kind, text in report.user_properties
        if kind == FINDING
    ]
    if lines:
        terminalreporter.section("What MiniMax does")
        for line in lines:
            terminalreporter.write_line(line)
