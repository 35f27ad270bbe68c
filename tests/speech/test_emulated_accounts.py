"""What the emulator refuses about files, voices and tasks, with the code of MiniMax."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import httpx
import numpy as np
import pytest
import soundfile

if TYPE_CHECKING:
    import ssl

    from minimax_adapters.emulator import Emulator

VOICE: Final = {"voice_id": "English_Graceful_Lady"}
TASK: Final[dict[str, Any]] = {"model": "speech-2.8-hd", "text": "Hi.", "voice_setting": VOICE}
DESIGN: Final[dict[str, Any]] = {"prompt": "A sailor.", "preview_text": "Ahoy."}


class Account:
    """Calls of a client that checks nothing by itself."""

    def __init__(self, emulator: Emulator, no_tls: ssl.SSLContext) -> None:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        self._client = httpx.Client(
            base_url=emulator.url, headers=headers, trust_env=False, verify=no_tls
        )

    def post(self, path: str, body: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Post JSON."""
        found: dict[str, Any] = self._client.post(path, json=body).json()
        return found

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Get JSON."""
        found: dict[str, Any] = self._client.get(path, params=query).json()
        return found

    def upload(self, purpose: str, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file."""
        files = {"file": (name, content)}
        reply = self._client.post("/v1/files/upload", data={"purpose": purpose}, files=files)
        found: dict[str, Any] = reply.json()
        return found

    def form(self, content: bytes, kind: str) -> dict[str, Any]:
        """Post a body as it is."""
        headers = {"Content-Type": kind}
        reply = self._client.post("/v1/files/upload", content=content, headers=headers)
        found: dict[str, Any] = reply.json()
        return found

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@pytest.fixture
def account(speaking: Emulator, no_tls: ssl.SSLContext) -> Any:  # noqa: ANN401 - a generator fixture
    """Return calls with the right key."""
    calls = Account(speaking, no_tls)
    yield calls
    calls.close()


def code(body: dict[str, Any]) -> int:
    """Return the code of an answer."""
    return int(body["base_resp"]["status_code"])


def sound(seconds: float) -> bytes:
    """Return a tone."""
    stream = io.BytesIO()
    soundfile.write(stream, np.sin(np.arange(int(8000 * seconds)) / 5), 8000, format="WAV")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("purpose", "name", "content"),
    [
        ("nothing", "a.txt", b"x"),
        ("t2a_async_input", "a.mp3", b"x"),
        ("t2a_async_input", "a.txt", b""),
        ("voice_clone", "a.wav", bytes(20 * 1024 * 1024 + 1)),
    ],
)
def test_wrong_uploads_are_refused(
    account: Account, purpose: str, name: str, content: bytes
) -> None:
    """With 2013."""
    assert code(account.upload(purpose, name, content)) == 2013


def test_what_is_no_form_is_refused(account: Account) -> None:
    """So is one without its fields."""
    assert code(account.form(b"{}", "application/json")) == 2013
    assert code(account.form(b"--b\r\n\r\nx\r\n--b--", "multipart/form-data; boundary=b")) == 2013


def test_files_that_do_not_exist_are_refused(account: Account) -> None:
    """With 20132, and wrong purposes with 2013."""
    kept = account.upload("t2a_async_input", "a.txt", b"text")["file"]["file_id"]

    assert code(account.get("/v1/files/retrieve", file_id="7")) == 20132
    assert code(account.get("/v1/files/retrieve", file_id="seven")) == 20132
    assert code(account.get("/v1/files/list", purpose="all")) == 2013
    assert code(account.post("/v1/files/delete", {"file_id": kept, "purpose": "x"})) == 2013
    wrong = {"file_id": kept, "purpose": "voice_clone"}
    assert code(account.post("/v1/files/delete", wrong)) == 2013


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"voice_id": "short"}, 2013),
        ({"voice_id": "ends-badly-"}, 2013),
        ({"voice_id": "English_Graceful_Lady"}, 2039),
        ({"file_id": 7}, 20132),
        ({"text": "A preview."}, 2013),
        ({"text": "x" * 1001, "model": "speech-2.8-hd"}, 2013),
        ({"text_validation": "x" * 201}, 2013),
        ({"accuracy": 2}, 2013),
        ({"model": "speech-9"}, 2013),
        ({"clone_prompt": {"prompt_audio": 7, "prompt_text": "x"}}, 20132),
        ({"clone_prompt": {"prompt_audio": 7}}, 2013),
    ],
)
def test_wrong_clones_are_refused(account: Account, changes: dict[str, Any], expected: int) -> None:
    """With the code that MiniMax documents."""
    sample = account.upload("voice_clone", "a.wav", sound(11))["file"]["file_id"]
    body = {"file_id": sample, "voice_id": "narrator-1"} | changes

    assert code(account.post("/v1/voice_clone", body)) == expected


def test_samples_have_their_length(account: Account) -> None:
    """2037 for the sample, 2048 for its prompt, 2013 for what is no sound."""
    upload = account.upload

    def clone(sample: int, **members: Any) -> int:  # noqa: ANN401 - any JSON
        body = {"file_id": sample, "voice_id": "narrator-1", **members}
        return code(account.post("/v1/voice_clone", body))

    short = upload("voice_clone", "a.wav", sound(9))["file"]["file_id"]
    noise = upload("voice_clone", "a.wav", b"no sound")["file"]["file_id"]
    good = upload("voice_clone", "a.wav", sound(10))["file"]["file_id"]
    prompt = upload("prompt_audio", "a.wav", sound(8))["file"]["file_id"]
    text = upload("t2a_async_input", "a.txt", b"text")["file"]["file_id"]

    assert clone(short) == 2037
    assert clone(noise) == 2013
    assert clone(text) == 20132
    assert clone(good, clone_prompt={"prompt_audio": prompt, "prompt_text": "x"}) == 2048
    assert clone(good, clone_prompt={"prompt_audio": good, "prompt_text": "x"}) == 2013
    assert clone(good) == 0
    assert clone(good) == 2039


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/v1/get_voice", {"voice_type": "mine"}, 2013),
        ("/v1/voice_design", DESIGN | {"prompt": ""}, 2013),
        ("/v1/voice_design", DESIGN | {"preview_text": "x" * 501}, 2013),
        ("/v1/voice_design", DESIGN | {"voice_id": "short"}, 2013),
        ("/v1/voice_design", {"prompt": "x"}, 2013),
        ("/v1/delete_voice", {"voice_type": "system", "voice_id": "x"}, 2013),
        ("/v1/delete_voice", {"voice_type": "voice_cloning", "voice_id": "x"}, 20132),
        ("/v1/t2a_async_v2", TASK | {"text_file_id": 1}, 2013),
        ("/v1/t2a_async_v2", {"model": "speech-2.8-hd", "text": "x"}, 2013),
        ("/v1/t2a_async_v2", TASK | {"text": " "}, 2013),
        ("/v1/t2a_async_v2", TASK | {"text": "x" * 50_001}, 2013),
        ("/v1/t2a_async_v2", TASK | {"text": "a\u200b\u200b"}, 1042),
        ("/v1/t2a_async_v2", TASK | {"voice_setting": {"voice_id": "nobody"}}, 20132),
        ("/v1/t2a_async_v2", TASK | {"audio_setting": 1}, 2013),
        ("/v1/t2a_async_v2", TASK | {"audio_setting": {"audio_sample_rate": 1}}, 2013),
        (
            "/v1/t2a_async_v2",
            TASK | {"audio_setting": {"format": "opus", "audio_sample_rate": 44100}},
            2013,
        ),
        (
            "/v1/t2a_async_v2",
            TASK | {"audio_setting": {"format": "pcm"}, "voice_modify": {"pitch": 1}},
            2013,
        ),
        ("/v1/t2a_async_v2", {k: v for k, v in TASK.items() if k != "text"}, 2013),
    ],
)
def test_wrong_bodies_are_refused(
    account: Account, path: str, body: dict[str, Any], expected: int
) -> None:
    """With the code that MiniMax documents."""
    assert code(account.post(path, body)) == expected


def test_tasks_take_files_of_their_purpose(account: Account) -> None:
    """And queries ask for tasks that exist."""
    sample = account.upload("voice_clone", "a.wav", sound(11))["file"]["file_id"]
    body = {k: v for k, v in TASK.items() if k != "text"} | {"text_file_id": sample}

    assert code(account.post("/v1/t2a_async_v2", body)) == 20132
    assert code(account.get("/v1/query/t2a_async_query_v2", task_id="7")) == 2013
    rates = [8000, 12000, 16000, 24000, 48000]
    settings = [{"format": "opus", "audio_sample_rate": rate} for rate in rates]
    bodies = [TASK | {"audio_setting": setting} for setting in settings]
    assert [code(account.post("/v1/t2a_async_v2", body)) for body in bodies] == [0] * 5
