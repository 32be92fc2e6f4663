"""The processes of a bench, started, ordered about and ended; and one burst of load."""

import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

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
class Stage:
    """The processes of one measure."""

    app: Server
    floor: Server
    stand_in: StandIn
    data_dir: Path
    database_url: str | None

    @property
    def servers(self) -> dict[Side, Server]:
        return {Side.APP: self.app, Side.FLOOR: self.floor}


@contextmanager
def staged(
    *, redis_url: str | None, database_url: str | None, web: bool, worker: bool
) -> Generator[Stage]:
    """The app, the floor on the same Redis, and what both call."""
    with tempfile.TemporaryDirectory(prefix="tw-bench-") as data_dir, stand_in(data_dir) as calls:
        order = ServerOrder(
            side=Side.APP,
            data_dir=data_dir,
            redis_url=redis_url,
            database_url=database_url,
            stand_in=calls.url,
            web=web,
            worker=worker,
        )
        with server(order) as app, server(beside(order, app)) as floor:
            yield Stage(app, floor, calls, Path(data_dir), database_url)


def beside(order: ServerOrder, app: Server) -> ServerOrder:
    """The floor's order, for the same part on the app's Redis."""
    return order.model_copy(update={"side": Side.FLOOR, "redis_url": app.ready.redis_url})


@contextmanager
def server(order: ServerOrder) -> Generator[Server]:
    arguments = ("tests.bench.served", order.model_dump_json())
    with _running(f"{order.side} server", Path(order.data_dir), *arguments) as process:
        yield Server(order.side, ServerReady.model_validate_json(process.line()), process)


@contextmanager
def stand_in(data_dir: str) -> Generator[StandIn]:
    with _running("stand-in", Path(data_dir), "tests.bench.instant") as process:
        yield StandIn(f"http://{HOST}:{int(process.line())}", process)


@contextmanager
def _running(name: str, directory: Path, *arguments: str) -> Generator[_Process]:
    """Its log lines go to a file: they are part of what the app costs."""
    with tempfile.NamedTemporaryFile("wb", dir=directory, suffix=".log", delete=False) as log:
        process = subprocess.Popen(  # noqa: S603 - this module's own sibling
            [sys.executable, "-m", *arguments],
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
