"""Ask the same question through LangChain and through LlamaIndex, side by side."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PIPELINES = {"LangChain": "langchain", "LlamaIndex": "llama_index"}


def main() -> None:
    """Run both examples and compare what they made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", nargs="+", metavar="PATH", help="files or folders to ask")
    parser.add_argument("--question", help="what to ask")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for audio")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    rows = []
    for name, script in PIPELINES.items():
        audio = arguments.out / f"answer-{script}.mp3"
        command = [sys.executable, str(HERE / f"ask_documents_{script}.py"), "--out", str(audio)]
        if arguments.docs:
            command += ["--docs", *arguments.docs]
        if arguments.question:
            command += ["--question", arguments.question]
        print(f"\n--- {name} " + "-" * (70 - len(name)), flush=True)
        started = time.perf_counter()
        subprocess.run(command, check=True)  # noqa: S603 - the scripts beside this one
        rows.append((name, time.perf_counter() - started, audio))

    print("\n--- Side by side " + "-" * 58)
    for name, seconds, audio in rows:
        size = audio.stat().st_size / 1024
        print(f"{name:<12}{seconds:5.1f} s in all, imports included   {audio} ({size:,.0f} KiB)")


if __name__ == "__main__":
    main()
