"""The door of the Web API: reads a request, applies faults, answers, and logs it."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import Fault, HangUp
from sandbox.slack.errors import RateLimitedError, SlackError
from sandbox.slack.model import Grant
from sandbox.slack.platform import Platform
from sandbox.slack.web_api.call import Call
from sandbox.slack.web_api.methods import METHODS
from sandbox.slack.wire import JsonObject, as_object, parse_json

_SECRET_ARGUMENTS = frozenset({"token", "client_secret", "refresh_token"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as read: nothing of it is trusted yet."""

    method: str
    arguments: JsonObject
    token: str
    basic_auth: tuple[str, str] | None
    base_url: str


class WebApi:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[BaseRoute]:
        return [Route("/slack/api/{method:path}", self._serve, methods=["GET", "POST"])]

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["method"]
        fault = self._platform.faults.draw(name, await request.body())
        if fault is not None:
            await self._platform.faults.wait(fault)
            if fault.kind == "drop_before":
                return HangUp()
        try:
            asked = await _read(request, name)
        except SlackError as error:
            return JSONResponse(error.answer())
        if fault is not None and fault.kind == "late":
            self._platform.faults.later(fault, lambda: self._carry_out(request, asked, None))
            return HangUp()
        response = await self._carry_out(request, asked, fault)
        await self._platform.faults.let_go(fault)
        if fault is not None and fault.kind == "drop_after":
            return HangUp()
        if fault is not None and fault.kind == "garbled":
            return JSONResponse("garbled")
        return response

    async def _carry_out(self, request: Request, asked: Asked, fault: Fault | None) -> Response:
        response, answer = self._respond(asked, fault)
        self._log(request, asked, response.status_code, answer, fault)
        return response

    def _respond(self, asked: Asked, fault: Fault | None) -> tuple[Response, JsonObject | None]:
        refusal = _fault_response(fault, asked.method)
        if refusal is not None:
            return refusal
        headers: dict[str, str] = {}
        try:
            answer = {"ok": True, **self._call(asked, headers)}
        except RateLimitedError as error:
            headers["Retry-After"] = str(error.retry_after_seconds)
            return JSONResponse(error.answer(), status_code=429, headers=headers), error.answer()
        except SlackError as error:
            answer = error.answer()
        return JSONResponse(answer, headers=headers), answer

    def _call(self, asked: Asked, headers: dict[str, str]) -> JsonObject:
        method = METHODS.get(asked.method)
        if method is None:
            raise SlackError("unknown_method", req_method=asked.method)
        grant = self._grant(asked.token) if method.needs_token else None
        call = Call(
            self._platform, asked.arguments, grant, asked.basic_auth, asked.token, asked.base_url
        )
        if grant is not None:
            headers["x-oauth-scopes"] = ",".join(grant.scopes)
            headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        if method.scopes:
            call.require_scope(*method.scopes)
        return method.answer(call)

    def _grant(self, token: str) -> Grant:
        if not token:
            raise SlackError("not_authed")
        grant = self._platform.state.grants.get(token)
        if grant is None:
            raise SlackError("invalid_auth")
        if grant.revoked:
            raise SlackError("token_revoked")
        if grant.expires_at is not None and self._platform.clock.time() > grant.expires_at:
            raise SlackError("token_expired")
        grant.used = True
        return grant

    def _log(
        self,
        request: Request,
        asked: Asked,
        status: int,
        answer: JsonObject | None,
        fault: Fault | None,
    ) -> None:
        grant = self._platform.state.grants.get(asked.token)
        shown = {
            name: "…" if name in _SECRET_ARGUMENTS else value
            for name, value in asked.arguments.items()
        }
        self._platform.log.add(
            {
                "method": request.method,
                "path": request.url.path,
                "api_method": asked.method,
                "team_id": grant.team_id if grant else None,
                "token_or_key": asked.token[-4:],
                "body": shown,
                "status": status,
                "answer": answer,
                "fault": fault.kind if fault else None,
            }
        )


def _fault_response(fault: Fault | None, method: str) -> tuple[Response, JsonObject | None] | None:
    if fault is None:
        return None
    if fault.status == 429:  # noqa: PLR2004  # the HTTP status
        answer: JsonObject = {"ok": False, "error": "ratelimited"}
        headers = {"Retry-After": str(int(fault.seconds))}
        return JSONResponse(answer, status_code=429, headers=headers), answer
    if fault.status is not None:
        return PlainTextResponse("upstream trouble", status_code=fault.status), None
    if fault.error_code is not None:
        answer = {"ok": False, "error": fault.error_code}
        if fault.error_code == "missing_scope" and method in METHODS:
            answer["needed"] = ",".join(METHODS[method].scopes)
        return JSONResponse(answer), answer
    return None


async def _read(request: Request, name: str) -> Asked:
    arguments: JsonObject = dict(request.query_params)
    arguments |= await _read_body(request)
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    token = credential.strip() if scheme.lower() == "bearer" else ""
    basic = _basic_auth(credential) if scheme.lower() == "basic" else None
    token = token or str(arguments.get("token") or "")
    return Asked(name, arguments, token, basic, str(request.base_url).rstrip("/"))


async def _read_body(request: Request) -> JsonObject:
    body = await request.body()
    if request.method == "GET" or not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        parsed = as_object(parse_json(body))
        if parsed is None:
            raise SlackError("invalid_json" if parse_json(body) is None else "json_not_object")
        return parsed
    if kind == "application/x-www-form-urlencoded":
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
        except ValueError:
            raise SlackError("invalid_form_data") from None
    if kind == "multipart/form-data":
        raise SlackError("invalid_form_data")
    raise SlackError("invalid_post_type" if kind else "missing_post_type")


def _basic_auth(credential: str) -> tuple[str, str] | None:
    try:
        user, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return user, password
