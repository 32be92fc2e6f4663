"""The same promises, kept by every store: in memory, SQLite, PostgreSQL, Redis, Valkey."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from monitors.delivery.ledger import Ledger
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.ports import Limits
from monitors.storage.database import Database, open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from monitors.work.intent_store import SqlIntents
from tests.contracts.memory_shared import (
    MemoryLimits,
)
from tests.migrated import begin_with
from tests.servers import empty_redis


@dataclass
class Clock:
    """Stands still until told otherwise."""

    now: datetime = field(default_factory=lambda: datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Delivered:
    """What is kept of what was delivered, and of the monitors that it was delivered for."""

    ledger: Ledger
    monitors: Monitors


@dataclass(frozen=True)
class Shared:
    """What workers share through Redis; `pass_time` lets seconds go by."""

    limits: Limits
    pass_time: Callable[[float], Awaitable[None]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def sql_url(request: pytest.FixtureRequest) -> str | None:
    kind: str = request.param
    return request.getfixturevalue("postgres_url") if kind == "postgresql" else None


@pytest.fixture
async def database(sql_url: str | None, tmp_path: Path, migrated: Path) -> AsyncIterator[Database]:
    if sql_url is None:
        begin_with(migrated, tmp_path / "data")
    async with aclosing(open_database(sql_url, tmp_path / "data")) as opened:
        await upgrade(opened)
        yield opened


@pytest.fixture
def intents(database: Database, clock: Clock) -> SqlIntents:
    return SqlIntents(database, now=clock)


@pytest.fixture
def delivered(database: Database, clock: Clock) -> Delivered:
    return Delivered(Ledger(database, now=clock), Monitors(database))


@pytest.fixture(scope="session")
def embedded_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = EmbeddedValkey(tmp_path_factory.mktemp("embedded"))
    yield server.start()
    server.stop()


@pytest.fixture(params=["memory", "embedded", pytest.param("redis", marks=pytest.mark.servers)])
def key_value_url(request: pytest.FixtureRequest) -> str | None:
    kind: str = request.param
    if kind == "memory":
        return None
    return request.getfixturevalue("embedded_url" if kind == "embedded" else "redis_url")


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.servers)])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A real server, empty."""
    kind: str = request.param
    url = request.getfixturevalue("embedded_url" if kind == "embedded" else "redis_server_url")
    await empty_redis(url)
    async with open_redis(url) as client:
        yield client


@pytest.fixture
async def shared(key_value_url: str | None, clock: Clock) -> AsyncIterator[Shared]:
    if key_value_url is None:
        yield _shared_in_memory(clock)
        return
    await empty_redis(key_value_url)
    async with open_redis(key_value_url) as client:
        yield shared_in_redis(client, clock)


def shared_in_redis(client: Redis, clock: Clock) -> Shared:
    async def pass_time(seconds: float) -> None:
        """The server's clock cannot be set: everything in it is made to end that much sooner."""
        clock.advance(seconds=seconds)
        for key in await keys_of(client):
            left = await client.pttl(key) - round(seconds * 1000)
            await (client.pexpire(key, left) if left > 0 else client.delete(key))

    return Shared(
        RedisLimits(client, now=clock.seconds),
        pass_time,
    )


def _shared_in_memory(clock: Clock) -> Shared:
    async def pass_time(seconds: float) -> None:
        clock.advance(seconds=seconds)

    return Shared(
        MemoryLimits(clock.seconds),
        pass_time,
    )


async def keys_of(client: Redis) -> list[str]:
    """Every key the server has."""
    found = await client.keys()  # pyright: ignore[reportUnknownMemberType] - its options are untyped
    return sorted(key.decode() if isinstance(key, bytes) else key for key in found)
