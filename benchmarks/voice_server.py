"""A MiniMax that writes 60 tokens a second; `python -m benchmarks.voice_server`.

It prints its address and key, and ends when its standard input does. The voice is the emulator's,
which takes next to no time: what is measured is when a text is sent to it.
"""

from __future__ import annotations

import sys
from typing import Final

from minimax_adapters.emulator import Emulator, Quirks, Reply

TOKENS_PER_SECOND: Final = 60.0
SENTENCES: Final = 10
ANSWER: Final = " ".join(
    f"This is sentence number {number} of the answer, and it has as many words as most do."
    for number in range(1, SENTENCES + 1)
)
_QUESTIONS: Final = 1_000


def main() -> None:
    """Serve until standard input ends."""
    quirks = Quirks(tokens_per_second=TOKENS_PER_SECOND)
    with Emulator(voice="synthetic", quirks=quirks) as emulator:
        emulator.script(*[Reply(text=ANSWER)] * _QUESTIONS)
        print(emulator.url, emulator.api_key, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
