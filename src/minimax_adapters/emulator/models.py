"""`GET /v1/models` and `GET /v1/models/{id}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute, Route

from ._catalog import CHAT_MODELS
from ._errors import MiniMaxFault
from ._json import JSONAnswer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ._state import State


def routes(state: State) -> list[BaseRoute]:
    """Return the routes of the models endpoints."""

    async def list_models(request: Request) -> Response:
        admit(state, request)
        listed = [entry(name) for name, model in CHAT_MODELS.items() if model.created]
        return JSONAnswer({"object": "list", "data": listed})

    async def show_model(request: Request) -> Response:
        admit(state, request)
        name = request.path_params["name"]
        if name not in CHAT_MODELS or not CHAT_MODELS[name].created:
            raise MiniMaxFault(2013, f"invalid params, unknown model '{name}'", http_status=404)
        return JSONAnswer(entry(name))

    return [
        Route("/v1/models", list_models, methods=["GET"]),
        Route("/v1/models/{name}", show_model, methods=["GET"]),
    ]


def admit(state: State, request: Request) -> None:
    """Raise what stands in the way of an answer: a bad key or a waiting fault."""
    state.authenticate(request)
    fault = state.next_fault(request)
    if fault is not None:
        raise fault.as_error()


def entry(name: str) -> dict[str, Any]:
    """Return the list entry of the model `name`."""
    created = CHAT_MODELS[name].created
    return {"id": name, "object": "model", "created": created, "owned_by": "minimax"}
