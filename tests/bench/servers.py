"""Both servers, started, ordered about and ended; and one burst of load against either."""

import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from tests.bench.plan import (
    Load,
    LoadResult,
    ServerOrder,
    ServerReady,
    ServerUsage,
    Side,
)

_SENDER_SPARE_SECONDS: Final = 60.0


class BenchError(Exception):
    """The measurement is void; the text says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process."""

    side: Side
    ready: ServerReady
    process: "subprocess.Popen[str]"

    def usage(self) -> ServerUsage:
        return self._order("usage")

    def wipe(self) -> None:
        """Empty Redis, so that no round works on more than another."""
        self._order("wipe")

    def _order(self, word: str) -> ServerUsage:
        asks, answers = _pipes(self.process)
        asks.write(f"{word}\n")
        asks.flush()
        return ServerUsage.model_validate_json(_line(answers, self.side))


@contextmanager
def both_servers(
    *, redis_url: str | None, database_url: str | None
) -> Generator[dict[Side, Server]]:
    """The app, and the floor on the same Redis."""
    with tempfile.TemporaryDirectory(prefix="tw-bench-") as data_dir:
        order = ServerOrder(
            side=Side.APP, data_dir=data_dir, redis_url=redis_url, database_url=database_url
        )
        with _server(order) as app:
            beside = order.model_copy(update={"side": Side.FLOOR, "redis_url": app.ready.redis_url})
            with _server(beside) as floor:
                yield {Side.APP: app, Side.FLOOR: floor}


@contextmanager
def _server(order: ServerOrder) -> Generator[Server]:
    process = subprocess.Popen(  # noqa: S603 - this module's own sibling
        [sys.executable, "-m", "tests.bench.served", order.model_dump_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    asks, answers = _pipes(process)
    try:
        ready = ServerReady.model_validate_json(_line(answers, order.side))
        yield Server(order.side, ready, process)
    finally:
        asks.close()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        answers.close()


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


def _line(answers: IO[str], side: Side) -> str:
    line = answers.readline()
    if not line:
        raise BenchError(f"The {side} server ended; its reason stands above.")
    return line


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise BenchError("the server has no pipes")
    return process.stdin, process.stdout
