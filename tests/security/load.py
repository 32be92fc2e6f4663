"""The four loads of docs/security.md on a process of its own, measured while Slack's requests come.

`measured` starts the app as an operator does, with a limit of 1,024 open files, and a sandbox
beside it; the loads come from a process of their own. `make security` prints its table.
"""

import asyncio
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import running_sandbox
from tests.flows.signed import SlackSender
from tests.flows.world import World
from tests.security.day import CONFIG, as_variables
from tests.security.serving_process import ServingProcess

MOST_MEGABYTES: Final = 300
MOST_ACK_SECONDS: Final = 1.0
LOAD_SECONDS: Final = 10.0
_ACKS_APART_SECONDS: Final = 0.05
_OPEN_FILES: Final = 1024
_SIGNED: Final = f"x-slack-signature: v0={'0' * 64}\r\nx-slack-request-timestamp: {{now}}\r\n"
Load = Callable[[int, float], Awaitable[None]]


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def _repeat(
    port: int, connections: int, seconds: float, act: Callable[[int], Awaitable[None]]
) -> None:
    """On so many connections at once; one that was closed is opened again."""
    end = time.monotonic() + seconds

    async def one() -> None:
        while time.monotonic() < end:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(max(0.1, end - time.monotonic())):
                    await act(port)
            await asyncio.sleep(0.01)

    await asyncio.gather(*(one() for _ in range(connections)))


async def _body(port: int, head: str) -> None:
    """A mebibyte, all but its last byte, then waiting."""
    reader, writer = await _open(port)
    try:
        writer.write(f"POST /slack/events HTTP/1.1\r\nhost: a\r\n{head}".encode())
        writer.write(b"content-length: 1048576\r\n\r\n" + b"x" * 1_048_575)
        while await reader.read(65536):
            pass
    finally:
        writer.transport.abort()


async def unsigned_bodies(port: int, seconds: float) -> None:
    await _repeat(port, 600, seconds, lambda to: _body(to, ""))


async def forged_bodies(port: int, seconds: float) -> None:
    head = _SIGNED.format(now=int(time.time()))
    await _repeat(port, 600, seconds, lambda to: _body(to, head))


async def pipelined(port: int, seconds: float) -> None:
    async def act(to: int) -> None:
        reader, writer = await _open(to)
        try:
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n" * 38_000)
            while await reader.read(65536):
                pass
        finally:
            writer.transport.abort()

    await _repeat(port, 46, seconds, act)


async def idle(port: int, seconds: float) -> None:
    async def act(to: int) -> None:
        reader, writer = await _open(to)
        try:
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
            while await reader.read(65536):
                pass
        finally:
            writer.transport.abort()

    await _repeat(port, 1_100, seconds, act)


async def bad_requests(port: int, seconds: float) -> None:
    """In batches of 16 on 8 connections, as fast as they are answered but 5,600 a second."""
    batch = b"POST /slack/events HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}" * 16
    each = 16 * 8 / 5_600

    async def act(to: int) -> None:
        reader, writer = await _open(to)
        try:
            while True:
                due = time.monotonic() + each
                writer.write(batch)
                for _ in range(16):
                    await reader.readuntil(b'too old."}')
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        finally:
            writer.transport.abort()

    await _repeat(port, 8, seconds, act)


LOADS: Final[dict[str, Load]] = {
    "600 connections with unsigned bodies of 1 MiB": unsigned_bodies,
    "600 connections with forged bodies of 1 MiB": forged_bodies,
    "46 connections with 46 MB of pipelined requests": pipelined,
    "1,100 idle connections, 1,024 open files": idle,
    "5,600 bad requests a second": bad_requests,
}


def _attack(load: str, port: int, seconds: float) -> None:
    async def attacked() -> None:
        await LOADS[load](port, seconds)

    asyncio.run(attacked())


@dataclass(frozen=True, slots=True)
class Measured:
    load: str
    peak_megabytes: int
    acks: int
    worst_ack_seconds: float
    failed: int

    @property
    def problems(self) -> list[str]:
        return [
            *([f"{self.load}: {self.failed} acks failed"] if self.failed else []),
            *([f"{self.load}: no acks"] if not self.acks else []),
            *([f"{self.load}: memory"] if self.peak_megabytes > MOST_MEGABYTES else []),
            *([f"{self.load}: slow acks"] if self.worst_ack_seconds > MOST_ACK_SECONDS else []),
        ]


def _peak_megabytes(pid: int) -> int:
    (line,) = [
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    ]
    return int(line.split()[1]) // 1024


def _acks(send: Callable[[], httpx.Response], stop: threading.Event) -> tuple[list[float], int]:
    """Each on a connection of its own, as the worst case: its seconds, and how many failed."""
    seconds: list[float] = []
    failed = 0
    while not stop.is_set():
        begun = time.monotonic()
        try:
            failed += not send().is_success
        except httpx.HTTPError:
            failed += 1
        seconds.append(time.monotonic() - begun)
        stop.wait(_ACKS_APART_SECONDS)
    return seconds, failed


def measured(load: str, seconds: float) -> Measured:
    with (
        tempfile.TemporaryDirectory() as name,
        running_sandbox(CONFIG) as sandbox,
        httpx.Client(base_url=sandbox.url, timeout=30, trust_env=False, verify=NO_TLS) as client,
    ):
        folder = Path(name)
        variables = as_variables(sandbox, folder / "data") | {"LOG_LEVEL": "info"}
        world = World(client=client, app_url=variables["PUBLIC_URL"])
        within = ["sh", "-c", f'ulimit -n {_OPEN_FILES} && exec "$0" "$@"']
        with ServingProcess(folder, variables, within=within) as process:
            asyncio.run(connect_app(sandbox.url, process.url))
            world.install()
            sender = SlackSender.of(world)
            stop = threading.Event()
            attacker = multiprocessing.get_context("spawn").Process(
                target=_attack, args=(load, int(variables["PORT"]), seconds)
            )
            attacker.start()
            threading.Timer(seconds, stop.set).start()
            acks, failed = _acks(lambda: sender.command(world, "/monitor", "list"), stop)
            attacker.join()
            return Measured(load, _peak_megabytes(process.pid), len(acks), max(acks), failed)


def load_table(results: Sequence[Measured]) -> str:
    lines = [
        "| load | memory, at most | acks to Slack | slowest | failed |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {each.load} | {each.peak_megabytes} MB | {each.acks} "
        f"| {each.worst_ack_seconds:.2f} s | {each.failed} |"
        for each in results
    ]
    return "\n".join(lines)
