"""The one door of the stand-in: reads a request, applies faults, finds its operation, answers."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

from pydantic import JsonValue
from pydantic_core import from_json
from starlette.datastructures import URLPath
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from sandbox.faults import Fault, Faults, HangUp
from sandbox.parallel.calls import Answer, Call, Operation
from sandbox.parallel.errors import (
    ApiError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    WrongMethodError,
)
from sandbox.parallel.fields import JsonObject
from sandbox.parallel.world import World
from sandbox.request_log import RequestLog

PREFIX = "/parallel"
MAX_BODY_BYTES = 1024 * 1024


class Edge(BaseRoute):
    """Takes every path below its prefix, whatever characters are in it."""

    def __init__(
        self, world: World, operations: Sequence[Operation], *, faults: Faults, log: RequestLog
    ) -> None:
        self._world = world
        self._operations = tuple(operations)
        self._faults = faults
        self._log = log

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        below = scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/")
        return (Match.FULL if below else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            content = await _read(request)
        except ClientDisconnect:
            return
        path = str(scope["path"]).removeprefix(PREFIX)
        fault = self._faults.draw(f"{request.method} {path}", content or b"")
        if fault is not None and fault.kind == "late":
            self._faults.later(fault, lambda: self._late(request, path, content))
            answer = None
        else:
            answer = await self._answer(request, path, content, fault)
        self._log.add(
            {
                "method": request.method,
                "path": path,
                "query": request.url.query,
                "token_or_key": request.headers.get("x-api-key", "")[-4:],
                "body": _parsed(content or b"", request.headers.get("content-type", "")),
                "status": answer.status if answer else None,
                "answer": answer.body if answer else None,
                "fault": fault.kind if fault else None,
            }
        )
        await self._faults.let_go(fault)
        try:
            await _response(answer, fault)(scope, receive, send)
        finally:
            # The work was done, whether or not the answer arrives.
            if answer is not None and answer.then is not None:
                answer.then()

    async def _late(self, request: Request, path: str, content: bytes | None) -> None:
        answer = await self._answer(request, path, content, None)
        if answer is not None and answer.then is not None:
            answer.then()

    async def _answer(
        self, request: Request, path: str, content: bytes | None, fault: Fault | None
    ) -> Answer | None:
        if fault is not None:
            await self._faults.wait(fault)
            if fault.kind == "drop_before":
                return None
            if fault.status is not None or fault.error_code is not None:
                return self._faulty(fault)
        invalid = "error"
        try:
            if content is None:
                raise TooLargeError(f"A body has at most {MAX_BODY_BYTES} bytes")
            operation, found = self._find(request.method, path)
            invalid = operation.invalid
            key = request.headers.get("x-api-key")
            account = None if operation.public else self._world.account_with(key)
            call = Call(found, request.query_params, request.headers, content, account)
            return operation.run(call)
        except ApiError as error:
            return self._refusal(error, as_list=invalid == "list")

    def _find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        allowed: list[str] = []
        for operation in self._operations:
            found = operation.match(path)
            if found is None:
                continue
            if operation.method == method:
                return operation, found
            allowed.append(operation.method)
        if allowed:
            raise WrongMethodError("Method not allowed", headers={"allow": ", ".join(allowed)})
        raise NotFoundError("Not found")

    def _refusal(self, error: ApiError, *, as_list: bool) -> Answer:
        problems: list[JsonValue] = []
        if isinstance(error, InvalidError):
            problems = [
                {"loc": list[JsonValue](each.loc), "msg": each.msg, "type": each.type}
                for each in error.problems
            ]
            if as_list:
                return Answer(error.status, {"detail": problems})
        detail: JsonObject | None = {"errors": problems} if problems else None
        body = self._error_body(error.message, detail)
        return Answer(error.status, body, headers=error.headers)

    def _faulty(self, fault: Fault) -> Answer:
        status = fault.status or 400
        if fault.kind.startswith("page:"):
            return Answer(status, html=f"<h1>{status}</h1>")
        headers = {"retry-after": f"{fault.seconds:g}"} if status in {429, 503} else {}
        message = fault.error_code or f"A fault that was ordered: {status}"
        return Answer(status, self._error_body(message, None), headers=headers)

    def _error_body(self, message: str, detail: JsonObject | None) -> JsonObject:
        error: JsonObject = {"ref_id": self._world.new_id("ref"), "message": message}
        if detail is not None:
            error["detail"] = detail
        return {"type": "error", "error": error}


async def _read(request: Request) -> bytes | None:
    """The body, or None where it is too large; the rest of it is read and dropped."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_BODY_BYTES else None


def _parsed(content: bytes, content_type: str) -> JsonValue:
    """A form or JSON; None where it is neither."""
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(content.decode()))
        parsed: JsonValue = from_json(content, allow_inf_nan=False)
    except ValueError:
        return None
    return parsed


def _response(answer: Answer | None, fault: Fault | None) -> Response:
    if answer is None or (fault is not None and fault.kind == "drop_after"):
        return HangUp()
    headers = dict(answer.headers)
    if answer.html is not None:
        return HTMLResponse(answer.html, answer.status, headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    content = json.dumps(answer.body, allow_nan=False)
    if fault is not None and fault.kind == "half_letter":
        content = content.replace(r"\ufffd", r"\ud83d")
    return Response(content, answer.status, headers, media_type="application/json")
