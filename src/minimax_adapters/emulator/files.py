"""`/v1/files/...`: upload, list, retrieve, content, delete; and downloads without a key."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ._checks import parse_body
from ._errors import MiniMaxFault, answer_headers, base_resp_for, invalid
from ._json import JSONAnswer
from ._multipart import parse_form

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ._state import State
    from ._vault import StoredFile

DOWNLOADS: Final = "/emulator/downloads"
SOUND: Final = frozenset({".mp3", ".m4a", ".wav"})
UPLOADS: Final[dict[str, frozenset[str]]] = {
    "voice_clone": SOUND,
    "prompt_audio": SOUND,
    "t2a_async_input": frozenset({".txt", ".zip"}),
    "video_understanding": frozenset({".mp4", ".avi", ".mov", ".mkv"}),
    "video_generation_input": frozenset(),
}
LISTED: Final = ("voice_clone", "prompt_audio", "t2a_async_input", "video_generation_input")
DELETED: Final = ("voice_clone", "prompt_audio", "t2a_async", "t2a_async_input", "video_generation")
SAMPLE_BYTES: Final = 20 * 1024 * 1024


def routes(state: State) -> list[BaseRoute]:
    """Return the routes."""
    serve = FileRoutes(state)
    return [
        Route("/v1/files/upload", serve.upload, methods=["POST"]),
        Route("/v1/files/list", serve.listing, methods=["GET"]),
        Route("/v1/files/retrieve", serve.retrieve, methods=["GET"]),
        Route("/v1/files/retrieve_content", serve.content, methods=["GET"]),
        Route("/v1/files/delete", serve.delete, methods=["POST"]),
        Route(f"{DOWNLOADS}/{{name}}", serve.download, methods=["GET"]),
    ]


class FileRoutes:
    """The endpoints of files, for one emulator."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def upload(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        form = parse_form(request.headers.get("content-type", ""), await request.body())
        if "purpose" not in form or "file" not in form:
            raise invalid("purpose and file are required")
        purpose, file = form["purpose"].content.decode("utf-8", "replace"), form["file"]
        check_upload(purpose, file.filename, file.content)
        kept = self._state.vault.keep(file.filename, purpose, file.content, self._state.now())
        return answer(self._state, request, {"file": kept.facts()})

    async def listing(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        purpose = request.query_params.get("purpose")
        if purpose not in LISTED:
            raise invalid(f"purpose must be one of {', '.join(LISTED)}")
        kept = [
            file.facts() for file in self._state.vault.files.values() if file.purpose == purpose
        ]
        return answer(self._state, request, {"files": kept})

    async def retrieve(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        file = find(self._state, request.query_params.get("file_id"))
        suffix = PurePosixPath(file.filename).suffix.lstrip(".") or "bin"
        name = self._state.vault.publish(file.content, "application/octet-stream", suffix)
        return answer(
            self._state, request, {"file": file.facts() | {"download_url": address(request, name)}}
        )

    async def content(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        file = find(self._state, request.query_params.get("file_id"))
        headers = answer_headers(self._state.trace_id(request))
        return Response(file.content, media_type="application/octet-stream", headers=headers)

    async def delete(self, request: Request) -> Response:
        """Answer a request."""
        admit(self._state, request)
        body = parse_body(await request.body())
        if body.get("purpose") not in DELETED:
            raise invalid(f"purpose must be one of {', '.join(DELETED)}")
        file = find(self._state, body.get("file_id"))
        if file.purpose != body["purpose"]:
            raise invalid("purpose is not that of the file")
        del self._state.vault.files[file.file_id]
        return answer(self._state, request, {"file_id": file.file_id})

    async def download(self, request: Request) -> Response:
        """Answer a request."""
        found = self._state.vault.downloads.get(request.path_params["name"])
        if found is None:
            return PlainTextResponse("404 page not found", status_code=404)
        return Response(found[0], media_type=found[1])


def admit(state: State, request: Request) -> None:
    """Check the key, and fail if a fault waits for this request."""
    state.authenticate(request)
    fault = state.next_fault(request)
    if fault is not None:
        raise fault.as_error()


def answer(state: State, request: Request, members: dict[str, Any]) -> Response:
    """Return an answer of the native family."""
    body = members | {"base_resp": base_resp_for(0, "success")}
    return JSONAnswer(body, headers=answer_headers(state.trace_id(request)))


def address(request: Request, name: str) -> str:
    """Return where a download is served: another host than that of the API, as with MiniMax."""
    return f"http://localhost:{request.url.port}{DOWNLOADS}/{name}"


def check_upload(purpose: str, filename: str, content: bytes) -> None:
    """Refuse what the purpose does not take."""
    if purpose not in UPLOADS:
        raise invalid(f"purpose must be one of {', '.join(UPLOADS)}")
    suffixes = UPLOADS[purpose]
    if suffixes and PurePosixPath(filename).suffix.lower() not in suffixes:
        raise invalid(f"file type of {filename} is not supported for {purpose}")
    if not content:
        raise invalid("file is empty")
    if suffixes is SOUND and len(content) > SAMPLE_BYTES:
        raise invalid("file exceeds 20 MB")


def find(state: State, file_id: object) -> StoredFile:
    """Return the file called `file_id`."""
    text = str(file_id) if isinstance(file_id, int | str) else ""
    file = state.vault.files.get(int(text)) if text.isdecimal() else None
    if file is None:
        raise MiniMaxFault(20132, "invalid samples or file_id")
    return file
