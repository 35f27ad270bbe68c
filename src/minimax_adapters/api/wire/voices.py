"""`POST /v1/get_voice`: the voices that a key may use.

Source: MiniMax's page `voice-management-get`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

VoiceKind: TypeAlias = Literal["system", "voice_cloning", "voice_generation"]


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice.

    Attributes:
        id: What to pass as `voice_id`.
        kind: `system` for MiniMax's own, `voice_cloning` and `voice_generation` for those of the
            account, which are listed after their first use.
        name: Its name, empty for voices of the account.
        description: What MiniMax says about it.
    """

    id: str
    kind: VoiceKind
    name: str = ""
    description: tuple[str, ...] = ()
