"""The picture that the README shows, drawn from results as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from benchmarks.measure import OURS, RAW
from benchmarks.plan import CORES, PEERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.measure import Row

# Row as it is named in the table, and as the picture calls it.
_SHOWN: Final = {
    "LangChain stream, large": "LangChain: a chunk of stream()",
    "LangChain astream, large": "LangChain: a chunk of astream()",
    "LangChain stream v1, large": "LangChain: with content blocks",
    "LangChain stream v3, large": "LangChain: with stream events",
    "LlamaIndex stream_chat, large": "LlamaIndex: a chunk of stream_chat()",
    "LangChain invoke": "LangChain: a call of invoke()",
    "LlamaIndex chat": "LlamaIndex: a call of chat()",
    "LangChain embeddings": "LangChain: embeddings of 256 texts",
}
_WIDTH: Final = 860
_LEFT: Final = 270
_SCALE_END: Final = 770
_BAR: Final = 14
_GROUP: Final = 46
_TOP: Final = 92
_INK: Final = "#1f2937"
_QUIET: Final = "#6b7280"
_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
    ' height="{height}" font-family="Helvetica, Arial, sans-serif">'
)
_COLOURS: Final = {OURS: "#0d9488", "peer": "#cbd5e1"}


def draw(rows: Sequence[Row]) -> str:
    """Return the picture: CPU time as multiples of raw httpx with json, ours above the peer."""
    found = {row.work: row for row in rows}
    shown = [(label, found[work]) for work, label in _SHOWN.items() if work in found]
    longest = max(max(row.ratio(name, RAW) for name in row.samples) for _, row in shown)
    unit = (_SCALE_END - _LEFT) / longest
    height = _TOP + _GROUP * len(shown) + 34
    parts = [
        _HEAD.format(width=_WIDTH, height=height),
        f'<rect width="{_WIDTH}" height="{height}" rx="10" fill="#ffffff"/>',
        _text(24, 36, "CPU time, as multiples of raw httpx + json", size=19, weight="bold"),
        *_legend(),
    ]
    for position, (label, row) in enumerate(shown):
        parts += _group(_TOP + _GROUP * position, label, row, unit)
    x = _LEFT + unit
    parts.append(
        f'<line x1="{x:.1f}" y1="{_TOP - 6}" x2="{x:.1f}" y2="{height - 34}" stroke="{_INK}"'
        ' stroke-width="1" stroke-dasharray="2 3"/>'
    )
    note = (
        "Streams are read 64 KiB at a time. Dashed: raw httpx + json."
        " Mark: that plus the framework with a fake model, the floor."
    )
    parts += [_text(24, height - 14, note, size=12, colour=_QUIET), "</svg>"]
    return "\n".join(parts) + "\n"


def _legend() -> Iterator[str]:
    entries = ((_COLOURS[OURS], OURS), (_COLOURS["peer"], "the package people use today"))
    for x, (colour, label) in zip((24, 190), entries, strict=True):
        yield f'<rect x="{x}" y="54" width="13" height="13" rx="2" fill="{colour}"/>'
        yield _text(x + 20, 65, label, size=13)


def _group(top: int, label: str, row: Row, unit: float) -> Iterator[str]:
    yield _text(_LEFT - 14, top + 19, label, anchor="end", size=13)
    peer = next(name for name in row.samples if name in PEERS)
    core = next((name for name in row.samples if name in CORES), None)
    mark = unit * (1 + (row.ratio(core, RAW) if core else 0))
    for line, (name, colour) in enumerate(((OURS, _COLOURS[OURS]), (peer, _COLOURS["peer"]))):
        ratio = row.ratio(name, RAW)
        y = top + line * (_BAR + 2)
        width = ratio * unit
        size = f'width="{width:.1f}" height="{_BAR}"'
        yield f'<rect x="{_LEFT}" y="{y}" {size} rx="2" fill="{colour}"/>'
        shown = f"{ratio:.1f}"
        if name != OURS:
            shown += f"  {name}"
        # Where the bar is long, its text is inside.
        inside = _LEFT + width > _SCALE_END - 150 and name != OURS
        # Beside a short bar, the text keeps clear of the marks.
        start = max(width, mark if name == OURS else unit) + 8
        x, anchor = (_LEFT + width - 7, "end") if inside else (_LEFT + start, "start")
        yield _text(x, y + 11, shown, size=12, anchor=anchor, colour=_INK)
    if core is not None:
        x = _LEFT + mark
        yield (
            f'<line x1="{x:.1f}" y1="{top - 3}" x2="{x:.1f}" y2="{top + _BAR + 3}"'
            f' stroke="{_INK}" stroke-width="2"/>'
        )


def _text(  # noqa: PLR0913 - the attributes of a text
    x: float,
    y: float,
    content: str,
    *,
    size: int,
    anchor: str = "start",
    colour: str = _INK,
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
        f' fill="{colour}" font-weight="{weight}">{escape(content)}</text>'
    )
