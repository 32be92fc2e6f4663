"""Files: where their bytes are sent to, once, and where people get them from."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import HangUp
from sandbox.slack.model import StoredFile
from sandbox.slack.platform import Platform
from sandbox.slack.wire import JsonObject

FAULT_NAME = "upload"
_BAD, _GONE = 400, 404


def file_json(file: StoredFile) -> JsonObject:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "mode": "hosted",
        "user_team": file.team_id,
        "url_private_download": f"/slack/files/{file.id}/download/{quote(file.name, safe='')}",
        "shares": {},
    }


class Files:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/slack/upload/v1/{ticket}", self._upload, methods=["POST"]),
            Route("/slack/files/{id}/download/{name}", self._download, methods=["GET"]),
        ]

    async def _upload(self, request: Request) -> Response:
        """Raw bytes, as many as were announced, and only once."""
        fault = self._platform.faults.draw(FAULT_NAME)
        if fault is not None:
            await self._platform.faults.wait(fault)
            if fault.kind == "drop_before":
                return HangUp()
            if fault.status is not None:
                return PlainTextResponse("trouble", status_code=fault.status)
        response = self._take(request.path_params["ticket"], await request.body())
        return HangUp() if fault is not None and fault.kind == "drop_after" else response

    def _take(self, ticket: str, content: bytes) -> Response:
        files = self._platform.state.files.values()
        file = next((each for each in files if each.ticket == ticket), None)
        if file is None or file.content is not None:
            return PlainTextResponse("no such upload", status_code=_GONE)
        if len(content) != file.length:
            return PlainTextResponse("not the length that was announced", status_code=_BAD)
        file.content = content
        return PlainTextResponse(f"OK - {len(content)}")

    async def _download(self, request: Request) -> Response:
        """For anyone who looks at the page; at Slack, for those who may see where it was shared."""
        file = self._platform.state.files.get(request.path_params["id"])
        if file is None or file.content is None or not file.is_completed:
            return PlainTextResponse("no such file", status_code=_GONE)
        name = quote(file.name, safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(file.content, media_type="application/octet-stream", headers=headers)
