"""What a job had done, on whatever error ended it: ours, the user's, a time-out, a signal."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, TypeVar

from minimax_adapters.api._failures import chain
from minimax_adapters.api.errors import MiniMaxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

E = TypeVar("E", bound=MiniMaxError)


def keep_partial(error: BaseException, done: object) -> None:
    """Put `done` on `error` as `partial`, and say so on errors that are not ours."""
    # Some classes take no attributes.
    with contextlib.suppress(AttributeError, TypeError):
        error.partial = done  # type: ignore[attr-defined]  # of errors of any class
        if not isinstance(error, MiniMaxError):
            error.add_note("What minimax_adapters had done is in `partial` of this error.")


@contextlib.contextmanager
def keeping_partial_of(before: BaseException | None) -> Iterator[None]:
    """Put what the error of a job holds on one that ends the job before it is resumed with it."""
    try:
        yield
    except BaseException as error:
        if (done := partial_of(before)) is not None:
            keep_partial(error, done)
        raise


def with_arrived(error: E, arrived: object) -> E:
    """Return the error of a stream with what had arrived, whose trace id it gets if it has none."""
    error.partial = arrived
    error.trace_id = error.trace_id or getattr(arrived, "trace_id", None)
    return error


def digest_of(texts: Iterable[str]) -> str:
    """Return what no other job has; lengths keep ["a", "b"] apart from ["ab"]."""
    known = hashlib.blake2b(digest_size=16)
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        known.update(b"%d:%b" % (len(content), content))
    return known.hexdigest()


def partial_of(error: object) -> object:
    """Return the `partial` of `error` or of what it comes from, None if there is none.

    `asyncio.timeout()` and an interrupted event loop raise errors of their own in place of the
    cancellation that ended the job.
    """
    for link in chain(error) if isinstance(error, BaseException) else ():
        if (done := getattr(link, "partial", None)) is not None:
            return done
    return None
