"""What must not be in a cassette: taken out when it is recorded, refused when it is checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SCRUBBED: Final = "scrubbed"
REPLY_HEADERS: Final = frozenset(
    {"content-type", "trace-id", "minimax-request-id", "retry-after", "location"}
)
# Members of bodies that name an account.
_ACCOUNT: Final = frozenset(
    {
        "account_id",
        "api_key",
        "email",
        "group_id",
        "phone",
        "task_token",
        "user_id",
        "user_name",
        "user_uuid",
    }
)
_SIGNED_URL: Final = re.compile(
    r"(https?://[^\s?\"']+)\?[^\s\"']*(?:Signature|Expires|token)=[^\s\"']*"
)
_SECRETS: Final = {
    "a key": re.compile(r"\bsk-[A-Za-z0-9_-]{12,}|\beyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]+"),
    "an authorization": re.compile(
        r"(?i)\bauthorization['\"]?:|\bx-api-key['\"]?:|\bbearer\s+\S{8}"
    ),
    "a cookie": re.compile(r"(?i)\b(?:set-)?cookie['\"]?:"),
    "a group": re.compile(rf"(?i)\bgroup_?id['\"]?[:=]\s*(?!['\"]?{SCRUBBED})['\"]?\w"),
    "a signed address": re.compile(r"[?&](?:Signature|OSSAccessKeyId|X-Amz-\w+)="),
    "an e-mail address": re.compile(r"\b[\w.+-]+@(?!\d+\+)[\w-]+\.(?!example)[a-z]{2,}\b"),
    "a path of a machine": re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work)/\w"),
}


def secrets_in(text: str, known: Iterable[str] = ()) -> list[str]:
    """Return what `text` gives away, each with its beginning; empty if nothing.

    Args:
        text: A cassette as it is written.
        known: Further texts that must not occur, such as the key of a recording.
    """
    found = [
        f"{kind}: {match.group()[:12]}..."
        for kind, pattern in _SECRETS.items()
        for match in pattern.finditer(text)
    ]
    return found + ["a known secret" for secret in known if secret and secret in text]


def scrub(value: object, secrets: Iterable[str] = (), member: str = "") -> Any:  # noqa: ANN401 - any JSON
    """Return `value` without account data and without the texts of `secrets`."""
    if isinstance(value, dict):
        return {name: scrub(inner, secrets, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [scrub(inner, secrets) for inner in value]
    if member in _ACCOUNT and value:
        return SCRUBBED
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, SCRUBBED)
        return _SIGNED_URL.sub(rf"\1?{SCRUBBED}", value)
    return value


def scrub_query(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return query parameters without the group."""
    return {name: SCRUBBED if name.lower() == "groupid" else value for name, value in pairs}


def allowed(headers: Iterable[tuple[str, str]], names: frozenset[str]) -> dict[str, str]:
    """Return those of `headers` that `names` allows."""
    return {name.lower(): text for name, text in headers if name.lower() in names}
