"""Drives the stand-in over real HTTP, and listens where its webhooks go."""

import random
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from sandbox.clock import Clock
from sandbox.faults import Faults, HangUpProtocol
from sandbox.parallel import AccountSeed, ParallelSettings, ParallelStandIn
from sandbox.plain_http import NO_TLS
from sandbox.server import Server
from sandbox.slack import SlackStandIn

KEY = "key-of-acme-0001"
SECRET = "whsec_c2VjcmV0LW9mLWFjbWU="
OTHER_KEY = "key-of-other-0002"
SEEDS = (
    AccountSeed(name="acme", api_key=KEY, webhook_secret=SECRET),
    AccountSeed(name="other", api_key=OTHER_KEY, webhook_secret="whsec_b3RoZXI="),
)
EVENT_TYPES = ["monitor.event.detected", "monitor.execution.completed", "monitor.execution.failed"]

# Answers are looked into freely by tests: any JSON.
Json = Any


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Where webhooks go: answers with `status`, keeps what came."""

    url: str = ""
    status: int = 200
    hooks: list[Hook] = field(default_factory=list[Hook])

    async def take(self, request: Request) -> Response:
        self.hooks.append(Hook(dict(request.headers), await request.body()))
        return Response(status_code=self.status)


class Parallel:
    """The running stand-in, as two accounts and the control endpoints see it."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        base = f"{url}/parallel"
        self.acme = httpx.Client(
            base_url=base, headers={"x-api-key": KEY}, trust_env=False, verify=NO_TLS, timeout=60
        )
        self.other = httpx.Client(
            base_url=base,
            headers={"x-api-key": OTHER_KEY},
            trust_env=False,
            verify=NO_TLS,
            timeout=60,
        )
        self.anyone = httpx.Client(base_url=base, trust_env=False, verify=NO_TLS, timeout=60)
        self.control = httpx.Client(
            base_url=f"{url}/control/parallel", trust_env=False, verify=NO_TLS, timeout=60
        )

    def close(self) -> None:
        for client in (self.acme, self.other, self.anyone, self.control):
            client.close()

    def create(self, **changes: Json) -> Json:
        answer = self.acme.post("/v1/monitors", json=request(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def run(self, monitor: Json, **order: Json) -> Json:
        answer = self.control.post(f"/monitors/{monitor['monitor_id']}/run", json=order)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def task(self, *, outcome: Json = None, **changes: Json) -> Json:
        """A Task run that has ended so; by default, well."""
        body = {"input": "Acme's rocket", "processor": "base", **changes}
        answer = self.acme.post("/v1/tasks/runs", json=body)
        assert answer.status_code == 202, answer.text
        run_id = answer.json()["run_id"]
        ended = self.control.patch(f"/tasks/{run_id}", json=outcome or {})
        assert ended.status_code == 200, ended.text
        return self.acme.get(f"/v1/tasks/runs/{run_id}").json()

    def create_snapshot(self) -> Json:
        """A monitor of the fields of a run."""
        fields = {name: {"type": "string"} for name in ("price", "release_date", "CEO")}
        schema = {"type": "json", "json_schema": {"type": "object", "properties": fields}}
        run = self.task(task_spec={"output_schema": schema})
        return self.create(type="snapshot", settings={"task_run_id": run["run_id"]})

    def events(self, monitor: Json, **query: Json) -> Json:
        answer = self.acme.get(f"/v1/monitors/{monitor['monitor_id']}/events", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def retrieve(self, monitor: Json) -> Json:
        return self.acme.get(f"/v1/monitors/{monitor['monitor_id']}").json()

    def settle(self, **settings: Json) -> None:
        assert self.control.patch("/settings", json=settings).status_code == 200

    def fault(self, **rule: Json) -> None:
        assert self.control.post("/faults", json=rule).status_code == 200

    def state(self) -> Json:
        return self.control.get("/state").json()


def request(**changes: Json) -> Json:
    """A request that is accepted, but for what is changed."""
    plain: Json = {
        "type": "event_stream",
        "frequency": "1d",
        "settings": {"query": "latest AI research papers"},
    }
    return {**plain, **changes}


def wait_until(true: Callable[[], Json], *, seconds: float = 60.0) -> Json:
    """What `true` gives once it gives something; looks every few milliseconds."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if found := true():
            return found
        pause.wait(0.01)
    raise AssertionError("what was waited for did not happen")


@contextmanager
def serving(
    routes: list[BaseRoute], lifespan: Lifespan[Starlette] | None = None, *, dated: bool = True
) -> Generator[str, None, None]:
    """The address of a server in a thread, on a free loopback port."""
    app = Starlette(routes=routes, lifespan=lifespan)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=HangUpProtocol,
        ws="none",
        log_level="warning",
        date_header=dated,
    )
    server = Server(config)
    thread = threading.Thread(target=lambda: anyio.run(server.serve))
    thread.start()
    try:
        wait_until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serving_stand_in(stand_in: ParallelStandIn | SlackStandIn) -> Generator[str, None, None]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        await stand_in.start()
        try:
            yield
        finally:
            await stand_in.stop()

    with serving(stand_in.routes(), lifespan) as url:
        yield url


@contextmanager
def running(
    settings: ParallelSettings, *, clock: Clock | None = None
) -> Generator[Parallel, None, None]:
    clock = clock or Clock()
    rng = random.Random(1)  # noqa: S311 - the same ids in every run
    stand_in = ParallelStandIn(clock=clock, rng=rng, faults=Faults(rng), settings=settings)

    with serving_stand_in(stand_in) as url:
        parallel = Parallel(url, clock)
        try:
            yield parallel
        finally:
            parallel.close()


@contextmanager
def listening() -> Generator[Receiver, None, None]:
    receiver = Receiver()
    routes: list[BaseRoute] = [Route("/hook", receiver.take, methods=["POST"])]
    with serving(routes) as url:
        receiver.url = f"{url}/hook"
        yield receiver
