"""A cassette as a file: YAML that people read, with audio in files that people can play.

A file has these members:

recorded    `from` (`emulator` with its version, or the host of MiniMax) and `date`
shows       one sentence
exchanges   list of `request` and `reply`; see `_exchange`
sockets     list of WebSocket sessions, if there were any; see `_sockets`
gives       what the app received from the exchanges, where the recorder kept it

Two tags keep files short: `!numbers` is a list of numbers on a line, `!file name@start+length`
a range of bytes in a file of the folder `audio` beside the cassette, in hexadecimal.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any, Final

import yaml
from typing_extensions import override

if TYPE_CHECKING:
    from pathlib import Path

AUDIO_FOLDER: Final = "audio"
_ALWAYS_A_LIST: Final = 16
_LEAST_AUDIO: Final = 64
_MEMBERS_OF_AUDIO: Final = frozenset({"audio", "trial_audio", "bytes"})
_SUFFIXES: Final = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3"}
_MP3_FRAME: Final = 0xFF


@dataclasses.dataclass
class Tape:
    """The content of a cassette.

    Attributes:
        origin: Where it was recorded: `emulator` with its version, or a host.
        date: When, as year-month-day.
        shows: What it shows, in a sentence.
        exchanges: Requests and replies, in their order.
        sockets: WebSocket sessions, in their order.
        gives: What the app received, if that was kept.
    """

    origin: str
    date: str
    shows: str = ""
    exchanges: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    gives: Any = None
    sockets: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> Tape:
        """Read the cassette at `path`.

        Raises:
            OSError: It cannot be read.
            ValueError: It is no cassette.
        """
        reader = _reader_for(path.parent)
        try:
            members = yaml.load(path.read_bytes(), reader)  # noqa: S506 - a safe one, with two tags more
            recorded = members["recorded"]
            return cls(
                origin=recorded["from"],
                date=recorded["date"],
                shows=members.get("shows", ""),
                exchanges=members["exchanges"],
                gives=members.get("gives"),
                sockets=members.get("sockets", []),
            )
        except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is no cassette: {error}") from error

    def save(self, path: Path) -> None:
        """Write the cassette to `path`, and its audio beside it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        members = {
            "recorded": {"from": self.origin, "date": self.date},
            "shows": self.shows,
            "exchanges": [_shortened(one, path.parent) for one in self.exchanges],
            "sockets": [_shortened(one, path.parent) for one in self.sockets] or None,
            "gives": _Shortener(None).shorten(self.gives),
        }
        kept = {name: value for name, value in members.items() if value is not None and value != ""}
        text = yaml.dump(kept, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)
        path.write_text(text, encoding="utf-8")


class _Numbers(list[float]):
    """Numbers that are written on one line."""


class _Piece(str):
    """A range in a file of audio, as the file names it."""

    __slots__ = ()


class _Writer(yaml.CSafeDumper):  # type: ignore[misc]  # yaml has no types
    """Writes texts of several lines as blocks, and never an alias."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _write_text(writer: yaml.CSafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text.strip("\n") else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _write_numbers(writer: yaml.CSafeDumper, numbers: _Numbers) -> yaml.Node:
    return writer.represent_scalar("!numbers", " ".join(map(repr, numbers)))


_Writer.add_representer(str, _write_text)
_Writer.add_representer(_Numbers, _write_numbers)
_Writer.add_representer(
    _Piece, lambda writer, piece: writer.represent_scalar("!file", str.__str__(piece))
)


def _reader_for(folder: Path) -> type[yaml.CSafeLoader]:
    class Reader(yaml.CSafeLoader):  # type: ignore[misc]  # yaml has no types
        """Knows the tags of cassettes in one folder."""

    def numbers(_: yaml.CSafeLoader, node: yaml.ScalarNode) -> list[float]:
        return [float(word) if set(word) & set(".en") else int(word) for word in node.value.split()]

    def piece(_: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
        name, _, span = str(node.value).rpartition("@")
        start, _, length = span.partition("+")
        content = (folder / AUDIO_FOLDER / name).read_bytes()
        return content[int(start) : int(start) + int(length)].hex()

    Reader.add_constructor("!numbers", numbers)
    Reader.add_constructor("!file", piece)
    return Reader


def _shortened(exchange: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return `exchange` with its audio in one file of `folder`."""
    shortener = _Shortener(folder / AUDIO_FOLDER)
    shortener.gather(exchange)
    shortener.write()
    short: dict[str, Any] = shortener.shorten(exchange)
    return short


class _Shortener:
    """Moves audio into a file and marks long lists of numbers.

    State: `_sound` is the audio so far; equal audio is kept once, so that the last frame of a
    stream, which repeats the whole, costs nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._sound = bytearray()
        self._name = ""

    def gather(self, value: object, member: str = "") -> None:
        """Take the audio in `value`."""
        if isinstance(value, dict):
            for name, inner in value.items():
                self.gather(inner, name)
        elif isinstance(value, list):
            for inner in value:
                self.gather(inner)
        elif (sound := _sound_of(value, member)) and sound not in self._sound:
            self._sound += sound

    def write(self) -> None:
        """Write what was gathered, under a name made from its content."""
        if self._sound and self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256(self._sound).hexdigest()[:16]
            self._name = digest + _suffix(bytes(self._sound[:4]))
            (self._folder / self._name).write_bytes(self._sound)

    def shorten(self, value: object, member: str = "") -> Any:  # noqa: ANN401 - any JSON
        """Return `value` with references in the place of audio."""
        if isinstance(value, dict):
            return {name: self.shorten(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            if len(value) > _ALWAYS_A_LIST and all(type(one) in {int, float} for one in value):
                return _Numbers(value)
            return [self.shorten(inner) for inner in value]
        if self._name and (sound := _sound_of(value, member)):
            return _Piece(f"{self._name}@{self._sound.find(sound)}+{len(sound)}")
        return value


def _sound_of(value: object, member: str) -> bytes:
    if member in _MEMBERS_OF_AUDIO and isinstance(value, str) and len(value) >= _LEAST_AUDIO:
        try:
            return bytes.fromhex(value)
        except ValueError:
            return b""
    return b""


def _suffix(start: bytes) -> str:
    for sign, suffix in _SUFFIXES.items():
        if start.startswith(sign):
            return suffix
    return ".mp3" if start[:1] == bytes([_MP3_FRAME]) else ".bin"
