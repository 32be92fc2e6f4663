"""Faults on order: rules that make a stand-in slow, refuse or hang up.

A stand-in asks `Faults.draw(name, body)` once per request, `name` being what the rule's glob is
held against ("chat.postMessage", "POST /v1/monitors"), and then does what the rule says:

    if fault is not None:
        await faults.wait(fault)                # `slow` only, in real seconds
        if fault.kind == "drop_before":
            return HangUp()
        if fault.status is not None: ...        # answer with it; 429: `Retry-After: fault.seconds`
        if fault.error_code is not None: ...    # Slack's `{"ok": false, "error": ...}`
    ... do the work ...
    await faults.let_go(fault)                  # `held` only
    if fault is not None and fault.kind == "drop_after":
        return HangUp()

`slow` requests wait before they are carried out; `held` ones are carried out at once, but their
answer waits: what the caller then hears may be out of date. Both go on when the rules are cleared.

`late` hangs up and carries the request out all the same, `seconds` afterwards (real ones): what a
caller meets whose time-out was shorter than the server's queue. The stand-in hands the work to
`Faults.later`.

`garbled`, of Slack's alone, does the work and answers with JSON that is no object.

`page:404`, of Parallel's alone, answers with a page and that status, as what stands in front of it.

`half_letter`, of Parallel's alone, writes each U+FFFD of the answer as half of a surrogate pair:
what a page that was cut in the middle of an emoji becomes in JSON.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANG_UP = "sandbox.hang_up"


class Fault(BaseModel):
    """One rule: which requests, what happens to them, how often."""

    model_config = ConfigDict(extra="forbid")

    match: str = "*"
    kind: Annotated[
        str,
        Field(
            pattern=r"^(429|500|slow|held|half_letter|garbled|late|drop_before|drop_after"
            r"|error:\w{1,80}|(?:status|page):[2-5][0-9]{2})$"
        ),
    ]
    times: Annotated[int, Field(ge=1)] | None = None
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    seconds: Annotated[float, Field(ge=0, le=3600)] = 1.0
    holding: str = ""
    """A text that the request's body has to hold, as it was sent: a channel's id, say."""

    @property
    def status(self) -> int | None:
        """The HTTP status to answer with, where the rule asks for one."""
        if self.kind in {"429", "500"}:
            return int(self.kind)
        kind, _, status = self.kind.partition(":")
        return int(status) if kind in {"status", "page"} else None

    @property
    def error_code(self) -> str | None:
        """Slack's error code to answer with, where the rule asks for one."""
        return self.kind[6:] if self.kind.startswith("error:") else None


class Faults:
    """The rules of one stand-in, in order; the first that matches and is drawn applies."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._rules: list[Fault] = []
        self._late: set[asyncio.Task[None]] = set()
        self._cleared = asyncio.Event()
        self.caused: Counter[str] = Counter()
        """How often each kind was drawn since the start; clearing the rules leaves it."""

    @property
    def rules(self) -> tuple[Fault, ...]:
        """The rules that still apply, with the times they have left."""
        return tuple(self._rules)

    def add(self, rule: Fault) -> None:
        self._rules.append(rule.model_copy())

    def clear(self) -> None:
        self._rules.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def wait(self, fault: Fault) -> None:
        """Hold a `slow` request: in real seconds, for it is the caller's time-out that is tried."""
        if fault.kind == "slow":
            with suppress(TimeoutError):
                await asyncio.wait_for(self._cleared.wait(), fault.seconds)

    async def let_go(self, fault: Fault | None) -> None:
        """Keep the answer to a `held` request, which has been carried out."""
        if fault is not None and fault.kind == "held":
            await self._cleared.wait()

    def draw(self, name: str, body: bytes = b"") -> Fault | None:
        for rule in self._rules:
            meant = fnmatchcase(name, rule.match) and rule.holding.encode() in body
            if meant and self._rng.random() < rule.rate:
                self._spend(rule)
                self.caused[rule.kind] += 1
                return rule
        return None

    @property
    def still_late(self) -> int:
        """How many `late` requests are still to be carried out."""
        return len(self._late)

    def later(self, fault: Fault, work: Callable[[], Awaitable[object]]) -> None:
        """Do what a `late` request asked for, when its caller is long gone."""

        async def run() -> None:
            await asyncio.sleep(fault.seconds)
            await work()

        task = asyncio.create_task(run())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _spend(self, rule: Fault) -> None:
        if rule.times is not None:
            rule.times -= 1
            if rule.times == 0:
                self._rules = [kept for kept in self._rules if kept is not rule]


class HangUp(Response):
    """Closes the connection instead of answering, as seen by the caller: a disconnect."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hang_up: Callable[[], None] | None = scope.get("extensions", {}).get(HANG_UP)
        if hang_up is None:
            # Another server than ours: a body shorter than announced breaks off as well.
            headers = [(b"content-type", b"application/json"), (b"content-length", b"1000000")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            return
        hang_up()
        # uvicorn takes an answer that never comes as an error of ours, unless it knows of the end.
        while (await receive())["type"] != "http.disconnect":
            pass


class HangUpProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a way to hang up; run the sandbox with `http=HangUpProtocol`."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: self._hang_up}  # pyright: ignore[reportGeneralTypeIssues]  # ours

    def _hang_up(self) -> None:
        self.transport.abort()


def fault_routes(prefix: str, faults: Faults) -> list[BaseRoute]:
    """GET, POST and DELETE of `{prefix}/faults`."""

    def listed() -> JSONResponse:
        rules = [rule.model_dump() for rule in faults.rules]
        answer = {"faults": rules, "caused": dict(faults.caused), "still_late": faults.still_late}
        return JSONResponse(answer)

    async def show(_: Request) -> Response:
        return listed()

    async def append(request: Request) -> Response:
        try:
            faults.add(Fault.model_validate_json(await request.body()))
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return listed()

    async def clear(_: Request) -> Response:
        faults.clear()
        return listed()

    path = f"{prefix}/faults"
    return [
        Route(path, show, methods=["GET"]),
        Route(path, append, methods=["POST"]),
        Route(path, clear, methods=["DELETE"]),
    ]
