"""Forms as browsers and HTTP libraries send them: `multipart/form-data`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ._errors import invalid

BOUNDARY: Final = re.compile(r'boundary="?([^";]+)"?')
NAME: Final = re.compile(r'\bname="([^"]*)"')
FILENAME: Final = re.compile(r'\bfilename="([^"]*)"')


class Part(NamedTuple):
    """A field of a form; `filename` is empty for plain ones."""

    filename: str
    content: bytes


def parse_form(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the fields of a form by name.

    Raises:
        MiniMaxFault: 2013, it is no form.
    """
    found = BOUNDARY.search(content_type)
    if not content_type.startswith("multipart/form-data") or not found:
        raise invalid("body is not multipart/form-data")
    fields: dict[str, Part] = {}
    for section in (b"\r\n" + body).split(b"\r\n--" + found[1].encode())[1:]:
        head, separator, content = section.partition(b"\r\n\r\n")
        name = NAME.search(head.decode("utf-8", "replace"))
        if not separator or not name:
            continue
        filename = FILENAME.search(head.decode("utf-8", "replace"))
        fields[name[1]] = Part(filename[1] if filename else "", content)
    return fields
