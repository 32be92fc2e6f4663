"""The processes of a bench, started, ordered about and ended; and one burst of load."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tests.bench.node_app import node_server
from tests.bench.plan import (
    HOST,
    Load,
    LoadResult,
    ServerOrder,
    ServerReady,
    ServerUsage,
    Side,
    StandInLog,
)
from tests.servers import empty_redis

_SENDER_SPARE_SECONDS: Final = 60.0
_LOG_LINES: Final = 20


class BenchError(Exception):
    """The measurement is void; the text says why."""


@dataclass(frozen=True, slots=True)
class _Process:
    """One that says a line when it is ready, and answers each line with one."""

    name: str
    asks: IO[str]
    answers: IO[str]
    log: Path

    def ask(self, words: str) -> str:
        self.asks.write(f"{words}\n")
        self.asks.flush()
        return self.line()

    def line(self) -> str:
        line = self.answers.readline()
        if not line:
            said = self.log.read_text(encoding="utf-8").splitlines()[-_LOG_LINES:]
            raise BenchError("\n".join([*said, f"The {self.name} ended; see above."]))
        return line


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    side: Side
    ready: ServerReady
    process: _Process

    def usage(self) -> ServerUsage:
        return ServerUsage.model_validate_json(self.process.ask("usage"))

    def wipe(self) -> None:
        """Empty Redis, so that no round works on more than another."""
        self.process.ask("wipe")

    def settled_mib(self) -> float:
        """Its memory now; the peak is counted from here."""
        return ServerUsage.model_validate_json(self.process.ask("settle")).rss_mib


@dataclass(frozen=True, slots=True)
class StandIn:
    """Slack and Parallel."""

    url: str
    process: _Process

    def generation(self, number: int) -> None:
        """Which events are listed from now on."""
        self.process.ask(f"generation {number}")

    def take(self) -> StandInLog:
        """What was asked since the last time of asking."""
        return StandInLog.model_validate_json(self.process.ask("take"))


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts run. `split`: web and worker each in a process of its own, as deployed."""

    web: bool = True
    worker: bool = True
    split: bool = False
    node: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """The processes of one measure: `workers` are the `doors` themselves unless split."""

    doors: dict[Side, Server]
    workers: dict[Side, Server]
    stand_in: StandIn
    data_dir: Path
    database_url: str | None

    @property
    def app(self) -> Server:
        return self.doors[Side.APP]

    @property
    def sides(self) -> list[Side]:
        return list(self.doors)

    def wipe(self) -> None:
        self.app.wipe()


@contextmanager
def staged(*, redis_url: str | None, database_url: str | None, parts: Parts) -> Generator[Stage]:
    """The app, what stands beside it on the same Redis, and what all of them call.

    A server at `redis_url` is emptied first: no stage does the work that another left.
    """
    if redis_url is not None:
        asyncio.run(empty_redis(redis_url))
    with ExitStack() as stack:
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="tw-bench-"))
        calls = stack.enter_context(stand_in(data_dir))
        order = ServerOrder(
            side=Side.APP,
            data_dir=data_dir,
            redis_url=redis_url,
            database_url=database_url,
            stand_in=calls.url,
            web=parts.web,
            worker=parts.worker and not parts.split,
        )
        doors = _every_side(stack, order, parts)
        workers = doors
        if parts.split and parts.worker:
            shared = {"redis_url": doors[Side.APP].ready.redis_url, "web": False, "worker": True}
            workers = _every_side(stack, order.model_copy(update=shared), parts)
        yield Stage(doors, workers, calls, Path(data_dir), database_url)


def _every_side(stack: ExitStack, order: ServerOrder, parts: Parts) -> dict[Side, Server]:
    app = stack.enter_context(server(order))
    servers = {Side.APP: app}
    others = [Side.FLOOR, Side.NODE] if parts.node else [Side.FLOOR]
    for side in others:
        beside = {"side": side, "redis_url": app.ready.redis_url}
        servers[side] = stack.enter_context(server(order.model_copy(update=beside)))
    return servers


@contextmanager
def server(order: ServerOrder) -> Generator[Server]:
    command = (
        node_server(order)
        if order.side is Side.NODE
        else [sys.executable, "-m", "tests.bench.served", order.model_dump_json()]
    )
    with _running(f"{order.side} server", Path(order.data_dir), command) as process:
        yield Server(order.side, ServerReady.model_validate_json(process.line()), process)


@contextmanager
def stand_in(data_dir: str) -> Generator[StandIn]:
    command = [sys.executable, "-m", "tests.bench.instant"]
    with _running("stand-in", Path(data_dir), command) as process:
        yield StandIn(f"http://{HOST}:{int(process.line())}", process)


@contextmanager
def _running(name: str, directory: Path, command: list[str]) -> Generator[_Process]:
    """Its log lines go to a file: they are part of what the app costs."""
    with tempfile.NamedTemporaryFile("wb", dir=directory, suffix=".log", delete=False) as log:
        process = subprocess.Popen(  # noqa: S603 - this module's own sibling
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    if process.stdin is None or process.stdout is None:
        raise BenchError(f"the {name} has no pipes")
    try:
        yield _Process(name, process.stdin, process.stdout, Path(log.name))
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def send(load: Load) -> LoadResult:
    """Raises BenchError."""
    done = subprocess.run(  # noqa: S603 - this module's own sibling
        [sys.executable, "-m", "tests.bench.sender", load.model_dump_json()],
        check=False,
        capture_output=True,
        text=True,
        timeout=load.seconds + _SENDER_SPARE_SECONDS,
    )
    if done.returncode != 0:
        raise BenchError(f"The sender failed:\n{done.stderr}")
    return LoadResult.model_validate_json(done.stdout)
