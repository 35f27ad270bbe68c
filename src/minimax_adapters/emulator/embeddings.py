"""`POST /v1/embeddings`: `embo-01`, native dialect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from starlette.routing import BaseRoute, Route

from ._delay import delay
from ._errors import MiniMaxFault, answer_headers, base_resp_for, invalid
from ._json import JSONAnswer
from ._kinds import expect
from ._tokens import count
from ._vectors import embed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ._state import State

PATH: Final = "/v1/embeddings"
MODEL: Final = "embo-01"
TOKENS_PER_TEXT: Final = 4096


def routes(state: State) -> list[BaseRoute]:
    """Return the route of the embeddings endpoint."""

    async def embed_texts(request: Request) -> Response:
        state.authenticate(request)
        quirks = state.quirks_for(request)
        fault = state.next_fault(request)
        if fault is not None:
            raise fault.as_error()
        texts, purpose = check(await request.body())
        sizes = [count(text) for text in texts]
        if max(sizes) > TOKENS_PER_TEXT:
            raise MiniMaxFault(1039)
        await delay(request, quirks.response_delay)
        vectors = embed(texts, purpose)
        body = {
            "vectors": np.round(vectors.astype(np.float64), 7).tolist(),
            "total_tokens": sum(sizes),
            "base_resp": base_resp_for(0, "success"),
        }
        return JSONAnswer(body, headers=answer_headers(state.trace_id(request)))

    return [Route(PATH, embed_texts, methods=["POST"])]


def check(body: bytes) -> tuple[list[str], str]:
    """Return texts and purpose.

    Raises:
        MiniMaxFault: 2013, with the text of the server's binding validator.
    """
    try:
        request: Any = json.loads(body)
    except ValueError as error:
        raise invalid("body is not json") from error
    expect(request, "object", "EmbeddingsRequest")
    for member in ("model", "texts", "type"):
        if not request.get(member) and request.get(member) != []:
            raise invalid(f"binding: expr_path={member}, cause=missing required parameter")
    if request["model"] != MODEL:
        raise invalid(f"unknown model '{request['model']}'")
    texts, purpose = request["texts"], request["type"]
    expect(texts, "array", "[]string")
    if not texts:
        raise invalid("texts is empty")
    for text in texts:
        expect(text, "string", "string")
        if not text.strip():
            raise invalid("text is empty")
    if purpose not in {"db", "query"}:
        raise invalid(f"invalid type: {purpose}")
    return texts, purpose
