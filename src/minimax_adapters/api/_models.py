"""The list of models as a call."""

from __future__ import annotations

from pydantic import ValidationError

from minimax_adapters.api._call import Call
from minimax_adapters.api._judge import HTTPReply, parse_json
from minimax_adapters.api.errors import InvalidReplyError
from minimax_adapters.api.wire.models import ModelCard, ModelList


def models_call() -> Call[list[ModelCard]]:
    """Return the call that lists the models."""
    return Call("GET", "/v1/models", None, parse=parse_models)


def parse_models(reply: HTTPReply) -> list[ModelCard]:
    """Read the list.

    Raises:
        APIError: The reply is an error.
        InvalidReplyError: It is no list of models.
    """
    try:
        return ModelList.model_validate(parse_json(reply)).data
    except ValidationError:
        raise InvalidReplyError(
            "MiniMax answered without a list of models. Check the base URL.",
            reply.status,
            reply.trace_id,
        ) from None
