"""What the models can do: told by profiles, refused where it is known, left alone where not."""

# ruff: noqa: ANN401 - messages may be of any kind

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from minimax_adapters.api import APIError, InvalidInputError

if TYPE_CHECKING:
    from makers import Make

    from minimax_adapters.emulator import Emulator

PICTURES: list[Any] = [
    HumanMessage([{"type": "image", "url": "https://e.example.org/a.png"}]),
    HumanMessage([{"type": "image_url", "image_url": "https://e.example.org/a.png"}]),
    HumanMessage([{"type": "video", "url": "https://e.example.org/a.mp4"}]),
    ToolMessage([{"type": "image", "base64": "AAAA", "mime_type": "image/png"}], tool_call_id="1"),
]


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("model", ["MiniMax-M2.7", "MiniMax-M2", "MiniMaxAI/minimax-m2.5"])
async def test_models_that_cannot_see_are_told_apart(
    chat: Make, emulator: Emulator, model: str, picture: Any
) -> None:
    """MiniMax's 2013 does not say why; the error here says which model to ask."""
    asked = AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": "1"}])
    question = [HumanMessage("Look."), asked, picture] if picture.type == "tool" else [picture]

    with pytest.raises(InvalidInputError, match="Ask MiniMax-M3"):
        chat(model=model).invoke(question)
    with pytest.raises(ModelInvalidRequestError, match="Ask MiniMax-M3"):
        await chat().ainvoke(question, model=model)
    with pytest.raises(InvalidInputError, match="Ask MiniMax-M3"):
        list(chat(model=model).stream(question))
    assert not emulator.requests


@pytest.mark.parametrize("model", ["MiniMax-M4", "my-own-finetune", "minimax-m3"])
def test_models_that_are_not_known_here_get_everything(
    chat: Make, emulator: Emulator, model: str
) -> None:
    """A new model must not need a new version; what it cannot do, MiniMax says."""
    with pytest.raises(APIError):
        chat(model=model).invoke([PICTURES[0]])

    sent = emulator.requests[-1].json
    assert sent["model"] == model
    assert sent["messages"][0]["content"][0]["type"] == "image_url"
    emulator.clear()


def test_profile_says_what_the_model_can_do(chat: Make) -> None:
    """Agents and middleware read it."""
    profile = chat().profile

    assert profile["max_input_tokens"] == 1_000_000
    assert profile["image_inputs"] is True
    assert profile["structured_output"] is False
    assert chat(model="MiniMax-M2.7").profile["image_inputs"] is False
    assert chat(model="my-own").profile is None


CATALOG: Final = json.loads(
    (Path(__file__).resolve().parents[1] / "contract" / "reference" / "models.json").read_text(
        encoding="utf-8"
    )
)


# MiniMax has removed the others from its lists.
CALLABLE: Final = [one for one in CATALOG["chat"] if not one["status"].startswith("historical")]


@pytest.mark.parametrize("entry", CALLABLE, ids=lambda entry: entry["id"])
def test_every_model_of_the_catalogue_has_a_profile(chat: Make, entry: dict[str, Any]) -> None:
    """With what MiniMax says of it."""
    profile = chat(model=entry["id"]).profile

    assert profile["max_input_tokens"] == entry["context"]
    assert profile["max_output_tokens"] == entry["max_output"]
    assert profile["image_inputs"] == ("image" in entry["modalities"])
    assert profile["video_inputs"] == ("video" in entry["modalities"])
    assert profile["text_inputs"] is True


def test_traces_are_told_the_model_that_is_asked(chat: Make) -> None:
    """Also if it is that of the call."""
    model = chat(temperature=0.3, max_tokens=9, stop="END")

    params = model._get_ls_params(stop=["."], model="MiniMax-M2.7")

    assert params["ls_provider"] == "minimax"
    assert params["ls_model_type"] == "chat"
    assert params["ls_model_name"] == "MiniMax-M2.7"
    assert (params["ls_temperature"], params["ls_max_tokens"]) == (0.3, 9)
    assert params["ls_stop"] == ["."]
    assert model._get_ls_params()["ls_stop"] == ["END"]


def test_traces_are_told_the_packages_that_made_a_call(chat: Make) -> None:
    """As of every other model of LangChain."""
    versions = chat(metadata={"lc_versions": {"shelf-finder": "3"}}).metadata["lc_versions"]

    assert set(versions) >= {"shelf-finder", "langchain-core", "minimax-adapters"}
