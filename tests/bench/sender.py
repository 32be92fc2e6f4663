"""The load, from a process of its own: `python -m tests.bench.sender '<Load as JSON>'`.

Requests are signed beforehand and answers are only split, not understood: the sender must never be
what is measured. It reports how busy and how late it was.
"""

import asyncio
import gc
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, cast

import uvloop

from tests.bench.plan import HOST, Load, LoadResult
from tests.bench.signed import requests

PATIENCE_SECONDS: Final = 10.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
# Bolt for Node answers so.
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)

Answered = Callable[["Connection", int], None]


class SenderError(Exception):
    """The server hung up, or answered in a way that cannot be counted."""


class Connection(asyncio.Protocol):
    """One kept-alive connection with one request under way at most."""

    def __init__(self, answered: Answered, lost: Callable[[str], None]) -> None:
        self._answered = answered
        self._lost = lost
        self._got = b""
        self._transport: asyncio.WriteTransport | None = None
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(f"the server hung up: {exc}")

    def ask(self, request: bytes, *, due: float) -> None:
        """`due` is what the wait is counted from."""
        self.due = due
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got = self._got + data if self._got else data
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._got, 0, end)
        if length is None:
            self._take_chunked(end)
        elif len(self._got) - end - 4 >= int(length[1]):
            self._take()

    def _take_chunked(self, end: int) -> None:
        if not _CHUNKED.search(self._got, 0, end):
            self._lost("an answer without a length")
        elif self._got.endswith(b"\r\n0\r\n\r\n"):
            self._take()

    def _take(self) -> None:
        status = int(self._got[9:12])
        self._got = b""
        self._answered(self, status)


class Sender:
    """One burst."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._waits: list[float] = []
        self._late: list[float] = []
        self._refused = 0
        self._idle: list[Connection] = []
        self._overdue: deque[tuple[float, bytes]] = deque()
        self._ready: Iterator[bytes] = iter(())
        self._last = 0.0
        self._ends = 0.0
        self._under_way = 0
        self._quiet = asyncio.Event()
        self._trouble: str | None = None
        self._over = False

    async def run(self) -> LoadResult:
        """Raises SenderError."""
        self._ready = iter(list(requests(self._load)))
        gc.collect()
        gc.disable()
        loop = asyncio.get_running_loop()
        for _ in range(self._load.connections):
            made = await loop.create_connection(
                lambda: Connection(self._answered, self._lost), HOST, self._load.port
            )
            self._idle.append(made[1])
        start, busy = time.perf_counter(), time.process_time()
        self._ends = start + self._load.seconds
        if self._load.per_second is None:
            self._begin_unpaced()
        else:
            await self._pace(start, self._load.per_second)
        await self._until_quiet()
        seconds = self._last - start
        return LoadResult(
            answered=len(self._waits),
            refused=self._refused,
            seconds=seconds,
            waits_ms=[round(wait * 1000, 3) for wait in self._waits],
            late_ms=round(_percentile(self._late, 0.99) * 1000, 3),
            busy=round((time.process_time() - busy) / seconds, 3),
            began=start,
        )

    def _begin_unpaced(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            self._send_next(connection)

    def _send_next(self, connection: Connection) -> None:
        now = time.perf_counter()
        request = next(self._ready, None) if now < self._ends else None
        if request is not None:
            self._under_way += 1
            connection.ask(request, due=now)

    async def _pace(self, start: float, per_second: int) -> None:
        for number, request in enumerate(self._ready):
            due = start + number / per_second
            if due >= self._ends or self._trouble:
                return
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            self._late.append(time.perf_counter() - due)
            self._under_way += 1
            if self._idle:
                self._idle.pop().ask(request, due=due)
            else:
                self._overdue.append((due, request))

    def _answered(self, connection: Connection, status: int) -> None:
        self._last = time.perf_counter()
        self._waits.append(self._last - connection.due)
        self._refused += status >= 300
        self._under_way -= 1
        if self._load.per_second is None:
            self._send_next(connection)
        elif self._overdue:
            due, request = self._overdue.popleft()
            connection.ask(request, due=due)
        else:
            self._idle.append(connection)
        if not self._under_way:
            self._quiet.set()

    def _lost(self, why: str) -> None:
        if not self._over:
            self._trouble = why
            self._quiet.set()

    async def _until_quiet(self) -> None:
        """Every request answered. An event left over from a pause in the pacing says nothing."""
        if self._under_way and not self._trouble:
            self._quiet.clear()
            limit = self._load.seconds + PATIENCE_SECONDS
            try:
                await asyncio.wait_for(self._quiet.wait(), limit)
            except TimeoutError:
                self._trouble = f"{self._under_way} requests were never answered"
        self._over = True
        if self._trouble:
            raise SenderError(self._trouble)


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] if values else 0.0


def main() -> None:
    load = Load.model_validate_json(sys.argv[1])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(Sender(load).run())
    sys.stdout.write(result.model_dump_json())


if __name__ == "__main__":
    main()
