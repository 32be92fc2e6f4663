"""Runs the web server and the worker, and shuts them down without losing anything."""

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from typing import Final

import structlog
import uvicorn
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from bot.timings import TIMINGS, Timings
from bot.web.asgi import create_app
from bot.web.capped_http import CappedProtocol
from bot.web.crowd import Crowd, room_for_connections
from bot.web.guard import answer_headers
from bot.web.working import WorkerEndedError, WorkerHealth, working
from bot.wiring import Wiring, open_wiring
from monitors.ports import StoreDownError
from monitors.settings import Settings
from monitors.settings_problems import SetupError, find_warnings
from monitors.storage.database import answering_within
from monitors.storage.redis_client import ping

WEB_DRAIN_SECONDS: Final = 5
# A balancer reuses connections that are idle for up to 60 s: one that closed meanwhile is a 502.
KEEP_ALIVE_SECONDS: Final = 75
# Clients retry connections beyond the server's backlog.
BACKLOG: Final = 2048
_NOT_LISTENING: Final = {
    errno.EADDRINUSE: (
        "If Threadwatch is already running, stop it; otherwise set PORT to a free port."
    ),
    errno.EACCES: "Set PORT to one above 1023.",
}
_NO_SUCH_HOST: Final = "Set HOST to an address of this machine, or to 0.0.0.0 for all of them."

Check = Callable[[], Awaitable[bool]]
_log: structlog.stdlib.BoundLogger = structlog.get_logger("serving")


class _Server(uvicorn.Server):
    """uvicorn that reports when it is ready, and leaves signals to us.

    Its own handling ends the process with the signal, not with exit code 0.
    """

    def __init__(self, config: uvicorn.Config, crowd: Crowd) -> None:
        super().__init__(config)
        self.server_state = crowd
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """A connection accepted just now is closed, too.

        uvicorn closes those that it knows of, and asyncio tells of one in the loop's next turn.
        """
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Readiness:
    """`stopping` makes `/readyz` answer 503 before requests are refused."""

    def __init__(self, worker: WorkerHealth | None) -> None:
        self.stopping = asyncio.Event()
        self._worker = worker

    async def check(self) -> bool:
        return not self.stopping.is_set()

    async def until(self, stop: asyncio.Event) -> None:
        """Wait until told to stop. Raises WorkerEndedError if the worker ends first."""
        events = [stop] if self._worker is None else [stop, self._worker.ended]
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not stop.is_set():
            raise WorkerEndedError("The worker ended because of an error; the log says which.")


def checks_of(
    wiring: Wiring, *, readiness: Readiness, worker: WorkerHealth | None
) -> Mapping[str, Check]:
    """What `/readyz` checks in a process with a web server."""

    async def redis() -> bool:
        try:
            async with asyncio.timeout(2):
                return await ping(wiring.stores.redis)
        except (RedisError, OSError, TimeoutError):
            return False

    async def sql() -> bool:
        try:
            with answering_within():
                await wiring.stores.database.rows(text("SELECT 1"))
        except (SQLAlchemyError, StoreDownError):
            return False
        return True

    checks: dict[str, Check] = {"accepting": readiness.check, "redis": redis, "sql": sql}
    if worker is not None:
        checks["worker"] = worker.check
    if wiring.doors.socket is not None:
        checks["slack_socket"] = wiring.doors.socket.check
    return checks


def listen(host: str, port: int) -> socket.socket:
    """Bind before anything else starts. Raises SetupError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        to_do = _NOT_LISTENING.get(error.errno or 0, _NO_SUCH_HOST)
        raise SetupError(f"Can't listen on {host}:{port} ({error.strerror}). {to_do}") from error
    return listener


def configured(
    app: ASGIApp, *, headers: Sequence[tuple[str, str]], protocol: type[CappedProtocol]
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        headers=list(headers),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        backlog=BACKLOG,
        # bot.web.asgi reads X-Forwarded-For, by TRUSTED_PROXIES.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=WEB_DRAIN_SECONDS,
    )


@asynccontextmanager
async def serving(
    app: ASGIApp,
    listener: socket.socket,
    *,
    headers: Sequence[tuple[str, str]] = (),
    protocol: type[CappedProtocol] = CappedProtocol,
    crowd: Crowd | None = None,
) -> AsyncGenerator[None]:
    """Answer requests while the body runs; then finish the current ones."""
    crowd = crowd or Crowd(room_for_connections())
    server = _Server(configured(app, headers=headers, protocol=protocol), crowd)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.ready.wait()
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def keeping_embedded(wiring: Wiring) -> AsyncGenerator[None]:
    """Restart the embedded server if it dies."""
    if wiring.stores.embedded is None:
        yield
        return
    watch = asyncio.create_task(wiring.stores.embedded.watch())
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.wait({watch})


@asynccontextmanager
async def running(
    wiring: Wiring, *, listener: socket.socket | None, worker: bool
) -> AsyncGenerator[Readiness]:
    """Run web, worker or both over one wiring.

    On exit, `/readyz` answers 503, a moment later requests are refused, and jobs in progress
    finish. Raises SetupError for a SLACK_BOT_TOKEN that can never work.
    """
    await wiring.services.installations.check()
    health = WorkerHealth(wiring.pulse) if worker else None
    readiness = Readiness(health)
    crowd = None if listener is None else Crowd(room_for_connections())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(keeping_embedded(wiring))
        if health is not None:
            await stack.enter_async_context(working(wiring, health, crowd))
        if listener is not None:
            checks = checks_of(wiring, readiness=readiness, worker=health)
            app = create_app(wiring, checks=checks)
            headers = answer_headers(wiring.settings.public_url)
            await stack.enter_async_context(serving(app, listener, headers=headers, crowd=crowd))
            if wiring.doors.socket is not None:
                await stack.enter_async_context(wiring.doors.socket.open())
        try:
            yield readiness
        finally:
            readiness.stopping.set()
            if listener is not None:
                await asyncio.sleep(wiring.timings.red_seconds)


async def run_app(
    settings: Settings,
    *,
    web: bool,
    worker: bool,
    say: Callable[[str], None],
    timings: Timings = TIMINGS,
) -> None:
    """Open everything and serve until SIGTERM or SIGINT."""
    stopping = stop_signal()
    with listen(settings.host, settings.port) if web else nullcontext() as listener:
        for warning in find_warnings(settings):
            say(warning)
        async with (
            open_wiring(settings, timings=timings) as wiring,
            running(wiring, listener=listener, worker=worker) as readiness,
        ):
            settle_heap()
            if listener is not None:
                say(f"Threadwatch answers on http://{settings.host}:{listener.getsockname()[1]}")
            await readiness.until(stopping)


def settle_heap() -> None:
    """After start-up: exclude the objects made so far from garbage collection.

    A full collection walks every module's objects while requests wait (160 ms, once in a few
    thousand).
    """
    gc.collect()
    gc.freeze()


def stop_signal() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
