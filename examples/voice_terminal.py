"""Ask in the terminal, and hear the answer while it is being written.

python examples/voice_terminal.py
python examples/voice_terminal.py --question "Tell me a story." --out story.wav --once

Ctrl-C stops the voice and asks for the next question; at the question, it ends the program.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from documents import add_out, minimax
from rich.console import Console
from rich.live import Live
from rich.text import Text
from voice import QUESTION, RATE, TOKENS_PER_SECOND, VOICE, Conversation
from voice_player import Meter, Player, find_player

from minimax_adapters.api import Audio, AudioChunk, Client, MiniMaxError

if TYPE_CHECKING:
    from collections.abc import Iterator


NOT_HEARD: Final = Path("answer.wav")


class Answer:
    """An answer that is shown and heard while it is written.

    State: `samples` that came so far, `meter` their levels, `complete` if nobody interrupted it.
    """

    def __init__(self, conversation: Conversation, console: Console, player: Player) -> None:
        self.samples = b""
        self.meter = Meter(RATE)
        self.complete = False
        self._conversation = conversation
        self._console = console
        self._player = player

    def speak(self, client: Client) -> None:
        """Speak until the answer ends, or somebody interrupts it with Ctrl-C."""
        live = Live(self, console=self._console, refresh_per_second=20, transient=True)
        try:
            with live if self._console.is_terminal else contextlib.nullcontext(), self._player:
                with client.stream_speech_from(self._texts(client), VOICE) as speech:
                    for event in speech:
                        if isinstance(event, AudioChunk):
                            self._take(event.data)
                self._player.wait()
            self.complete = True
        except KeyboardInterrupt:
            pass  # Leaving the blocks has stopped the player, and closed the voice.
        finally:
            self._conversation.end()
            shown = self._conversation.written if self._console.is_terminal else ""
            self._console.print(shown, markup=False, highlight=False)

    def _take(self, samples: bytes) -> None:
        self.samples += samples
        self.meter.take(samples)
        self._player.give(samples)

    def _texts(self, client: Client) -> Iterator[str]:
        with contextlib.closing(self._conversation.texts(client)) as texts:
            for text in texts:
                if not self._console.is_terminal:
                    print(text, end="", flush=True)
                yield text

    def __rich__(self) -> Text:
        """Return what a terminal shows now: the end of the text, if it is long, and the level."""
        written = Text(self._conversation.written)
        room = max(1, self._console.height - 2)
        shown = Text("\n").join(written.wrap(self._console, self._console.width)[-room:])
        time = f"{self.heard:5.1f} s of {self.meter.seconds:.1f} s   Ctrl-C: stop"
        return shown.append(f"\n{self.meter.bar(self.heard - 0.05)}  {time}", style="dim")

    @property
    def heard(self) -> float:
        """Seconds that were played."""
        return min(self._player.played, self.meter.seconds)


def main() -> None:
    """Ask and answer, until there are no more questions."""
    given = parse_arguments()
    console = Console()
    command = None if given.mute else find_player()
    out: Path | None = given.out
    if not command and out is None:
        out = NOT_HEARD
        console.print(f"No player was found (ffplay, mpv, aplay or sox): answers go to {out}.")
    with minimax(tokens_per_second=TOKENS_PER_SECOND), Client() as client:
        conversation = Conversation()
        question = given.question or ask(console)
        while question:
            conversation.ask(question)
            player = Player(command, RATE)
            answer = Answer(conversation, console, player)
            try:
                answer.speak(client)
            except MiniMaxError as error:
                if given.once:
                    raise
                console.print(f"[red]{error}[/]")
            if command and player.failed:
                out = out or NOT_HEARD
                console.print(f"{command[0]} plays nothing (no sound card?): answers go to {out}.")
                command = None
            report(answer, out, console)
            question = None if given.once else ask(console)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Ask, and hear the answer while it is written.")
    parser.add_argument("--question", help=f'what to ask first, such as "{QUESTION}"')
    add_out(parser, ".wav")
    parser.add_argument("--once", action="store_true", help="end after the first answer")
    parser.add_argument("--mute", action="store_true", help="play nothing")
    return parser.parse_args()


def ask(console: Console) -> str | None:
    """Return the next question, None if there is none."""
    try:
        return console.input("\n[bold]You:[/] ").strip() or None
    except (EOFError, KeyboardInterrupt):
        console.print()
        return None


def report(answer: Answer, out: Path | None, console: Console) -> None:
    """Say what was spoken, and save it."""
    if not answer.samples:
        return
    audio = Audio(answer.samples, "pcm", sample_rate=RATE).playable()
    where = f", saved as {audio.save(out)}" if out else ""
    seconds = f"{len(answer.samples) / 2 / RATE:.1f} s"
    how = "spoken" if answer.complete else f"made, {answer.heard:.1f} s heard until you stopped it"
    console.print(f"({seconds} {how}{where})", style="dim", highlight=False)


if __name__ == "__main__":
    main()
