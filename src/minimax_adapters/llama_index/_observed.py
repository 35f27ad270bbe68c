"""Methods that tell LlamaIndex's observers what they do, if there are any.

LlamaIndex describes each call in an event, with its messages, and each chunk of a stream in one
more, with all text so far; all are validated, and handed to nobody where nothing observes. So
whether anything does is asked when a call begins.
"""

from __future__ import annotations

import inspect
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from llama_index.core.callbacks import CallbackManager
from llama_index.core.instrumentation.event_handlers import NullEventHandler
from llama_index.core.instrumentation.span_handlers import NullSpanHandler
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.dispatcher import DISPATCHER_SPAN_DECORATED_ATTR, Dispatcher

from minimax_adapters._originals import Originals
from minimax_adapters._sealing import seal

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

# Where LlamaIndex's decorators send their events.
_EVENTS: Final = "llama_index.core.llms.callbacks"
_NOBODY: Final = frozenset({NullEventHandler, NullSpanHandler})
# What observers are told by; whoever has taken its place is told as well.
_CALLBACKS: Final = Originals(
    CallbackManager, "on_event_start", "on_event_end", "start_trace", "end_trace"
)
_DISPATCH: Final = Originals(Dispatcher, "event", "span_enter", "span_exit", "span_drop")


def observable(tell: Callable[[F], F]) -> Callable[[F], F]:
    """Return a decorator for methods that are observed as `tell`, one of LlamaIndex's, does it.

    Without an observer the method runs by itself, after the rate limiter of its object.
    """

    def decorate(method: F) -> F:
        dispatcher = get_dispatcher(method.__module__)
        events = get_dispatcher(_EVENTS)
        signature = inspect.signature(method)
        observed: Any = dispatcher.span(tell(method))

        if inspect.iscoroutinefunction(method):

            async def run_async(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of any method
                seal(kwargs)  # No argument of a call is a key, so one will be refused.
                args = _listed(args, kwargs)
                if is_observed(self.callback_manager, events, dispatcher):
                    return await observed.__get__(self)(*args, **kwargs)
                if self.rate_limiter is not None:
                    await self.rate_limiter.async_acquire()
                return await method(self, *args, **kwargs)

            return _named_after(method, signature, run_async)

        def run(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of any method
            seal(kwargs)
            args = _listed(args, kwargs)
            if is_observed(self.callback_manager, events, dispatcher):
                return observed.__get__(self)(*args, **kwargs)
            if self.rate_limiter is not None:
                self.rate_limiter.acquire()
            return method(self, *args, **kwargs)

        return _named_after(method, signature, run)

    return decorate


def is_observed(callbacks: CallbackManager | None, *dispatchers: Dispatcher) -> bool:
    """Return whether callbacks, or events or spans of `dispatchers`, reach somebody."""
    # Without one, LlamaIndex makes it, with what observes all; a kind of its own needs no handler.
    if type(callbacks) is not CallbackManager or callbacks.handlers:
        return True
    if not (_CALLBACKS.are_in() and _CALLBACKS.are_of_class(callbacks) and _DISPATCH.are_in()):
        return True
    for dispatcher in dispatchers:
        asked: Dispatcher | None = dispatcher
        while asked:
            for handler in (*asked.event_handlers, *asked.span_handlers):
                if type(handler) not in _NOBODY:
                    return True
            asked = asked.parent if asked.propagate else None
    return False


def _listed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Let messages be read twice: an event reads iterators to their end."""
    if args and hasattr(args[0], "__next__"):
        return [*args[0]], *args[1:]
    if hasattr(kwargs.get("messages"), "__next__"):
        kwargs["messages"] = [*kwargs["messages"]]
    return args


def _named_after(method: F, signature: inspect.Signature, made: Callable[..., Any]) -> F:
    update_wrapper(made, method)
    # LlamaIndex writes its own mark there, which no signature can be read through.
    del made.__wrapped__  # type: ignore[attr-defined]  # update_wrapper() has set it
    made.__signature__ = signature  # type: ignore[attr-defined]  # read by inspect
    # Spans are part of what is observed: the base class shall add none.
    setattr(made, DISPATCHER_SPAN_DECORATED_ATTR, True)
    return cast("F", made)
