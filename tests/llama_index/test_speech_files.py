"""Files that an agent has spoken: new ones, of audio, in the folder of the app."""

# ruff: noqa: ANN401 - the twins of a tool have no common type
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent

from minimax_adapters.api import InvalidInputError, MiniMaxError
from minimax_adapters.emulator import Emulator, Reply, ToolCall
from minimax_adapters.llama_index import MiniMax, MiniMaxSpeech, MiniMaxToolSpec

if TYPE_CHECKING:
    from pathlib import Path

PRECIOUS = b"print('precious')\n"


async def spoken(spec: MiniMaxToolSpec, name: Any, text: str = "Hello.") -> str:
    """Speak to a file."""
    return spec.speak_to_file(text, name)


async def aspoken(spec: MiniMaxToolSpec, name: Any, text: str = "Hello.") -> str:
    """Speak to a file, asynchronously."""
    return await spec.aspeak_to_file(text, name)


def names_in(folder: Path) -> list[str]:
    """Return the names of all files and folders."""
    return sorted(path.name for path in folder.iterdir())


each_way = pytest.mark.parametrize("speak", [spoken, aspoken])


@pytest.fixture
def spec(speech: MiniMaxSpeech, tmp_path: Path) -> MiniMaxToolSpec:
    """Return tools that write into a folder with files of the app."""
    for name in ("app.py", "report.md", "song.mp3"):
        (tmp_path / name).write_bytes(PRECIOUS)
    (tmp_path / "album.mp3").mkdir()
    return MiniMaxToolSpec(speech, tmp_path)


@each_way
@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("app.py", "app.py.mp3"),
        ("report.md", "report.md.mp3"),
        ("song.mp3", "song-2.mp3"),
        ("song", "song-2.mp3"),
        ("song.wav", "song-2.mp3"),
        ("album.mp3", "album-2.mp3"),
        (".bashrc", ".bashrc.mp3"),
        ("new.mp3", "new.mp3"),
    ],
)
async def test_no_file_is_written_over(
    speak: Any, name: str, made: str, spec: MiniMaxToolSpec, tmp_path: Path
) -> None:
    """Not one of the program, and not a song of the user."""
    answer = await speak(spec, name)

    assert answer.endswith(str(tmp_path / made))
    assert (tmp_path / made).read_bytes() == spec.speech.speak("Hello.").data
    for kept in ("app.py", "report.md", "song.mp3"):
        assert (tmp_path / kept).read_bytes() == PRECIOUS


async def test_calls_at_once_write_files_of_their_own(
    spec: MiniMaxToolSpec, tmp_path: Path
) -> None:
    """Agents call tools in parallel, and may choose the same name."""
    answers = await asyncio.gather(*[spec.aspeak_to_file("Hello.", "again") for _ in range(4)])

    names = {answer.rpartition("/")[2] for answer in answers}
    assert names == {"again.mp3", "again-2.mp3", "again-3.mp3", "again-4.mp3"}
    assert all((tmp_path / name).stat().st_size for name in names)


@each_way
@pytest.mark.parametrize(
    "name",
    [
        "../escape.mp3",
        "/etc/escape.mp3",
        ".",
        "",
        None,
        5,
        "a" * 300,
        "report.md/song.mp3",
        "a\0b",
        "\ud800.mp3",
        "out/escape.mp3",
    ],
)
async def test_a_name_that_cannot_be_is_refused_before_it_costs(
    speak: Any, name: Any, spec: MiniMaxToolSpec, tmp_path: Path, emulator: Emulator
) -> None:
    """The model reads why, and chooses another; it chooses the name, not the place."""
    (tmp_path / "out").symlink_to(tmp_path.parent, target_is_directory=True)
    before = names_in(tmp_path)

    with pytest.raises(InvalidInputError, match=r"Pass (a plain|another) file name\.$"):
        await speak(spec, name)

    assert emulator.requests == []
    assert names_in(tmp_path) == before


async def test_a_link_is_not_followed(spec: MiniMaxToolSpec, tmp_path: Path) -> None:
    """Neither to a file nor to where none is yet."""
    (tmp_path / "link.mp3").symlink_to(tmp_path.parent / "outside.mp3")

    answer = await spoken(spec, "link")

    assert answer.endswith("link-2.mp3")
    assert not (tmp_path.parent / "outside.mp3").exists()


@each_way
async def test_what_was_not_spoken_leaves_no_file(
    speak: Any, spec: MiniMaxToolSpec, tmp_path: Path, emulator: Emulator
) -> None:
    """The next attempt finds the name free."""
    emulator.fail_next(1000)

    with pytest.raises(MiniMaxError):
        await speak(spec, "greeting")

    assert not (tmp_path / "greeting.mp3").exists()
    assert (await speak(spec, "greeting")).endswith("greeting.mp3")


async def test_an_agent_keeps_the_program_that_it_runs_in(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator, monkeypatch: Any, tmp_path: Path
) -> None:
    """The folder is the working directory unless the app says another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_bytes(PRECIOUS)
    call = ToolCall(name="speak_to_file", arguments={"text": "Hi.", "file_name": "app.py"})
    emulator.script(Reply(tool_calls=[call]), Reply(text="Done."))
    agent = FunctionAgent(tools=[*MiniMaxToolSpec(speech).to_tool_list()], llm=llm)

    await agent.run("Say hi to app.py.")

    assert (tmp_path / "app.py").read_bytes() == PRECIOUS
    assert (tmp_path / "app.py.mp3").stat().st_size
