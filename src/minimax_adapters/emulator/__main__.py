"""`python -m minimax_adapters.emulator`: serve until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final, get_args

from ._emulator import Emulator
from ._lines import SynthesisError
from ._state import DEFAULT_API_KEY
from .voice import VoiceChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST_PORT: Final = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m minimax_adapters.emulator", description="Serve a local MiniMax on loopback."
    )
    parser.add_argument("--port", type=port, default=8765, help="0 picks a free port")
    parser.add_argument("--api-key", default=DEFAULT_API_KEY, help="the key to accept")
    parser.add_argument("--group-id", help="refuse any other GroupId")
    parser.add_argument("--seed", type=int, default=0, help="changes every id")
    parser.add_argument(
        "--voice",
        choices=get_args(VoiceChoice),
        default="auto",
        help="espeak says words, synthetic needs nothing installed, auto prefers words",
    )
    options = parser.parse_args(arguments)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        with Emulator(
            api_key=options.api_key,
            group_id=options.group_id,
            port=options.port,
            seed=options.seed,
            voice=options.voice,
        ) as emulator:
            sys.stdout.write(greeting(emulator))
            sys.stdout.flush()
            wait_for(ended)
    except OSError as error:
        parser.exit(1, f"{error.strerror or error}. Try --port 0.\n")
    except SynthesisError as error:
        parser.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    return 0


def port(text: str) -> int:
    """Return the number of a port.

    Raises:
        ArgumentTypeError: There is no such port.
    """
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: give 0 to {LAST_PORT}")
    return int(text)


def wait_for(ended: threading.Event) -> None:
    """Wait until the process is told to end."""
    ended.wait()


def greeting(emulator: Emulator) -> str:
    """Return what the user needs to know to talk to `emulator`."""
    exports = "".join(f"  export {name}={value}\n" for name, value in emulator.environment.items())
    return (
        f"MiniMax emulator on {emulator.url} (Ctrl-C ends it)\n"
        f"API key: {emulator.api_key}\n\n"
        f"Point a client here:\n{exports}\n"
        f"OpenAI SDK: base_url={emulator.url}/v1\n"
    )


if __name__ == "__main__":
    sys.exit(main())
