"""What a server asks of its stores, counted, the counting itself left out."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from docket import Docket
from redis.asyncio import Redis
from sqlalchemy import Engine, event, func, select

from monitors.storage.database import Database
from monitors.storage.redis_client import open_redis
from monitors.storage.tables import IntentTable
from tests.bench.plan import ServerUsage

# What keeps a connection alive, and the counting's own.
_NOT_COUNTED: Final = frozenset({"cmdstat_info", "cmdstat_ping"})
# Longer than any job of a bench is put off, shorter than the time between two passes.
_SOON_SECONDS: Final = 120

Pending = Callable[[], Awaitable[int]]


class Statements:
    """How many statements were run, by SQLAlchemy's own event."""

    def __init__(self) -> None:
        self.count = 0

    def watch(self) -> None:
        """Every engine of this process: what is read and written by is its database's own."""
        event.listen(Engine, "before_cursor_execute", self._one_more)

    def _one_more(self, *_about: object) -> None:
        self.count += 1


@dataclass
class Counted:
    """`pending` counts the jobs that wait or run; `database` None is a floor without SQL."""

    redis: Redis
    pending: Pending
    statements: Statements
    database: Database | None = None
    _own_statements: int = 0
    _own_commands: int = 0

    async def usage(self, *, wipe: bool = False) -> ServerUsage:
        """`wipe` empties Redis first, so that no round works on more than another."""
        cpu_seconds, statements = time.process_time(), self.statements.count
        commands = await self._commands()
        if wipe:
            await self.redis.flushdb()  # pyright: ignore[reportUnknownMemberType] - untyped keyword arguments in redis-py
        told = ServerUsage(
            cpu_seconds=cpu_seconds,
            jobs=await self.pending(),
            intents=await self._intents(),
            sql_statements=statements - self._own_statements,
            redis_commands=commands - self._own_commands,
            rss_mib=_memory_mib("VmRSS"),
            peak_mib=_memory_mib("VmHWM"),
        )
        self._own_statements += self.statements.count - statements
        self._own_commands += await self._commands() - commands
        return told

    async def _commands(self) -> int:
        stats = cast("dict[str, dict[str, int]]", await self.redis.info("commandstats"))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
        return sum(each["calls"] for name, each in stats.items() if name not in _NOT_COUNTED)

    async def _intents(self) -> int:
        if self.database is None:
            return 0
        ((kept,),) = await self.database.rows(select(func.count()).select_from(IntentTable))
        return int(kept)


@asynccontextmanager
async def counting(
    redis_url: str, docket: Docket, *, stream: str | None = None, database: Database | None = None
) -> AsyncGenerator[Counted]:
    """Over a connection of its own, so that the server's are as they always are.

    `stream` is one beside docket's own that jobs are written to.
    """
    statements = Statements()
    if database is not None:
        statements.watch()
    async with open_redis(redis_url) as redis:

        async def pending() -> int:
            # Those put off for later stand in the queue, not in the stream; the next pass over all
            # accounts always does.
            soon = time.time() + _SOON_SECONDS
            put_off = await redis.zcount(docket.queue_key, "-inf", soon)
            jobs = await redis.xlen(docket.stream_key) + put_off
            return int(jobs + (await redis.xlen(stream) if stream else 0))

        yield Counted(redis, pending, statements, database)


def _memory_mib(name: str) -> float:
    """A line of this process's status, which Linux gives in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def forget_peak() -> None:
    """Count the peak from now on (Linux: `5` for clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
