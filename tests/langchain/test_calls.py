"""What leaves for MiniMax, and what comes back, with the arguments that users know."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.exceptions import ModelTimeoutError
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool

from minimax_adapters.api import ConfigurationError
from minimax_adapters.emulator import Emulator, Quirks, Reply
from minimax_adapters.langchain import ChatMiniMax, cost_of_reply

if TYPE_CHECKING:
    from makers import Make


def body(emulator: Emulator) -> dict[str, Any]:
    """Return the last request."""
    found: dict[str, Any] = emulator.requests[-1].json
    return found


def test_defaults_send_nothing_but_the_question(chat: Make, emulator: Emulator) -> None:
    """MiniMax's own defaults apply; thinking comes apart and is asked for by name."""
    chat().invoke("Hello")

    assert body(emulator) == {
        "messages": [{"role": "user", "content": "Hello"}],
        "model": "MiniMax-M3",
        "reasoning_split": True,
        "thinking": {"type": "adaptive"},
    }


def test_parameters_of_the_model_are_sent(chat: Make, emulator: Emulator) -> None:
    """Each under MiniMax's name."""
    chat(
        model_name="MiniMax-M3.1-Flash",
        temperature=0.5,
        top_p=0.9,
        max_tokens=77,
        reasoning_effort="minimal",
        service_tier="priority",
        seed=7,
        extra_body={"mask_sensitive_info": True},
        model_kwargs={"custom": 1},
        default_headers={"X-App": "test"},
    ).invoke("Hello")

    sent = body(emulator)
    assert sent["model"] == "MiniMax-M3.1-Flash"
    assert (sent["temperature"], sent["top_p"], sent["seed"]) == (0.5, 0.9, 7)
    assert sent["max_completion_tokens"] == 77
    assert sent["reasoning_effort"] == "low"
    assert sent["service_tier"] == "priority"
    assert sent["mask_sensitive_info"] is True
    assert sent["custom"] == 1
    assert emulator.requests[-1].headers["x-app"] == "test"


def test_arguments_of_a_call_come_first(chat: Make, emulator: Emulator) -> None:
    """`bind()` and `invoke()` may change every parameter."""
    model = chat(temperature=0.5, max_tokens=50)

    model.bind(temperature=0.1).invoke("Hello", max_completion_tokens=60, model="MiniMax-M2.7")

    sent = body(emulator)
    assert sent["temperature"] == 0.1
    assert sent["max_completion_tokens"] == 60
    assert sent["model"] == "MiniMax-M2.7"


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [
        ({"type": "disabled"}, "disabled"),
        ("disabled", "disabled"),
        (False, "disabled"),
        (True, "adaptive"),
        ({"type": "enabled", "budget_tokens": 1024}, "adaptive"),
    ],
)
def test_thinking_in_every_form(
    chat: Make, emulator: Emulator, thinking: object, expected: str
) -> None:
    """MiniMax refuses Anthropic's `enabled`, and the default differs between its dialects."""
    chat(thinking=thinking).invoke("Hello")

    assert body(emulator)["thinking"] == {"type": expected}


@pytest.mark.parametrize("where", ["field", "call", "stream"])
def test_stop_is_honoured(chat: Make, emulator: Emulator, where: str) -> None:
    """MiniMax accepts and ignores it, so it is cut here."""
    emulator.script(Reply(text="One. Two. Three."))
    model = chat(stop_sequences=["Two"] if where == "field" else None)

    if where == "field":
        text = model.invoke("Count").content
    elif where == "call":
        text = model.invoke("Count", stop=["Two"]).content
    else:
        text = "".join(chunk.content for chunk in model.stream("Count", stop=["Two"]))

    assert text == "One. "


def test_names_of_other_classes_are_accepted(emulator: Emulator) -> None:
    """Of ChatOpenAI and of the community's MiniMaxChat; change one line, keep the rest."""
    model = ChatMiniMax(
        model_name="MiniMax-M3",
        minimax_api_key=emulator.api_key,
        minimax_api_host=f"{emulator.url}/v1/text/chatcompletion_v2",
        minimax_group_id="17",
        max_completion_tokens=50,
        request_timeout=30,
        streaming=True,
        stream_usage=True,
        presence_penalty=0.1,
        frequency_penalty=0.1,
        n=1,
    )

    assert model.invoke("Hello").content
    assert model.model_name == "MiniMax-M3"
    assert model.minimax_group_id == "17"
    assert str(model.minimax_api_key) == "**********"


def test_environment_of_the_community_class_is_read(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has set its variables sets nothing anew."""
    monkeypatch.setenv("MINIMAX_API_KEY", emulator.api_key)
    monkeypatch.setenv("MINIMAX_API_HOST", f"{emulator.url}/v1/text/chatcompletion_v2")

    assert ChatMiniMax().invoke("Hello").content


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"temprature": 1}, "temperature"),
        ({"max_token": 1}, "max_tokens"),
        ({"n": 2}, "one answer"),
        ({"openai_api_key": "x"}, "MINIMAX_API_KEY"),
        ({"model": "a", "model_name": "b"}, "both"),
        ({"zzz": 1}, "extra_body"),
    ],
)
def test_unknown_argument_is_an_error_with_advice(arguments: dict[str, Any], advice: str) -> None:
    """In silence it would be believed to work."""
    with pytest.raises(ConfigurationError, match=advice):
        ChatMiniMax(api_key="k", **arguments)


def test_unknown_argument_of_a_call_is_an_error(chat: Make) -> None:
    """As in the constructor."""
    with pytest.raises(ConfigurationError, match="temperature"):
        chat().invoke("Hello", temprature=1)


def test_missing_key_is_reported_at_construction() -> None:
    """Not in the middle of an agent."""
    with pytest.raises(ConfigurationError, match="MINIMAX_API_KEY"):
        ChatMiniMax()


def test_callable_key_is_asked_for(chat: Make, emulator: Emulator) -> None:
    """Keys from a vault, which may change."""
    assert chat(api_key=lambda: emulator.api_key).invoke("Hello").content


def test_several_and_late_system_messages_are_merged_for_old_models(
    chat: Make, emulator: Emulator
) -> None:
    """M2 models refuse a second one."""
    chat(model="MiniMax-M2.7").invoke(
        [SystemMessage("Be brief."), HumanMessage("Hello"), SystemMessage("Be kind.")]
    )

    roles = [message["role"] for message in body(emulator)["messages"]]
    assert roles == ["system", "user"]


@pytest.mark.parametrize("model", ["MiniMax-M2.7", "MiniMax-M3"])
def test_roles_in_a_row_are_accepted(chat: Make, emulator: Emulator, model: str) -> None:
    """Histories that were trimmed or merged have them."""
    history = [
        HumanMessage("Hello."),
        HumanMessage("Are you there?"),
        AIMessage("Yes."),
        AIMessage("I am."),
        HumanMessage("Good."),
    ]

    assert chat(model=model).invoke(history).content
    texts = " ".join(message["content"] for message in body(emulator)["messages"])
    assert all(message.text in texts for message in history)


def test_time_out_of_the_model_is_obeyed(chat: Make, emulator: Emulator) -> None:
    """And is LangChain's error for it."""
    emulator.quirks = Quirks(response_delay=5)

    with pytest.raises(ModelTimeoutError):
        chat(timeout=0.05, max_retries=0).invoke("Hello")


def test_key_is_nowhere_to_be_seen(
    chat: Make, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in representations, traces, cache keys or logs; nor are headers, which may hold one."""
    caplog.set_level(logging.DEBUG)
    model = chat(default_headers={"X-Gateway-Key": "hush"})
    model.invoke("Hello")

    shown = [
        repr(model),
        str(model.model_dump()),
        dumps(model),
        str(model.asdict()),
        str(model._get_ls_params()),
        str(model._serialized),
        model._get_llm_string(),
        caplog.text,
    ]
    assert not any(emulator.api_key in text or "hush" in text for text in shown)


def test_errors_of_validation_do_not_quote_the_key() -> None:
    """Pydantic shows the input by default."""
    with pytest.raises(ValueError, match="temperature") as caught:
        ChatMiniMax(api_key="secret-key", temperature="secret-key")

    assert "secret-key" not in str(caught.value)


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def test_tokens_are_an_estimate_on_the_high_side(chat: Make) -> None:
    """No tokenizer is published; images and tools count."""
    model = chat()

    words = model.get_num_tokens("Which river flows through Paris?")
    message = HumanMessage([{"type": "image", "url": "https://e.example.org/a.png"}])
    assert 7 <= words <= 20
    assert model.get_num_tokens_from_messages([message]) >= 5_000
    assert model.get_num_tokens_from_messages([HumanMessage("Hi")], tools=[add]) > 20


def test_cost_follows_from_usage_and_the_price_table(chat: Make) -> None:
    """0.30 and 1.20 dollars per million tokens, 0.06 for cached ones."""
    message = AIMessage(
        "",
        usage_metadata={
            "input_tokens": 1_000,
            "output_tokens": 100,
            "total_tokens": 1_100,
            "input_token_details": {"cache_read": 500},
        },
        response_metadata={"model_name": "MiniMax-M3"},
    )

    cost = cost_of_reply(message) or 0

    assert cost == pytest.approx((500 * 0.3 + 500 * 0.06 + 100 * 1.2) / 1e6)
    assert cost_of_reply(message, "priority") == pytest.approx(1.5 * cost)
    assert (cost_of_reply(chat().invoke("Hello")) or 0) > 0
    assert cost_of_reply(AIMessage("")) is None
