"""Keys among arguments, wrapped before anything can fail: crash reports print what frames hold."""

from __future__ import annotations

import inspect
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

if TYPE_CHECKING:
    from pydantic import BaseModel

# Also names that are wrong, as an argument is refused with the key in it.
NAME_OF_SECRET: Final = re.compile("key|token|secret|password|authorization", re.IGNORECASE)


def seal(arguments: Any, owner: type[BaseModel] | None = None) -> None:  # noqa: ANN401 - a dictionary of any type
    """Wrap in place each text in `arguments` that has the name of a secret.

    Call it first in whatever takes `**arguments`: the dictionary belongs to that call alone. Of the
    fields of its `owner`, only `api_key` is wrapped: a subclass may have a `partition_key`.
    """
    for name in _of_secrets(tuple(arguments)):
        ours = name == "api_key" or owner is None or name not in owner.model_fields
        if ours and isinstance(arguments[name], str | bytes):
            arguments[name] = sealed(arguments[name])


def sealed(key: object) -> Any:  # noqa: ANN401 - a SecretStr, or something to wait for
    """Return `key` as a `SecretStr`, of whatever type it is; what is to be awaited as it came."""
    if isinstance(key, SecretStr) or (not isinstance(key, str) and inspect.isawaitable(key)):
        return key
    return SecretStr(key)  # type: ignore[arg-type]  # a wrong type is refused where keys are checked


@lru_cache(maxsize=64)
def _of_secrets(names: tuple[str, ...]) -> list[str]:
    # Looked up once: the same arguments come with every model.
    return [name for name in names if NAME_OF_SECRET.search(name)]
