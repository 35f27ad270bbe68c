"""The two kinds of wire models: strict requests and lenient replies."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.wire._problems import problems_of, refusal
from minimax_adapters.api.wire._unwritable import unwritable_in


class Request(BaseModel):
    """What we send: a misspelled member is a mistake, so it is refused.

    Raises:
        InvalidInputError: A member is unknown, missing or out of its documented range.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __init__(self, **members: Any) -> None:  # noqa: ANN401 - any JSON
        try:
            super().__init__(**members)
        except ValidationError as error:
            problems = problems_of(type(self), members, error)
            raise refusal(type(self).__name__, problems) from None

    @classmethod
    def checked(cls, value: object) -> Self:
        """Return `value`, which should be one of these.

        Raises:
            InvalidInputError: It is something else, the bare text or messages say.
        """
        if not isinstance(value, cls):
            name, kind = cls.__name__, type(value).__name__
            raise InvalidInputError(f"Pass a {name}({cls._main_member()}=...), not {kind}.")
        return value

    @classmethod
    def elsewhere(cls, name: str) -> str | None:  # noqa: ARG003 - for subclasses
        """Return how to write what people take for a member called `name`, or None."""
        return None

    @classmethod
    def _main_member(cls) -> str:
        required = (name for name, field in cls.model_fields.items() if field.is_required())
        return next(required, next(iter(cls.model_fields)))

    def members(self) -> dict[str, Any]:
        """Return the members that are set, by name, without null; those of models inside too.

        Dicts are left as they are: null inside a JSON schema of a tool has a meaning.
        """
        return {name: _as_sent(value) for name, value in vars(self).items() if value is not None}


def _as_sent(value: object) -> object:
    if isinstance(value, Request):
        return value.members()
    # A list holds models or none: a long history of dicts need not be walked through.
    if isinstance(value, list) and value and isinstance(value[0], Request):
        return [part.members() for part in value]
    return value


class Reply(BaseModel):
    """What MiniMax sends: members come and go, so unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def encode(body: dict[str, Any]) -> bytes:
    """Return `body` as JSON.

    Raises:
        InvalidInputError: `body` holds something that JSON cannot; `problems` says where.
    """
    try:
        text = to_json(body)
        if b"NaN" in text or b"Infinity" in text:
            from_json(text, allow_inf_nan=False)
    except (PydanticSerializationError, ValueError):
        raise _unwritable(body) from None
    return text


def _unwritable(body: dict[str, Any]) -> InvalidInputError:
    place, why = unwritable_in(body)
    where = f"{'.'.join(map(str, place))}: " if place else ""
    error = InvalidInputError(
        f"The request cannot be written as JSON: {where}{why}. Pass texts, finite numbers, lists"
        " and dicts."
    )
    error.problems = ((place, why),)
    return error
