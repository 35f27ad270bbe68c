"""Headers of the user: those that can be sent as they stand, without a word of the others.

Their values are secrets as often as not, so an error names a header and never quotes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from minimax_adapters.api.errors import ConfigurationError

# RFC 9110, 5.6.2 and 5.5: what a name and a value are made of.
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_AROUND: Final = " \t\r\n"
# They say where a message ends, or belong to one connection: the library that sends sets them.
_OF_THE_CONNECTION: Final = re.compile(
    "connection|content-length|expect|http2-settings|keep-alive|proxy-connection|sec-websocket-.*"
    "|te|trailer|transfer-encoding|upgrade",
    re.IGNORECASE,
)


def checked_headers(argument: str, headers: object) -> dict[str, str]:
    """Return `headers` as they are sent: without blanks and line ends around the values.

    Raises:
        ConfigurationError: A header cannot be sent, or is not for a caller to set.
    """
    if not isinstance(headers, Mapping):
        kind = type(headers).__name__
        raise ConfigurationError(f"Pass {argument} as a dict of texts, not {kind}.")
    return {
        _name(name, place): _value(name, text)
        for place, (name, text) in enumerate(headers.items(), 1)
    }


def _name(name: object, place: int) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        # A whole line, the value included, may stand where the name belongs.
        raise ConfigurationError(
            f"Header {place} has a name that cannot be sent: use letters, digits and hyphens."
        )
    if _OF_THE_CONNECTION.fullmatch(name):
        raise ConfigurationError(
            f"The header {name!r} is set by the library that sends, as the connection needs it."
            " Leave it out."
        )
    if name.lower() == "authorization":
        raise ConfigurationError(
            f"The header {name!r} is made from the key: pass the key as api_key, without 'Bearer '."
        )
    return name


def _value(name: str, text: object) -> str:
    if not isinstance(text, str) or not text.isascii():
        raise ConfigurationError(f"The header {name!r} must be ASCII text: encode other values.")
    value = text.strip(_AROUND)
    if not _VALUE.fullmatch(value):
        raise ConfigurationError(
            f"The header {name!r} holds a line break or another control character. Copy its value"
            " again."
        )
    return value
