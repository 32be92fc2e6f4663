"""`serve` as an operator starts it: until it is ready, what it holds, and after a kill -9.

The embedded set-up in one process, which has to start its own Redis and bring SQLite up to date.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from rich.table import Table

from monitors.storage.embedded import end_orphan
from tests.bench.filling import fill
from tests.bench.plan import HOST, Kind, Load, ServerOrder, Side
from tests.bench.served import KEY
from tests.bench.servers import BenchError, StandIn, send, server, stand_in
from tests.bench.signed import PARALLEL_SECRET, SLACK_SECRET

FINDINGS: Final = 60
_OWN: Final = frozenset({"bot", "monitors", "webhooks", "sandbox", "tests", "__main__"})
_IMPORTED: Final = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)
_IMPORT_THEM: Final = """
import contextlib, importlib, json, sys
from pathlib import Path
for name in json.loads(sys.stdin.read()):
    with contextlib.suppress(ImportError, AttributeError):
        importlib.import_module(name)
status = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in status if line.startswith("VmRSS")))
"""
_PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.01
# Housekeeping and the first pass of the reconciler are over by then.
_IDLE_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Start:
    """One start, and a process that imports the same libraries and does nothing."""

    seconds: float
    idle_mib: float
    libraries_seconds: float
    libraries_mib: float


@dataclass(frozen=True, slots=True)
class Kill:
    """Seconds from a kill -9, `serve` started again at once."""

    until_ready: float
    until_first_post: float
    until_all_posted: float


@dataclass(frozen=True, slots=True)
class Starts:
    """Started several times, killed once: what was under way then may take half a minute."""

    starts: list[Start]
    kill: Kill


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A data directory with workspaces and monitors in it, and the settings that go with it."""

    environment: dict[str, str]
    port: int
    webhook_path: str
    stand_in: StandIn
    log: Path


def measure_start(*, rounds: int) -> Starts:
    """Raises BenchError."""
    with tempfile.TemporaryDirectory(prefix="tw-bench-") as directory, stand_in(directory) as calls:
        prepared = _prepare(Path(directory), calls)
        try:
            libraries = _libraries(prepared)
            starts = [_start(prepared, libraries) for _ in range(rounds)]
            return Starts(starts, _kill(prepared))
        finally:
            end_orphan(Path(directory))


def _prepare(directory: Path, calls: StandIn) -> _Prepared:
    order = ServerOrder(
        side=Side.APP,
        data_dir=str(directory),
        redis_url=None,
        database_url=None,
        stand_in=calls.url,
        web=False,
    )
    with server(order) as app:
        asyncio.run(fill(range(FINDINGS), app.ready, database_url=None, data_dir=directory))
        webhook_path = app.ready.webhook_path
    port = _free_port()
    settings = {
        "HOST": HOST,
        "PORT": str(port),
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "DATA_DIR": str(directory),
        "ENCRYPTION_KEYS": KEY,
        "SLACK_SIGNING_SECRET": SLACK_SECRET,
        "SLACK_CLIENT_ID": "1.1",
        "SLACK_CLIENT_SECRET": "a secret of the bench",
        "SLACK_API_URL": f"{calls.url}/api/",
        "SLACK_AUTHORIZE_URL": f"{calls.url}/authorize",
        "PARALLEL_API_KEY": "bench",
        "PARALLEL_WEBHOOK_SECRET": PARALLEL_SECRET,
        "OPERATOR_ACCOUNT_FOR": "any",
        "PARALLEL_BASE_URL": calls.url,
        "PARALLEL_PLATFORM_URL": calls.url,
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return _Prepared({**kept, **settings}, port, webhook_path, calls, directory / "serve.log")


def _start(prepared: _Prepared, libraries: str) -> Start:
    imported, imported_mib = _import(libraries)
    began = time.perf_counter()
    with _serving(prepared) as process:
        ready = _until_ready(prepared, process) - began
        time.sleep(_IDLE_SECONDS)
        return Start(ready, _memory_mib(process.pid), imported, imported_mib)


def _kill(prepared: _Prepared) -> Kill:
    """With findings accepted and not yet posted."""
    numbers = list(range(FINDINGS))
    prepared.stand_in.generation(1)
    with _serving(prepared) as process:
        _until_ready(prepared, process)
        send(_webhooks(prepared, numbers, generation=1))
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed = time.perf_counter()
    with _serving(prepared) as process:
        before = {number for number, _ in prepared.stand_in.take().posts}
        ready = _until_ready(prepared, process)
        moments = _until_posted(prepared.stand_in, set(numbers) - before) or [ready]
    return Kill(ready - killed, min(moments) - killed, max(moments) - killed)


@contextmanager
def _serving(prepared: _Prepared, *options: str) -> Generator[subprocess.Popen[str]]:
    with prepared.log.open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the app, our own arguments
            [sys.executable, *options, "-m", "bot", "serve"],
            env=prepared.environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_ready(prepared: _Prepared, process: subprocess.Popen[str]) -> float:
    ends = time.perf_counter() + _PATIENCE_SECONDS
    while process.poll() is None and time.perf_counter() < ends:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{prepared.port}/readyz", timeout=5):
                return time.perf_counter()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(_LOOK_SECONDS)
    raise BenchError(f"{prepared.log.read_text(encoding='utf-8')}\nserve never became ready.")


def _until_posted(calls: StandIn, expected: set[int]) -> list[float]:
    """When each of those was first posted."""
    first: dict[int, float] = {}
    ends = time.perf_counter() + _PATIENCE_SECONDS
    while not expected <= first.keys():
        if time.perf_counter() > ends:
            left = len(expected - first.keys())
            raise BenchError(
                f"After a kill -9 {left} of {len(expected)} findings were never posted."
            )
        for number, at in calls.take().posts:
            first.setdefault(number, at)
        time.sleep(_LOOK_SECONDS)
    return [first[number] for number in expected]


def _webhooks(prepared: _Prepared, numbers: list[int], *, generation: int) -> Load:
    return Load(
        kind=Kind.FINDING,
        port=prepared.port,
        path=prepared.webhook_path,
        run=f"start{generation}",
        seconds=5,
        connections=16,
        numbers=numbers,
        generation=generation,
    )


def _libraries(prepared: _Prepared) -> str:
    """What `serve` has imported by the time it is ready, its own modules left out, as JSON."""
    with _serving(prepared, "-X", "importtime") as process:
        _until_ready(prepared, process)
    names = _IMPORTED.findall(prepared.log.read_text(encoding="utf-8"))
    left_out = _OWN | sys.stdlib_module_names
    return json.dumps([name for name in names if name.partition(".")[0] not in left_out])


def _import(libraries: str) -> tuple[float, float]:
    """Seconds and MiB of a process that only imports them."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _IMPORT_THEM],
        input=libraries,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - began, int(done.stdout) / 1024


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def _memory_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def start_table(measured: Starts) -> Table:
    table = Table()
    for heading in ("serve, one process, embedded", "app", "its libraries alone", "ratio"):
        table.add_column(heading, justify="right" if table.columns else "left")

    def of(figure: Callable[[Start], float], form: str) -> str:
        return format(median(figure(start) for start in measured.starts), form)

    table.add_row(
        "start until ready, s",
        of(lambda start: start.seconds, ".2f"),
        of(lambda start: start.libraries_seconds, ".2f"),
        of(lambda start: start.seconds / start.libraries_seconds, ".2f"),
    )
    table.add_row(
        "idle memory, MiB",
        of(lambda start: start.idle_mib, ".0f"),
        of(lambda start: start.libraries_mib, ".0f"),
        of(lambda start: start.idle_mib / start.libraries_mib, ".2f"),
    )
    kill = measured.kill
    table.add_row("kill -9 until ready, s", f"{kill.until_ready:.2f}")
    table.add_row("… until the first of what was left is posted, s", f"{kill.until_first_post:.2f}")
    table.add_row("… until all is posted, s", f"{kill.until_all_posted:.2f}")
    return table
