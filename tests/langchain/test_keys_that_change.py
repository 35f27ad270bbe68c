"""A key that is changed later is hidden like the one that a model was made with."""

# ruff: noqa: ANN401 - adapters of any kind

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.exceptions import ModelAuthenticationError
from langchain_core.load import dumpd, dumps
from langchain_core.runnables import RunnableLambda
from pydantic import SecretStr

from minimax_adapters.langchain import (
    ChatMiniMax,
    MiniMaxEmbeddings,
    MiniMaxSpeech,
    MiniMaxSpeechTool,
)
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.emulator import Emulator

KEY: Final = "sk-hush-hush-hush"
ADAPTERS: Final = [ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech]


def copied(adapter: Any) -> Any:
    """Return a copy with the key, as the error for a call with a key advises."""
    return adapter.model_copy(update={"api_key": KEY})


def assigned(adapter: Any) -> Any:
    """Return the adapter itself with the key."""
    adapter.api_key = KEY
    return adapter


@pytest.mark.parametrize("change", [copied, assigned])
@pytest.mark.parametrize("kind", ADAPTERS)
def test_changed_key_is_nowhere_to_be_seen(kind: Any, change: Callable[[Any], Any]) -> None:
    """Not in representations, dumps, or those of chains."""
    adapter = change(kind(api_key="first"))

    assert adapter.api_key == SecretStr(KEY)
    for shown in (
        repr(adapter),
        str(adapter.model_dump()),
        dumps(adapter),
        json.dumps(dumpd(adapter), default=str),
        repr(RunnableLambda(len) | adapter) if hasattr(adapter, "invoke") else "",
        adapter.model_dump_json(exclude={"timeout"}),
    ):
        assert KEY not in shown


@pytest.mark.parametrize("change", [copied, assigned])
def test_tool_hides_the_changed_key_of_its_speech(change: Callable[[Any], Any]) -> None:
    """It shows the speech as a member of its own."""
    tool = MiniMaxSpeechTool(speech=change(MiniMaxSpeech(api_key="first")))

    assert KEY not in repr(tool) + dumps(tool) + str(tool.model_dump())


@pytest.mark.parametrize("form", [str, SecretStr, lambda key: lambda: key])
def test_changed_key_is_sent(emulator: Emulator, form: Callable[[str], Any]) -> None:
    """Whatever its form; and the dictionary of the caller is left as it was."""
    made = ChatMiniMax(base_url=emulator.url, api_key="first", max_retries=0)
    key = form(emulator.api_key)
    update = {"api_key": key}

    assert made.model_copy(update=update).invoke("Hello").text
    assert update == {"api_key": key}
    with pytest.raises(ModelAuthenticationError):
        made.invoke("Hello")


def test_failed_change_leaves_no_key_in_our_frames() -> None:
    """Crash reporters print what frames hold."""

    class Uncopied:
        """Has no copy."""

        def __deepcopy__(self, _: object) -> Any:
            raise NotImplementedError

    model: Any = ChatMiniMax(api_key="first")
    update = {"api_key": KEY, "minimax_api_key": KEY}
    model.__dict__["timeout"] = Uncopied()

    with pytest.raises(NotImplementedError) as copying:
        model.model_copy(update=update, deep=True)
    with pytest.raises(AttributeError) as assigning:
        model.minimax_api_key = KEY

    for caught in (copying, assigning):
        ours = [entry for entry in caught.traceback if "tests" not in str(entry.path)]
        assert ours
        assert not any(KEY in repr(entry.locals) for entry in ours)


def test_field_of_a_subclass_that_only_sounds_like_a_secret_is_left_alone() -> None:
    """As where it is made."""

    class Partitioned(ChatMiniMax):
        partition_key: str = ""

    model = Partitioned(api_key="first", partition_key="a")
    model.partition_key = "b"

    assert model.partition_key == "b"
    assert model.model_copy(update={"partition_key": "c"}).partition_key == "c"


@pytest.mark.parametrize("kind", [*ADAPTERS, MiniMax, MiniMaxEmbedding])
def test_an_adapter_that_is_half_made_can_be_shown(kind: Any) -> None:
    """As crash reports do with one whose copying failed."""
    assert repr(kind.__new__(kind)).endswith("()")
