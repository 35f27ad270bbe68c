"""Names of arguments: which are taken, which mean nothing to MiniMax, which are mistakes."""

from __future__ import annotations

import difflib
import logging
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_logger = logging.getLogger("minimax_adapters")

# What people write who know other clients. An argument is taken under such a name where the class
# has the other, and where it does not mean more than that.
SYNONYMS: Final = {
    "base_url": "api_base",
    "headers": "default_headers",
    "minimax_api_key": "api_key",
    "minimax_group_id": "group_id",
    "request_timeout": "timeout",
    "max_completion_tokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "stop_sequences": "stop",
    "batch_size": "embed_batch_size",
    "voice": "voice_id",
}
_HINTS: Final = {
    "host": "api_base",
    "endpoint": "api_base",
    "extra_headers": "default_headers",
    "key": "api_key",
    "retries": "max_retries",
    "model_id": "model",
    "extra_body": "additional_kwargs",
    "model_kwargs": "additional_kwargs",
    "dimension": "dimensions",
    "chunk_size": "embed_batch_size",
    "chunksize": "embed_batch_size",
}
# What goes elsewhere, of classes that have the argument named before it.
_ELSEWHERE: Final = {
    "voice_setting": ("voice_id", "Pass its members as arguments: voice_id, speed, vol, pitch."),
    "audio_setting": ("voice_id", "Pass its members as arguments: format, sample_rate, bitrate."),
    **dict.fromkeys(
        (
            "pronunciation_dict",
            "subtitle_enable",
            "subtitle_type",
            "timbre_weights",
            "voice_modify",
        ),
        ("voice_id", "Pass it as a member of additional_kwargs."),
    ),
    "dimensions": ("embed_batch_size", "Vectors of embo-01 always have 1,536 numbers."),
}


def under_own_names(
    owner: str,
    members: Mapping[str, Any],
    known: Collection[str],
    synonyms: Mapping[str, str] = SYNONYMS,
) -> dict[str, Any]:
    """Return `members` under the names that are in `known`; None says nothing.

    Raises:
        UnknownArgumentError: Two names for the same have different values.
    """
    named: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, value in members.items():
        own = synonyms.get(name, name)
        if name in known or own not in known:
            own = name
        if value is None and named.get(own) is not None:
            continue
        if named.get(own) is not None and named[own] != value:
            raise _error(
                f"{owner} got both {origin[own]!r} and {name!r}: give one, they mean the same."
            )
        named[own], origin[own] = value, name
    return named


def refuse_unknown(
    owner: str,
    names: Collection[str],
    known: Collection[str],
    of_constructor: Collection[str] = (),
) -> None:
    """Raise for the first of `names` that is not in `known`.

    Args:
        owner: What the arguments are for, as error messages call it.
        names: Arguments as the user wrote them.
        known: What they may be called.
        of_constructor: What a call does not know, but a constructor does.

    Raises:
        UnknownArgumentError: With the name that was probably meant.
    """
    for name in names:
        if name in known:
            continue
        own = name if name in of_constructor else (SYNONYMS | _HINTS).get(name)
        advice = (
            f"It belongs to the constructor: pass {own} there."
            if own in of_constructor
            else _advice(name, known)
        )
        raise _error(f"{owner} has no argument {name!r}. {advice}")


def drop_without_effect(owner: str, members: Mapping[str, Any], names: Collection[str]) -> Any:  # noqa: ANN401 - values of any type
    """Return `members` without those that MiniMax has no use for, and say so in the log."""
    dropped = [name for name in members if name in names]
    if dropped:
        _logger.debug(
            "minimax_adapters.argument_without_effect", extra={"owner": owner, "names": dropped}
        )
    return {name: value for name, value in members.items() if name not in names}


def _advice(name: str, known: Collection[str]) -> str:
    beside, advice = _ELSEWHERE.get(name, ("", ""))
    if beside in known:
        return advice
    meant = _meant(name, known)
    return f"Did you mean {meant!r}?" if meant else f"It knows {', '.join(sorted(known))}."


def _meant(name: str, known: Collection[str]) -> str | None:
    if (synonym := (SYNONYMS | _HINTS).get(name)) in known:
        return synonym
    close = difflib.get_close_matches(name, known, n=1)
    return close[0] if close else None


def _error(text: str) -> Exception:
    from minimax_adapters.llama_index.errors import (  # noqa: PLC0415 - slow to import
        UnknownArgumentError,
    )

    return UnknownArgumentError(text)
