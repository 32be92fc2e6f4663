"""Reading what a control endpoint was sent, and answering for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.model import Channel, Team, User
from sandbox.slack.state import SlackState
from sandbox.slack.wire import JsonObject, as_list, as_object, parse_json

PREFIX = "/control/slack"
NOT_FOUND = 404
CONFLICT = 409
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Body:
    """A control request's JSON, and the records it names."""

    fields: JsonObject
    state: SlackState
    base_url: str
    path: JsonObject

    def text(self, name: str, default: str = "") -> str:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise ControlError(f"{name} must be a string")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise ControlError(f"{name} is missing")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise ControlError(f"{name} must be true or false")
        return value

    def integer(self, name: str, default: int = 0) -> int:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ControlError(f"{name} must be an integer")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        items = as_list(self.fields.get(name))
        if items is None or not all(isinstance(item, str) for item in items):
            raise ControlError(f"{name} must be a list of strings")
        return tuple(items)

    def team(self) -> Team:
        team = self.state.teams.get(self.required("team_id"))
        if team is None:
            raise ControlError("no such team", status=NOT_FOUND)
        return team

    def user(self, team_id: str, name: str = "user") -> User:
        user = self.state.users.get(self.required(name))
        if user is None or not self.state.belongs(user, team_id):
            raise ControlError("no such user in this team", status=NOT_FOUND)
        return user

    def channel(self, team_id: str) -> Channel:
        channel = self.state.channels.get(self.required("channel"))
        if channel is None or channel.team_id != team_id:
            raise ControlError("no such channel in this team", status=NOT_FOUND)
        return channel


Handle = Callable[[Body], Awaitable[JsonObject]]


def control(state: SlackState, method: str, path: str, handle: Handle) -> BaseRoute:
    """A route that answers JSON, and 4xx with `{"error": …}` for what cannot be done."""

    async def serve(request: Request) -> Response:
        raw = await request.body()
        fields = as_object(parse_json(raw)) if raw else {}
        if fields is None:
            return JSONResponse({"error": "the body must be a JSON object"}, status_code=400)
        body = Body(fields, state, str(request.base_url), dict(request.path_params))
        try:
            return JSONResponse(await handle(body))
        except ControlError as error:
            return JSONResponse({"error": error.text}, status_code=error.status)
        except SlackError as error:
            return JSONResponse(
                {"error": error.code, "messages": error.messages}, status_code=UNPROCESSABLE
            )

    return Route(f"{PREFIX}{path}", serve, methods=[method])
