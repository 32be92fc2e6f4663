"""Monitors by the hundred thousand: rows in baselines and ledger, keys in Redis."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, cast

from redis.asyncio import Redis
from sqlalchemy import Table, bindparam, insert, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.ledger import PostState
from monitors.storage.engine import open_engine
from monitors.storage.keys import RUN_TTL_SECONDS, THREAD_TTL_SECONDS, run_key, thread_key
from monitors.storage.redis_client import open_redis
from monitors.storage.tables import BaselineTable, LedgerTable
from tests.bench import known
from tests.bench.plan import ServerReady

_AT_ONCE: Final = 10_000
_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)


async def fill(
    numbers: Iterable[int], ready: ServerReady, *, database_url: str | None, data_dir: Path
) -> None:
    """Known to the app as after one delivery each; those that are known must not be among them."""
    engine = open_engine(database_url, data_dir)
    async with open_redis(ready.redis_url) as redis:
        for some in _batches(numbers):
            await _insert(engine, some, endpoint_id=ready.endpoint_id)
            await _remember(redis, some)
    if engine.dialect.name == "postgresql":
        async with engine.begin() as connection:
            await connection.execute(text("ANALYZE"))
    await engine.dispose()


async def forget(numbers: Sequence[int], *, database_url: str | None, data_dir: Path) -> None:
    """Move their marks back, so that what is listed next counts as found since."""
    engine = open_engine(database_url, data_dir)
    statement = (
        update(cast("Table", BaselineTable.__table__))
        .where(BaselineTable.team_id == bindparam("team"))
        .where(BaselineTable.monitor_id == bindparam("monitor"))
        .values(mark=bindparam("old"))
    )
    async with engine.begin() as connection:
        await connection.execute(
            statement,
            [
                {
                    "team": known.team_id(number),
                    "monitor": known.monitor_id(number),
                    "old": known.group_id(known.OLD, number),
                }
                for number in numbers
            ],
        )
    await engine.dispose()


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    left = iter(numbers)
    while some := list(islice(left, _AT_ONCE)):
        yield some


async def _insert(engine: AsyncEngine, numbers: Sequence[int], *, endpoint_id: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            insert(BaselineTable), [_baseline(number, endpoint_id) for number in numbers]
        )
        await connection.execute(insert(LedgerTable), [_posted(number) for number in numbers])


def _baseline(number: int, endpoint_id: str) -> dict[str, object]:
    return {
        "team_id": known.team_id(number),
        "monitor_id": known.monitor_id(number),
        "endpoint_id": endpoint_id,
        "since": _SINCE,
        "mark": known.group_id(known.OLD, number),
    }


def _posted(number: int) -> dict[str, object]:
    home = known.thread(number)
    return {
        "team_id": known.team_id(number),
        "monitor_id": known.monitor_id(number),
        "group_id": known.group_id(known.OLD, number),
        "part": 0,
        "parts": 1,
        "state": PostState.POSTED.value,
        "channel": home.channel,
        "ts": home.ts,
        "changed_at": datetime.now(UTC),
    }


async def _remember(redis: Redis, numbers: Sequence[int]) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for number in numbers:
            workspace, monitor_id = known.workspace(number), known.monitor_id(number)
            pipe.set(thread_key(workspace, known.thread(number)), monitor_id, ex=THREAD_TTL_SECONDS)
            pipe.set(run_key(workspace, monitor_id), _SINCE.isoformat(), ex=RUN_TTL_SECONDS)
        await pipe.execute()
