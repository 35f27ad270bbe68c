"""Every request and reply in the cassettes obeys the schemas of MiniMax's API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from jsonschema import Draft202012Validator

from minimax_adapters.testing import Tape

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME: Final = Path(__file__).parent
CASSETTES: Final = HOME.parents[1] / "cassettes"
FILES: Final = sorted(CASSETTES.rglob("*.yaml"))

# Path to the schemas of request, reply and payload of a stream; None where there is no body.
ENDPOINTS: Final = {
    "/v1/chat/completions": (
        "chat_completions.request",
        "chat_completions.response",
        "chat_completions.chunk",
    ),
    "/v1/embeddings": ("embeddings.request", "embeddings.response", None),
    "/v1/t2a_v2": ("t2a_v2.request", "t2a_v2.response", "t2a_v2.stream_event"),
    "/v1/t2a_async_v2": ("t2a_async_v2.request", "t2a_async_v2.response", None),
    "/v1/query/t2a_async_query_v2": (None, "t2a_async_query.response", None),
    "/v1/get_voice": ("get_voice.request", "get_voice.response", None),
    "/v1/voice_clone": ("voice_clone.request", "voice_clone.response", None),
    "/v1/voice_design": ("voice_design.request", "voice_design.response", None),
    "/v1/delete_voice": ("delete_voice.request", "delete_voice.response", None),
    "/v1/files/upload": (None, "files.upload.response", None),
    "/v1/files/list": (None, "files.list.response", None),
    "/v1/files/retrieve": (None, "files.retrieve.response", None),
    "/v1/files/delete": ("files.delete.request", "files.delete.response", None),
    "/v1/models": (None, "models.response", None),
}
# Path of a WebSocket to the schemas of what the app and the host send.
SOCKETS: Final = {
    "/ws/v1/t2a_v2": ("t2a_ws.client_event", "t2a_ws.server_event"),
    "/ws/v1/t2a_v2_bidi": ("t2a_ws_bidi.client_event", "t2a_ws_bidi.server_event"),
}
# Bytes, which have no schema.
DOWNLOADS: Final = ("/v1/files/retrieve_content", "/emulator/")
# What is sent on purpose although MiniMax refuses it.
WRONG_ON_PURPOSE: Final = {
    "errors/an_unknown_model",
    "sockets/code_2204_bidi",
    "sockets/code_2204_plain",
}


def validator(name: str) -> Draft202012Validator:
    """Return the validator of a schema."""
    schema = json.loads((HOME / "schemas" / f"{name}.json").read_text("utf-8"))
    return Draft202012Validator(schema)


VALIDATORS: Final = {file.stem: validator(file.stem) for file in (HOME / "schemas").glob("*.json")}


def values(exchange: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what an exchange holds: where, by which schema, and the value."""
    request, reply = exchange["request"], exchange["reply"]
    if request["path"].startswith(DOWNLOADS):
        return
    asked, answered, streamed = ENDPOINTS[request["path"]]
    if asked:
        yield "request", asked, request["json"]
    for position, event in enumerate(reply.get("events", [])):
        if event != "[DONE]":
            yield f"event {position}", refused(event, reply) or streamed or "", event
    if "json" in reply:
        yield "reply", refused(reply["json"], reply) or answered or "", reply["json"]


def frames(session: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what a WebSocket session holds: where, by which schema, and the event."""
    sent, received = SOCKETS[session["path"]]
    for number, frame in enumerate(session["frames"], 1):
        if "client" in frame:
            yield f"frame {number}", sent, frame["client"]
        if "server" in frame:
            yield f"frame {number}", received, frame["server"]


def refused(value: Any, reply: dict[str, Any]) -> str | None:  # noqa: ANN401 - any JSON
    """Return the schema of an error, None if `value` is none."""
    if value.get("type") == "error" or reply["status"] >= 400:
        return "error_envelope"
    bare = set(value) == {"base_resp"} or ("choices" in value and not value["choices"])
    return "base_resp_only" if bare and value.get("base_resp", {}).get("status_code") else None


def errors_in(path: Path) -> list[str]:
    """Return where the cassette at `path` breaks a schema."""
    found = []
    tape = Tape.load(path)
    checked_values = [*map(values, tape.exchanges), *map(frames, tape.sockets)]
    for number, found_values in enumerate(checked_values, 1):
        for place, schema, value in found_values:
            if schema == "base_resp_only":
                name, checked = "base_resp", value["base_resp"]
            else:
                name, checked = schema, value
            found += [
                f"{number}. {place} {error.json_path} ({name}): {error.message[:200]}"
                for error in VALIDATORS[name].iter_errors(checked)
            ]
    return found


def name_of(path: Path) -> str:
    """Return the name of a cassette."""
    return path.relative_to(CASSETTES).with_suffix("").as_posix()


@pytest.mark.sampled(share=0.2)
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_cassette_obeys_the_contract(path: Path) -> None:
    """Requests are what MiniMax documents, and so are replies, wherever they were recorded."""
    if name_of(path) in WRONG_ON_PURPOSE:
        assert errors_in(path)
    else:
        assert errors_in(path) == []


@pytest.mark.parametrize("name", VALIDATORS)
def test_schema_is_one(name: str) -> None:
    """Each is valid as a schema."""
    Draft202012Validator.check_schema(VALIDATORS[name].schema)


def test_what_breaks_the_contract_is_found() -> None:
    """An answer of the wrong type, and a request with a member that nobody knows."""
    chat = VALIDATORS["chat_completions.request"]

    assert list(chat.iter_errors({"model": "MiniMax-M3", "messages": "Hello"}))
    assert list(VALIDATORS["base_resp"].iter_errors({"status_code": "1002"}))
