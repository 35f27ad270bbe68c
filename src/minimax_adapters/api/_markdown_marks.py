"""What the marks of Markdown look like, and how an address is said."""

from __future__ import annotations

import re
from typing import Final

# A line whose first characters are all of these may still become a rule, a list, a table ...
LINE_MARKS: Final = frozenset(" \t>#-*+•_=|:~`.)0123456789")
LONGEST_PREFIX: Final = 120
LONGEST_TAG: Final = 320
LONGEST_URL: Final = 2000
WRAPPED: Final = 45
WIDE: Final = "\u2e80"

FENCE: Final = re.compile(r"\s*(?:>\s?)*(`{3,}|~{3,})")
PREFIX: Final = re.compile(
    r"(?P<quote>\s*(?:>\s?)+)?\s*"
    r"(?:(?P<heading>#{1,6}(?=\s))|(?P<item>[-*+•](?=\s))|(?P<number>(?=\d{1,9}[.)]\s))"
    r"|(?P<table>\|[\s|]*))?\s*"
)
NOTE: Final = re.compile(r"\[(?:\d{1,3}|\^[^\]\s]{1,20}|[ xX])\]")
NOTE_BEGUN: Final = re.compile(r"\[(?:\d{0,3}|\^[^\]\s]{0,20}|[ xX])\]?")
PAUSE: Final = re.compile(r"<#[\d.]{1,6}#>")
AUTOLINK: Final = re.compile(r"<(https?://[^<>\s]+|[\w.+-]+@[\w.-]+)>", re.IGNORECASE)
TAG: Final = re.compile(r"<(/?[A-Za-z]+(?![A-Za-z])|!)[^<>\n]*>")
ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,9});")
ENTITY_BEGUN: Final = re.compile(r"&#?\w{0,10}")
URL: Final = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
URL_END: Final = re.compile(r"[\s<>\"'`()\[\]{}|\u2e80-\uffff]")
HOST: Final = re.compile(r"(?:[a-z]+://)?(?:[^/?#@]*@)?(?:www\.)?([^/?#:]*)", re.IGNORECASE)
BREAKING_TAGS: Final = frozenset({"br", "p", "/p", "li", "div", "/div", "tr", "hr"})
STARTS_OF_URLS: Final = ("http://", "https://", "www.")
LONGEST_START: Final = max(map(len, STARTS_OF_URLS))


def host_of(address: str) -> str:
    """Return what is said for an address: its host, or an e-mail address as it is."""
    if "://" not in address and "@" in address:
        return address
    found = HOST.match(address)
    return (found and found[1]) or address
