"""The key on its way from the settings to the header: wrapped, and written out nowhere else."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from minimax_adapters._sealing import sealed
from minimax_adapters.api._questions import Questions
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from minimax_adapters.api.settings import KeyProvider

_NO_KEY_HAS: Final = frozenset(" \"'")


def clean_key(key: Any) -> SecretStr:  # noqa: ANN401 - whatever is passed, or a provider answers
    """Return a key as it stands after `Bearer `.

    Raises:
        ConfigurationError: It is empty or cannot be sent in a header.
    """
    # First, and the text only in calls that have ended: frames of an error hold no key.
    key = sealed(key)
    problem = _problem_of(key)
    if problem:
        raise ConfigurationError(problem)
    return SecretStr(_text_of(key))


def _text_of(key: SecretStr) -> str:
    return f"{key.get_secret_value().strip()} ".removeprefix("Bearer ").strip()


def _problem_of(key: SecretStr) -> str | None:
    value: object = key.get_secret_value()
    if not isinstance(value, str):
        return f"The API key must be text or SecretStr, not {type(value).__name__}."
    text = _text_of(key)
    if not text:
        return (
            "No MiniMax API key. Pass api_key=... or set MINIMAX_API_KEY; without a key, try the"
            " local emulator: pip install 'minimax-adapters[emulator]', then"
            " python -m minimax_adapters.emulator"
        )
    if not (text.isascii() and text.isprintable()) or not _NO_KEY_HAS.isdisjoint(text):
        return (
            "The MiniMax API key holds characters that no key has, such as blanks or quotes."
            " Copy it again from the MiniMax platform."
        )
    return None


class KeySource:
    """The key, asked of its provider at the first call and when it was refused.

    State: `_key` is the newest, None before the first call.
    """

    def __init__(self, key: SecretStr | KeyProvider) -> None:
        self._provider = key if callable(key) else None
        self._key = None if callable(key) else clean_key(key)
        self._questions: Questions[SecretStr] = Questions()

    def known(self, refused: SecretStr | None) -> SecretStr | None:
        """Return the key without asking for it, None if there is none but `refused`."""
        return None if self._key == refused else self._key

    def current(
        self, refused: SecretStr | None = None
    ) -> SecretStr | Awaitable[str | SecretStr] | None:
        """Return the key, what its provider answers, or None if there is none but `refused`."""
        key = self.known(refused)
        if key is not None or self._provider is None:
            return key
        with self._questions.asking():
            answer = sealed(self._provider())
        return answer if inspect.isawaitable(answer) else self.keep(answer)

    async def asked(self, refused: SecretStr | None = None) -> SecretStr | None:
        """Return what `current()` gives, asked once for all in this event loop who wait for it.

        Use it where `known()` has nothing: a question may be under way for others.
        """
        question = self._questions.under_way()
        if question is None:
            answer = self.current(refused)
            if answer is None or isinstance(answer, SecretStr):
                return answer
            question = self._questions.ask(answer, self.keep)
        return await question.answer()

    def keep(self, key: str | SecretStr) -> SecretStr:
        """Keep what the provider answered."""
        key = sealed(key)
        self._key = clean_key(key)
        return self._key


def bearer(key: SecretStr) -> bytes:
    """Return the text of the header. Use it where it is sent: keep it in no variable."""
    return b"Bearer " + key.get_secret_value().encode("ascii")
