"""What users see: names, facts of models, prices, and what MiniMax was recorded to answer."""

from __future__ import annotations

import ast
import json
import py_compile
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest

import minimax_adapters.api
from minimax_adapters import api
from minimax_adapters.api import (
    APIError,
    AuthenticationError,
    ContextWindowError,
    InvalidRequestError,
    Usage,
    cost_of,
    errors,
    profile_of,
)
from minimax_adapters.api._chat import parse_chat
from minimax_adapters.api._judge import HTTPReply, parse_json
from minimax_adapters.api._models import parse_models
from minimax_adapters.api._usage import usage_from_wire
from minimax_adapters.api.profiles import PROFILES
from minimax_adapters.api.settings import SettingOptions, Settings

ROOT: Final = Path(__file__).resolve().parents[2]
CAPTURES: Final = ROOT.parent / "shared" / "captures"
CATALOG: Final = ROOT / "tests" / "contract" / "reference" / "models.json"


def test_all_is_what_users_see() -> None:
    """No name is public by accident, and none is missing."""
    visible = {
        name
        for name, value in vars(api).items()
        if not name.startswith("_") and not _is_module(value)
    }

    assert set(api.__all__) == visible
    assert api.__all__ == sorted(api.__all__)
    assert set(errors.__all__) <= set(api.__all__)
    assert set(errors.__all__) == {name for name in vars(errors) if name.endswith("Error")}


def _is_module(value: object) -> bool:
    return isinstance(value, type(minimax_adapters.api))


# Adapters and the API need them; they import nothing of this package themselves.
_BELOW_ALL: Final = {"_originals", "_sealing"}


def test_no_module_knows_a_framework_or_the_emulator() -> None:
    """Imports point one way: adapter, client, flow, wire and errors."""
    source = ROOT / "src" / "minimax_adapters"
    below = [source / f"{name}.py" for name in _BELOW_ALL]
    for path in [*(source / "api").rglob("*.py"), *below]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in filter(None, names):
                top, _, rest = name.partition(".")
                assert top not in {"langchain_core", "llama_index", "starlette", "uvicorn"}
                ours = rest.startswith("api") or rest in _BELOW_ALL
                assert top != "minimax_adapters" or (ours and path not in below)


def test_what_users_write_compiles(tmp_path: Path) -> None:
    """Its types are checked by mypy; it is never run."""
    py_compile.compile(
        str(ROOT / "tests" / "typing" / "api.py"), cfile=str(tmp_path / "api.pyc"), doraise=True
    )


def test_options_and_settings_have_the_same_documentation() -> None:
    """Each option is described where an editor shows it."""
    for option in SettingOptions.__annotations__:
        assert f"{option}:" in (SettingOptions.__doc__ or "")
    for name in Settings.__dataclass_fields__:
        assert f"{name}:" in (Settings.__doc__ or "")


@pytest.mark.parametrize(
    "name", ["MiniMax-M3", "minimax-m3", "MiniMaxAI/MiniMax-M3", "minimax/minimax-m3"]
)
def test_a_model_is_known_under_the_names_of_gateways(name: str) -> None:
    """They write lower case, or an owner in front."""
    assert profile_of(name).model == "MiniMax-M3"


def test_an_unknown_model_is_treated_with_caution() -> None:
    """One system message, text only, and no price is better than a wrong one."""
    profile = profile_of("MiniMax-M9")

    assert (profile.model, profile.images, profile.several_system_messages) == (
        "MiniMax-M9",
        False,
        False,
    )
    assert profile.price is None
    assert cost_of(Usage(1, 1, 2), "MiniMax-M9") is None
    assert cost_of(None, "MiniMax-M3") is None


def test_profiles_agree_with_the_published_catalog() -> None:
    """Where the catalog is at hand."""
    catalog = json.loads(CATALOG.read_text(encoding="utf-8"))
    for entry in _entries(catalog):
        profile = PROFILES.get(entry.get("id", ""))
        if profile and entry.get("context"):
            assert profile.context_window == entry["context"]


def _entries(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        found = [value] if "id" in value else []
        return found + [entry for inner in value.values() for entry in _entries(inner)]
    return (
        [entry for inner in value for entry in _entries(inner)] if isinstance(value, list) else []
    )


@pytest.mark.parametrize(
    ("usage", "model", "tier", "dollars"),
    [
        (Usage(1_000_000, 0, 0), "MiniMax-M2", "standard", 0.3),
        (Usage(0, 1_000_000, 0), "MiniMax-M2", "standard", 1.2),
        (Usage(1_000_000, 0, 0, cached_tokens=1_000_000), "MiniMax-M2", "standard", 0.03),
        (Usage(1_000_000, 0, 0, cache_creation_tokens=1_000_000), "MiniMax-M2", "standard", 0.375),
        (Usage(500_000, 0, 0, cache_creation_tokens=500_000), "MiniMax-M3", "standard", 0.15),
        (Usage(512_000, 0, 0), "MiniMax-M3", "standard", 0.1536),
        (Usage(1_000_000, 0, 0), "MiniMax-M3", "standard", 0.6),
        (Usage(1_000_000, 0, 0), "MiniMax-M3.1-Flash", "standard", 0.15),
        (Usage(1_000_000, 0, 0), "MiniMax-M2", "priority", 0.45),
        (Usage(10, 0, 0, cached_tokens=20), "MiniMax-M2", "standard", 6e-7),
    ],
)
def test_a_call_costs_what_the_price_page_says(
    usage: Usage,
    model: str,
    tier: Literal["standard", "priority"],
    dollars: float,
) -> None:
    """Cached tokens are cheaper, long prompts on M3 dearer; counts that disagree cost no less."""
    assert cost_of(usage, model, tier) == pytest.approx(dollars)


@pytest.mark.parametrize("value", [None, {}, [], "many", 5])
def test_usage_that_is_none_is_none(value: object) -> None:
    """Hosts send null, an empty object, or leave it out."""
    assert usage_from_wire(value) is None


def test_usage_is_read_as_far_as_it_goes() -> None:
    """Older models send a total only; explicit caching has the names of the other dialect."""
    assert usage_from_wire({"total_tokens": 7}) == Usage(0, 0, 7)
    assert usage_from_wire({"prompt_tokens": 3, "completion_tokens": 4}) == Usage(3, 4, 7)
    details = {"cache_read_input_tokens": 2, "cache_creation_input_tokens": 1}
    assert usage_from_wire({"prompt_tokens": 3, "prompt_tokens_details": details}) == Usage(
        3, 0, 3, 2, 1
    )
    assert usage_from_wire({"prompt_tokens": "3", "completion_tokens_details": []}) == Usage(
        0, 0, 0
    )


def _captured(pattern: str) -> list[Path]:
    return sorted(CAPTURES.glob(pattern))


def _as_reply(path: Path) -> HTTPReply:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    meta = recorded.get("_meta", {})
    body = meta.get("response_body_json", recorded)
    headers = httpx.Headers(meta.get("response_headers", {}))
    return HTTPReply(meta.get("http_status", 200), headers, json.dumps(body).encode())


def test_recorded_errors_are_typed() -> None:
    """Where the recordings are at hand: each is the class that its code means."""
    kinds = {
        "malformed-json": (InvalidRequestError, 2013),
        "missing-messages": (InvalidRequestError, 2013),
        "chat-bad-key": (AuthenticationError, 1004),
        "native-bad-key": (AuthenticationError, 1004),
        "bad-model": (InvalidRequestError, 2013),
        "huge-payload": (ContextWindowError, 2013),
    }
    for path in _captured("errors-*.json"):
        kind, code = next(value for name, value in kinds.items() if name in path.name)
        with pytest.raises(APIError) as caught:
            parse_json(_as_reply(path))

        assert type(caught.value) is kind
        assert caught.value.code == code
        assert caught.value.trace_id is not None
        assert len(str(caught.value)) < 1000


def test_recorded_answers_are_read() -> None:
    """Where the recordings are at hand: thinking is split off, tokens are counted."""
    for path in _captured("chat-completion-*.json"):
        reply = parse_chat(_as_reply(path))

        assert reply.content
        assert "think>" not in reply.content
        assert reply.reasoning
        assert reply.reasoning_details[0]["text"] == reply.reasoning
        assert reply.usage
        assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_the_recorded_list_of_models_is_read() -> None:
    """Where the recording is at hand."""
    for path in _captured("models-list-2*.json"):
        assert {card.id for card in parse_models(_as_reply(path))} <= set(PROFILES)
