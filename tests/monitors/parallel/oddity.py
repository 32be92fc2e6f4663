"""A server that answers as told: for what the stand-in, which keeps to the contract, never says."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.faults import HangUp
from tests.sandbox.parallel.driver import serving


class _Silence(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        while (await receive())["type"] != "http.disconnect":
            pass


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    key: str
    cookie: str
    body: bytes


@dataclass(slots=True)
class Oddity:
    """Gives the answers told, in order, and the last of them again and again."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    _answers: list[Response] = field(default_factory=list[Response])

    def tells(self, *answers: Response) -> None:
        self.asked.clear()
        self._answers = [*answers]

    def tells_json(self, *answers: JsonValue, status: int = 200) -> None:
        self.tells(*(JSONResponse(answer, status) for answer in answers))

    def hangs_up(self) -> None:
        self.tells(HangUp())

    def keeps_waiting(self) -> None:
        """Gives no answer until the other side has gone."""
        self.tells(_Silence())

    async def answer(self, request: Request) -> Response:
        self.asked.append(
            Asked(
                method=request.method,
                path=request.url.path,
                query=tuple(request.query_params.multi_items()),
                key=request.headers.get("x-api-key", ""),
                cookie=request.headers.get("cookie", ""),
                body=await request.body(),
            )
        )
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@contextmanager
def odd_server() -> Generator[Oddity]:
    oddity = Oddity()
    methods = ["GET", "POST", "DELETE"]
    with serving([Route("/{path:path}", oddity.answer, methods=methods)]) as url:
        oddity.url = url
        yield oddity
