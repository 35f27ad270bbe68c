"""The voice on a web page: its lines, and the page in a real browser."""

from __future__ import annotations

import base64
import importlib
import io
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import soundfile

from minimax_adapters.emulator import Quirks, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.emulator import Emulator

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
STORY = "Tell me a story about a lighthouse."


@pytest.fixture
def page(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the page, served in this process; the emulator answers."""
    uvicorn = pytest.importorskip("uvicorn")
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    app = importlib.import_module("voice_web").app
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", 0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def lines_of(page: str, **body: object) -> list[dict[str, Any]]:
    """Return the lines of an answer."""
    reply = httpx.post(f"{page}/answers", json=body)
    assert reply.status_code == 200
    return [json.loads(line) for line in reply.text.splitlines()]


def test_text_and_sound_come_side_by_side(page: str, emulator: Emulator) -> None:
    """The first sound is there before the last text."""
    emulator.quirks = Quirks(tokens_per_second=60)

    lines = lines_of(page, question=STORY)

    kinds = [next(iter(line)) for line in lines]
    assert kinds.index("audio") < len(kinds) - 1 - kinds[::-1].index("text")
    assert kinds[-1] == "messages"
    text = "".join(line.get("text", "") for line in lines)
    assert lines[-1]["messages"][-1]["content"] == text
    samples = b"".join(base64.b64decode(line.get("audio", "")) for line in lines)
    assert 5 < len(samples) / 48_000 < 60


def test_conversation_goes_on(page: str, emulator: Emulator) -> None:
    """The page hands the messages back, thinking included."""
    emulator.script(Reply(text="Paris.", thinking="France, so Paris."), Reply(text="Yes."))

    first = lines_of(page, question="The capital of France?")
    lines_of(page, question="Is it large?", messages=first[-1]["messages"])

    sent = [r.json["messages"] for r in emulator.requests if r.path.endswith("completions")][-1]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert sent[2]["reasoning_details"][0]["text"] == "France, so Paris."


def test_error_is_a_line(page: str, emulator: Emulator) -> None:
    """With its advice, to be shown."""
    emulator.fail_next(1008)

    assert "1008" in lines_of(page, question="Hello!")[-1]["error"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"question": "Hi", "messages": null}', {"Content-Type": "text/plain"}, 415),
        (b'{"question": "Hi", "messages": null}', {"Host": "evil.example"}, 400),
        (b'{"question": " ", "messages": null}', {}, 400),
        (b'{"question": 5, "messages": null}', {}, 400),
        (b'{"question": "Hi", "messages": "x"}', {}, 400),
        (b"[]", {}, 400),
        (b"Hi", {}, 400),
    ],
)
def test_other_pages_cannot_ask(
    page: str, emulator: Emulator, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Whoever asks here pays."""
    headers = {"Content-Type": "application/json"} | headers

    assert httpx.post(f"{page}/answers", content=content, headers=headers).status_code == status
    assert not emulator.requests


def test_who_hangs_up_stops_the_voice(page: str, emulator: Emulator) -> None:
    """The socket to the voice is closed, and the model is not read to its end."""
    emulator.quirks = Quirks(tokens_per_second=30)
    emulator.script(Reply(text="This is said again. " * 300))

    with httpx.stream(
        "POST", f"{page}/answers", json={"question": "Go on.", "messages": None}
    ) as reply:
        for line in reply.iter_lines():
            if "audio" in json.loads(line):
                break

    # The next question is answered at once: nothing of the first holds it up.
    emulator.quirks = Quirks()
    assert lines_of(page, question="Hello!")[-1]["messages"]
    said = next(r for r in emulator.requests if r.path.endswith("bidi")).messages
    assert len(said) < 40


def test_script_serves_the_page() -> None:
    """As a user starts it, without a key."""
    started = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "voice_web.py"), "--help"], stdout=subprocess.PIPE
    )

    assert b"--port" in started.communicate()[0]
    assert started.returncode == 0


@pytest.fixture
def browser() -> Iterator[Any]:
    """A page of a real browser, skipped where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="pip install playwright, to test in a browser"
    )
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no browser: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = chromium.new_page(viewport={"width": 900, "height": 600})
        opened.mistakes = []
        opened.on("pageerror", lambda error: opened.mistakes.append(str(error)))
        opened.on(
            "console",
            lambda message: opened.mistakes.append(message.text) if message.type == "error" else 0,
        )
        yield opened
        chromium.close()


# What the page shows in each of its frames: seconds heard and made, characters, and level.
WATCH = """() => {
  window.seen = [];
  const look = () => {
    const [heard, made] = document.getElementById("time").textContent.match(/[0-9.]+/g);
    const answer = [...document.querySelectorAll(".answer")].pop();
    window.seen.push([+heard, +made, answer ? answer.textContent.length : 0,
                      document.getElementById("level").value]);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_browser_plays_while_the_answer_is_written(
    page: str,
    emulator: Emulator,
    browser: Any,  # noqa: ANN401 - playwright is not there in each environment
    tmp_path: Path,
) -> None:
    """Sound is made and heard before the text is complete, and there is all of it at the end."""
    emulator.quirks = Quirks(tokens_per_second=25)
    browser.goto(page)
    browser.evaluate(WATCH)

    browser.get_by_role("button", name="Ask").click()
    with browser.expect_download(timeout=60_000) as saved:
        browser.locator("a.save").click(timeout=60_000)

    seen = browser.evaluate("window.seen")
    length = seen[-1][2]
    while_written = [frame for frame in seen if 0 < frame[2] < length]
    assert max(made for _, made, _, _ in while_written) > 1
    assert max(heard for heard, _, _, _ in while_written) > 0.5
    assert max(level for _, _, _, level in seen) > 0.3
    heard = [frame[0] for frame in seen]
    assert heard == sorted(heard)
    sound, rate = soundfile.read(io.BytesIO(Path(saved.value.path()).read_bytes()))
    assert rate == 24_000
    assert seen[-1][1] == pytest.approx(len(sound) / rate, abs=0.1)
    assert heard[-1] == pytest.approx(seen[-1][1], abs=0.3)
    assert browser.mistakes == []
    browser.screenshot(path=str(tmp_path / "done.png"))


def test_stop_is_silence_and_the_next_question_is_answered(
    page: str,
    emulator: Emulator,
    browser: Any,  # noqa: ANN401 - playwright is not there in each environment
    tmp_path: Path,
) -> None:
    """Barge-in."""
    emulator.quirks = Quirks(tokens_per_second=25)
    emulator.script(Reply(text="This is said again and again. " * 200), Reply(text="Yes."))
    browser.goto(page)
    browser.evaluate(WATCH)
    browser.get_by_role("button", name="Ask").click()
    browser.wait_for_function("window.seen.at(-1)[0] > 0.5 && window.seen.at(-1)[3] > 0.1")
    browser.screenshot(path=str(tmp_path / "speaking.png"))

    browser.get_by_role("button", name="Stop").click()

    assert browser.evaluate("document.getElementById('level').value") == 0
    assert browser.locator(".answer.stopped").count() == 1
    length = len(browser.locator(".answer").inner_text())
    emulator.quirks = Quirks()
    browser.get_by_label("Question").fill("And now?")
    browser.get_by_label("Question").press("Enter")
    browser.locator("a.save").wait_for()
    assert browser.locator(".answer").last.inner_text() == "Yes."
    assert len(browser.locator(".answer").first.inner_text()) == length
    sent = [r.json["messages"] for r in emulator.requests if r.path.endswith("completions")][-1]
    assert [message["role"] for message in sent][-3:] == ["user", "assistant", "user"]
    assert browser.mistakes == []
