"""Ask the same question through LangChain and through LlamaIndex, side by side."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PIPELINES = {"LangChain": "langchain", "LlamaIndex": "llama_index"}


def main() -> None:
    """Run both examples and compare what they made."""
    arguments = parse_arguments()
    out = arguments.out.expanduser()
    out.mkdir(parents=True, exist_ok=True)

    rows = []
    for name, script in PIPELINES.items():
        audio = out / f"answer-{script}.mp3"
        command = [sys.executable, str(HERE / f"ask_documents_{script}.py"), "--out", str(audio)]
        if arguments.docs:
            command += ["--docs", *arguments.docs]
        if arguments.question:
            command += ["--question", arguments.question]
        print(f"\n--- {name} " + "-" * (70 - len(name)), flush=True)
        started = time.perf_counter()
        if code := subprocess.run(command, check=False).returncode:  # noqa: S603 - our scripts
            sys.exit(code)
        rows.append((name, time.perf_counter() - started, audio))

    print("\n--- Side by side " + "-" * 58)
    for name, seconds, audio in rows:
        size = audio.stat().st_size / 1024
        print(f"{name:<12}{seconds:5.1f} s in all, imports included   {audio} ({size:,.0f} KiB)")


def parse_arguments() -> argparse.Namespace:
    """Read the command line; what it leaves out comes from the variables that make sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", nargs="+", metavar="PATH", help="files or folders to ask")
    parser.add_argument("--question", help="what to ask")
    parser.add_argument("--out", type=Path, help="folder for audio (default: demo-output)")
    arguments = parser.parse_args()
    arguments.docs = arguments.docs or paths_in(os.environ.get("DEMO_DOCS", ""))
    arguments.question = arguments.question or os.environ.get("DEMO_QUESTION")
    arguments.out = arguments.out or Path(os.environ.get("DEMO_OUT") or "demo-output")
    return arguments


def paths_in(text: str) -> list[str]:
    """Return one path that may hold blanks, or several that do not."""
    if not text or Path(text).expanduser().exists():
        return [text] if text else []
    return text.split()


if __name__ == "__main__":
    main()
