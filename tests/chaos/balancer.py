"""What stands before the web processes, so that Slack and Parallel know one address."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

HOST: Final = "127.0.0.1"
_CHUNK: Final = 65536
_NOBODY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Balancer:
    """Passes each connection to the next backend that takes one; 503 while none does.

    A connection whose backend dies is reset, as its caller would see it without a balancer.
    """

    def __init__(self, backends: Sequence[int]) -> None:
        self._backends = backends
        self._turn = count()
        self._open: set[asyncio.Task[None]] = set()
        self.refused = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            # Only `end` cancels, and asyncio's servers print a stack for a callback so ended.
            with suppress(asyncio.CancelledError):
                await self._pass_on(reader, writer)
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        for step in range(len(self._backends)):
            port = self._backends[(first + step) % len(self._backends)]
            with suppress(OSError):
                back_reader, back_writer = await asyncio.open_connection(HOST, port)
                await _join(reader, writer, back_reader, back_writer)
                return
        self.refused += 1
        with suppress(OSError):
            # Read first: an answer before the question looks like a reset to some clients.
            await reader.read(_CHUNK)
            writer.write(_NOBODY)
            await writer.drain()

    async def end(self) -> None:
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    back_reader: asyncio.StreamReader,
    back_writer: asyncio.StreamWriter,
) -> None:
    """Until either side ends."""
    ways = [
        asyncio.ensure_future(_pump(reader, back_writer)),
        asyncio.ensure_future(_pump(back_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        back_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def balancing(backends: Sequence[int]) -> AsyncGenerator[tuple[Balancer, int]]:
    """A balancer at work, and its port."""
    balancer = Balancer(backends)
    server = await asyncio.start_server(balancer.accept, HOST, 0, backlog=1024)
    try:
        yield balancer, int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await balancer.end()
