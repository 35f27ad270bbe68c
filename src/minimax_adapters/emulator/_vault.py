"""What an account keeps: files, voices of its own, tasks, and downloads without a key."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from typing import TYPE_CHECKING, Any, Final, Literal

from ._voices import DEFAULT_VOICE, VOICES, VoiceProfile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._clock import Clock

OwnKind = Literal["voice_cloning", "voice_generation"]

FIRST_ID: Final = 210_987_654_321_098_000
UNUSED_SECONDS: Final = 7 * 86_400.0


@dataclasses.dataclass(frozen=True)
class StoredFile:
    """An uploaded file."""

    file_id: int
    filename: str
    purpose: str
    content: bytes
    created_at: int

    def facts(self) -> dict[str, Any]:
        """Return its members on the wire."""
        return {
            "file_id": self.file_id,
            "bytes": len(self.content),
            "created_at": self.created_at,
            "filename": self.filename,
            "purpose": self.purpose,
        }


@dataclasses.dataclass
class OwnVoice:
    """A cloned or designed voice; it is deleted after 7 days unless it has spoken."""

    profile: VoiceProfile
    kind: OwnKind
    description: str
    created: float
    used: bool = False


class Vault:
    """Everything that an account keeps. Used by the server's thread and its workers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.files: dict[int, StoredFile] = {}
        self.tasks: dict[int, Any] = {}
        self.downloads: dict[str, tuple[bytes, str]] = {}
        self._voices: dict[str, OwnVoice] = {}
        self._next = FIRST_ID

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for kept in (self.files, self.tasks, self.downloads, self._voices):
                kept.clear()
            self._next = FIRST_ID

    def new_id(self) -> int:
        """Return the next 64-bit number."""
        with self._lock:
            self._next += 1
            return self._next

    def keep(self, filename: str, purpose: str, content: bytes, created_at: int) -> StoredFile:
        """Keep a file."""
        file = StoredFile(self.new_id(), filename, purpose, content, created_at)
        self.files[file.file_id] = file
        return file

    def publish(self, content: bytes, media_type: str, suffix: str) -> str:
        """Keep a download and return its name, which follows from its content."""
        name = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
        self.downloads[name] = content, media_type
        return name

    def own_voices(self) -> dict[str, OwnVoice]:
        """Return the voices of the account that have not expired."""
        now = self._clock.seconds()
        with self._lock:
            for name, voice in list(self._voices.items()):
                if not voice.used and now - voice.created >= UNUSED_SECONDS:
                    del self._voices[name]
            return dict(self._voices)

    def voices(self) -> Mapping[str, VoiceProfile]:
        """Return all voices that can speak; to look one up is to use it."""
        return Speakable(self.own_voices())

    def add_voice(
        self, voice_id: str, kind: OwnKind, material: bytes, description: str
    ) -> OwnVoice:
        """Keep a new voice, whose sound follows from `material`."""
        digest = hashlib.sha256(material).digest()
        profile = dataclasses.replace(
            DEFAULT_VOICE,
            voice_id=voice_id,
            gender="female" if digest[0] & 1 else "male",
            semitones=digest[1] / 32 - 4,
            timbre=digest[2] / 256 - 0.5,
        )
        voice = OwnVoice(profile, kind, description, self._clock.seconds())
        with self._lock:
            self._voices[voice_id] = voice
        return voice

    def remove_voice(self, voice_id: str) -> None:
        """Delete a voice."""
        with self._lock:
            self._voices.pop(voice_id, None)


class Speakable(dict[str, VoiceProfile]):
    """Profiles by name; a voice of the account that is asked for counts as used."""

    def __init__(self, own: Mapping[str, OwnVoice]) -> None:
        super().__init__(VOICES | {name: voice.profile for name, voice in own.items()})
        self._own = own

    def __getitem__(self, voice_id: str) -> VoiceProfile:
        """Return the profile and note its use."""
        profile = super().__getitem__(voice_id)
        if voice_id in self._own:
            self._own[voice_id].used = True
        return profile
