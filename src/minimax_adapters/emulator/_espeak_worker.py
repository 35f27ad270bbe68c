"""Runs alone, in a process of its own: speaks lines with the espeak-ng library.

The library keeps state between calls (noise, flutter), and nothing it offers resets that. A fresh
process per request makes equal requests sound equal, lets requests run side by side, and keeps a
crash of the library out of the emulator. Started by path, without site packages.

Reads one JSON object from stdin: `library`, `data`, `lines` (each `text` and `voices`, best first,
`rate` in words per minute, `pitch` and `range` from 0 to 99). Writes the sample rate as four
bytes, then per line its length in bytes and 16-bit samples, all in native order.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
from typing import Any

SYNCHRONOUS = 2
DO_NOT_EXIT = 0x8000
UTF_8 = 1
RATE, PITCH, RANGE = 1, 3, 4
BUFFER_MILLISECONDS = 200

Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def load(path: str) -> ctypes.CDLL:
    """Return the library with the argument types that are not plain integers."""
    library = ctypes.CDLL(path)
    library.espeak_Initialize.argtypes = [
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return library


def say(library: ctypes.CDLL, line: dict[str, Any]) -> None:
    """Speak one line into the callback."""
    for voice in line["voices"]:
        if library.espeak_SetVoiceByName(voice.encode()) == 0:
            break
    for parameter, member in ((RATE, "rate"), (PITCH, "pitch"), (RANGE, "range")):
        library.espeak_SetParameter(parameter, line[member], 0)
    text = line["text"].encode() + b"\0"
    library.espeak_Synth(text, len(text), 0, 1, 0, UTF_8, None, None)


def main() -> None:
    """Answer the request on stdin."""
    request = json.load(sys.stdin.buffer)
    library = load(request["library"])
    data = request["data"].encode()
    rate = library.espeak_Initialize(SYNCHRONOUS, BUFFER_MILLISECONDS, data, DO_NOT_EXIT)
    if rate <= 0:
        sys.exit(1)
    spoken = bytearray()

    def keep(samples: Any, count: int, _events: int) -> int:  # noqa: ANN401  # A ctypes pointer.
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * 2))
        return 0

    callback = Callback(keep)
    library.espeak_SetSynthCallback(callback)
    sys.stdout.buffer.write(struct.pack("=I", rate))
    for line in request["lines"]:
        spoken.clear()
        say(library, line)
        sys.stdout.buffer.write(struct.pack("=I", len(spoken)) + spoken)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
