"""Whoever takes the place of LangChain's methods is called, with or without observers."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind
from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
import wrapt
from langchain_core.callbacks import (
    AsyncCallbackManager,
    AsyncCallbackManagerForLLMRun,
    BaseCallbackHandler,
    CallbackManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from minimax_adapters._originals import Originals
from minimax_adapters.emulator import Reply
from minimax_adapters.langchain import ChatMiniMax

if TYPE_CHECKING:
    from collections.abc import Callable

    from makers import Make

    from minimax_adapters.emulator import Emulator

_EACH = ["_get_invocation_params"]
_WHOLE = ["_combine_llm_outputs", *_EACH]
INSIDE = {
    "invoke": ["generate_prompt", "generate", "_generate_with_cache", *_WHOLE],
    "ainvoke": ["agenerate_prompt", "agenerate", "_agenerate_with_cache", *_WHOLE],
    "stream": _EACH,
    "astream": _EACH,
}
REPLACED = {method: [method, *names] for method, names in INSIDE.items()}
OWN = {"invoke": "_generate", "ainvoke": "_agenerate", "stream": "_stream", "astream": "_astream"}


async def call(model: Any, method: str) -> None:
    """Call one of the four methods to its end."""
    match method:
        case "invoke":
            model.invoke("Hello")
        case "ainvoke":
            await model.ainvoke("Hello")
        case "stream":
            list(model.stream("Hello"))
        case _:
            [_ async for _ in model.astream("Hello")]


def plain(calls: list[str], made: Callable[..., Any]) -> Any:
    """Return a function that counts and goes on, as tests write it."""

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(made.__name__)
        return made(*args, **kwargs)

    return counted


def wrapped(calls: list[str], made: Callable[..., Any]) -> Any:
    """Return one that bears the name of what it stands before, as tools for traces do."""
    return functools.wraps(made)(plain(calls, made))


def proxied(calls: list[str], made: Callable[..., Any]) -> Any:
    """Return what is equal to what it stands before, and says to be of its type, as wrapt does."""

    def counted(made: Callable[..., Any], _: object, args: Any, kwargs: Any) -> Any:
        calls.append(made.__name__)
        return made(*args, **kwargs)

    return wrapt.FunctionWrapper(made, counted)


@pytest.mark.parametrize("replace", [plain, wrapped, proxied])
@pytest.mark.parametrize(
    ("method", "name"), [(method, name) for method, names in REPLACED.items() for name in names]
)
async def test_a_method_that_was_replaced_is_called(
    chat: Make, monkeypatch: pytest.MonkeyPatch, method: str, name: str, replace: Any
) -> None:
    """To watch calls, to guard them, or to answer in a test without a network."""
    model, calls = chat(), list[str]()
    monkeypatch.setattr(BaseChatModel, name, replace(calls, getattr(BaseChatModel, name)))

    await call(model, method)

    assert calls == [name]


@pytest.mark.parametrize(
    ("method", "name"),
    [(method, name) for method, names in INSIDE.items() for name in [*names, OWN[method]]],
)
async def test_a_method_of_one_model_that_was_replaced_is_called(
    chat: Make, monkeypatch: pytest.MonkeyPatch, method: str, name: str
) -> None:
    """A test answers in the place of one model, and no other."""
    model, calls = chat(), list[str]()
    monkeypatch.setitem(vars(model), name, plain(calls, getattr(model, name)))

    await call(model, method)
    await call(chat(), method)

    assert calls == [name]


@pytest.mark.parametrize("replace", [wrapped, proxied])
def test_a_method_that_was_replaced_before_anybody_looked_is_no_original(
    monkeypatch: pytest.MonkeyPatch, replace: Any
) -> None:
    """Tools replace methods before this package is imported, or after."""
    monkeypatch.setattr(BaseChatModel, "generate", replace([], BaseChatModel.generate))
    found_replaced = Originals(BaseChatModel, "generate")

    assert not found_replaced.are_in()
    assert Originals(BaseChatModel, "agenerate").are_in()

    monkeypatch.undo()
    assert found_replaced.are_in()


async def test_an_answer_in_the_place_of_a_model_stays_as_it_is(
    chat: Make, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the id that it has, and completed as LangChain does it."""
    model = chat()
    message = AIMessage("Hm.", id="mine")
    result = ChatResult(generations=[ChatGeneration(message=message, generation_info={"a": 1})])
    chunk = ChatGenerationChunk(message=AIMessageChunk(content="Hm."))
    monkeypatch.setattr(model, "_generate", lambda *_, **__: result)
    monkeypatch.setattr(model, "_stream", lambda *_, **__: iter([chunk]))

    answer, chunks = model.invoke("Hello"), list(model.stream("Hello"))

    assert (answer.id, answer.response_metadata) == ("mine", {"a": 1})
    assert [each.content for each in chunks] == ["Hm.", ""]
    assert not emulator.requests


@pytest.mark.parametrize(
    ("methods", "owner", "name"),
    [
        *(
            (("invoke", "stream"), owner, name)
            for owner, name in (
                (CallbackManager, "on_chat_model_start"),
                (CallbackManagerForLLMRun, "on_llm_end"),
            )
        ),
        *(
            (("ainvoke", "astream"), owner, name)
            for owner, name in (
                (AsyncCallbackManager, "on_chat_model_start"),
                (AsyncCallbackManagerForLLMRun, "on_llm_end"),
            )
        ),
    ],
)
async def test_a_guard_of_all_runs_is_asked(
    chat: Make, monkeypatch: pytest.MonkeyPatch, methods: tuple[str, str], owner: type, name: str
) -> None:
    """Guards stand where LangChain tells of answers, and have no handler."""
    calls: list[str] = []
    monkeypatch.setattr(owner, name, plain(calls, getattr(owner, name)))

    for method in methods:
        await call(chat(), method)

    assert calls == [name] * 2


@pytest.mark.parametrize("method", REPLACED)
async def test_a_class_behind_ours_is_called(emulator: Emulator, method: str) -> None:
    """It stands between ours and LangChain's."""
    calls: list[str] = []

    class Logged(BaseChatModel):
        def invoke(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("invoke")
            return super().invoke(*args, **kwargs)

        async def ainvoke(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("ainvoke")
            return await super().ainvoke(*args, **kwargs)

        def stream(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("stream")
            return super().stream(*args, **kwargs)

        def astream(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("astream")
            return super().astream(*args, **kwargs)

    class Both(ChatMiniMax, Logged):
        pass

    await call(Both(base_url=emulator.url, api_key=emulator.api_key), method)

    assert calls == [method]


@pytest.mark.parametrize("method", ["invoke", "stream"])
async def test_a_class_before_ours_is_called(emulator: Emulator, method: str) -> None:
    """It changes what LangChain does inside of its methods."""
    calls: list[str] = []

    class Cached(ChatMiniMax):
        def _generate_with_cache(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("invoke")
            return super()._generate_with_cache(*args, **kwargs)

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("stream")
            return super()._stream(*args, **kwargs)

    await call(Cached(base_url=emulator.url, api_key=emulator.api_key), method)

    assert calls == [method]


class Told(BaseCallbackHandler):
    """Keeps the kinds of errors."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        """Keep one."""
        self.errors.append(type(error).__name__)


async def test_an_observer_is_told_when_a_stream_is_closed(chat: Make, emulator: Emulator) -> None:
    """Not some turns of the event loop later, when its span has ended."""
    emulator.script(Reply(text="word " * 300))
    told = Told()
    chunks = chat().astream("Hello", config={"callbacks": [told]})
    await anext(chunks)

    await chunks.aclose()

    assert told.errors == ["GeneratorExit"]


def test_an_odd_run_id_is_langchains_to_refuse(chat: Make) -> None:
    """With the same error as with an observer."""
    errors = []
    for callbacks in ([], [Told()]):
        with pytest.raises(ValueError, match="run_id") as caught:
            chat().invoke("Hello", config={"run_id": "abc", "callbacks": callbacks})
        errors.append(caught.type)

    assert errors[0] is errors[1]
