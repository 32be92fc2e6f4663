"""Looking on: state, changes as they happen, and the logs."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.request_log import RequestLog
from sandbox.slack.control.body import NOT_FOUND, PREFIX
from sandbox.slack.control.snapshot import channel_content, state_json
from sandbox.slack.platform import Platform


class Observing:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{PREFIX}/state", self._state, methods=["GET"]),
            Route(f"{PREFIX}/channels/{{channel}}", self._channel, methods=["GET"]),
            Route(f"{PREFIX}/stream", self._stream, methods=["GET"]),
            Route(f"{PREFIX}/requests", self._requests, methods=["GET"]),
            Route(f"{PREFIX}/sent", self._sent, methods=["GET"]),
        ]

    async def _state(self, request: Request) -> Response:
        team_id = request.query_params.get("team") or None
        if team_id is not None and team_id not in self._platform.state.teams:
            return JSONResponse({"error": "no such team"}, status_code=NOT_FOUND)
        return JSONResponse(state_json(self._platform, team_id))

    async def _channel(self, request: Request) -> Response:
        state = self._platform.state
        channel = state.channels.get(request.path_params["channel"])
        if channel is None:
            return JSONResponse({"error": "no such channel"}, status_code=NOT_FOUND)
        return JSONResponse(channel_content(channel, state))

    async def _stream(self, _: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        notices = self._platform.stream.listen()
        return StreamingResponse(notices, media_type="text/event-stream", headers=headers)

    async def _requests(self, request: Request) -> Response:
        """What the app asked of the Web API."""
        return _since(request, self._platform.log)

    async def _sent(self, request: Request) -> Response:
        """What was sent to the app: commands, interactions and every attempt at an event."""
        return _since(request, self._platform.dispatcher.log)


def _since(request: Request, log: RequestLog) -> Response:
    since = request.query_params.get("since", "0")
    if not since.isdecimal():
        return JSONResponse({"error": "since must be a number"}, status_code=400)
    return JSONResponse(log.since(int(since)))
