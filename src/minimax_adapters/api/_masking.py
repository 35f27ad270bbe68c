"""Keys that a host repeats: in a text, a debug page, a header that becomes part of an error."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from minimax_adapters._sealing import NAME_OF_SECRET
from minimax_adapters.api._failures import chain
from minimax_adapters.api._judge import CUT

if TYPE_CHECKING:
    import httpx

_MASK: Final = "**********"
# No key is shorter, and less could stand in any text.
_SHORTEST: Final = 8


def mask(error: BaseException, sent: httpx.Request | None) -> None:
    """Mask the keys of a request in the texts and attributes of `error` and its causes.

    They are the values of `Authorization` and of each header that has the name of a secret, as
    gateways take them. `partial` is left as it came: it is the answer, not a text of the error.
    """
    secrets = _secrets_of(sent) if sent is not None else set()
    if not secrets:
        return
    for link in chain(error):
        link.args = tuple(_without(secrets, value) for value in link.args)
        attributes = getattr(link, "__dict__", {})
        for name, value in attributes.items():
            attributes[name] = _without(secrets, value)


def _secrets_of(sent: httpx.Request) -> set[str]:
    values = [text for name, text in sent.headers.items() if NAME_OF_SECRET.search(name)]
    # Credentials stand behind the name of their scheme, which may be left out where they are shown.
    values += [text.partition(" ")[2] for text in values]
    return {form for secret in values if len(secret) >= _SHORTEST for form in _forms_of(secret)}


def _forms_of(secret: str) -> set[str]:
    """Return how `secret` stands in a text, in a `repr` of a text or of bytes, and in JSON."""
    return {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}


def _without(secrets: set[str], value: object) -> object:
    if isinstance(value, list):  # The notes of an error.
        return [_without(secrets, part) for part in value]
    if isinstance(value, str):
        for secret in secrets:
            value = _masked(value, secret)
    return value


def _masked(text: str, secret: str) -> str:
    """Return `text` without `secret`, also where an error was cut in the middle of it."""
    text = text.replace(secret, _MASK)
    at = text.find(secret[:_SHORTEST])
    while at >= 0:
        pairs = zip(text[at:], secret, strict=False)
        length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        rest = text[at + length :]
        if not rest or rest.startswith(CUT):
            text = text[:at] + _MASK + rest
        at = text.find(secret[:_SHORTEST], at + 1)
    return text
