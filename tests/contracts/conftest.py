"""The same promises, kept by every store: in memory, SQLite, PostgreSQL, Redis, Valkey."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from monitors.services.ports import Baselines, IntentStore, Ledger, StaleIntents, ThreadIndex
from monitors.store.embedded import EmbeddedValkey
from monitors.store.redis_client import open_redis
from monitors.store.redis_threads import RedisThreads
from monitors.store.sql.engine import open_engine
from monitors.store.sql.intents import SqlIntents
from monitors.store.sql.ledger import SqlBaselines, SqlLedger
from monitors.store.sql.schema import upgrade
from tests.contracts.memory import MemoryBaselines, MemoryIntents, MemoryLedger, MemoryThreads
from tests.servers import empty_redis


class Intents(IntentStore, StaleIntents, Protocol):
    pass


@dataclass
class Clock:
    """Stands still until told otherwise."""

    now: datetime = field(default_factory=lambda: datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Records:
    intents: Intents
    ledger: Ledger
    baselines: Baselines


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def database(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """Which kind, and the address of PostgreSQL's."""
    kind: str = request.param
    return kind, request.getfixturevalue("postgres_url") if kind == "postgresql" else None


@pytest.fixture
async def records(
    database: tuple[str, str | None], clock: Clock, tmp_path: Path
) -> AsyncIterator[Records]:
    kind, url = database
    if kind == "memory":
        yield Records(MemoryIntents(clock), MemoryLedger(), MemoryBaselines())
        return
    engine = open_engine(url, tmp_path / "data")
    await upgrade(engine)
    yield Records(SqlIntents(engine, now=clock), SqlLedger(engine), SqlBaselines(engine))
    await engine.dispose()


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


@pytest.fixture
async def threads(key_value_url: str | None) -> AsyncIterator[ThreadIndex]:
    if key_value_url is None:
        yield MemoryThreads()
        return
    await empty_redis(key_value_url)
    async with open_redis(key_value_url) as redis:
        yield RedisThreads(redis)
