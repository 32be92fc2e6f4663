"""What the stores say while their server is away, and afterwards."""

from pathlib import Path

import pytest
from monitors.delivery.claims import RedisClaims
from monitors.delivery.runs import RedisRuns
from monitors.delivery.threads import RedisThreads
from sqlalchemy import URL, text
from sqlalchemy.exc import ProgrammingError

from monitors.delivery.ledger import SqlLedger
from monitors.delivery.limits import RedisLimits
from monitors.model.ledger import LedgerKey, PostState
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import StoreDownError
from monitors.storage.engine import READS_THEN_WRITES, open_engine
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from monitors.work.leader import RedisLeader
from tests.servers import running_postgres, running_redis

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
KEY = LedgerKey("monitor_1", "mevtgrp_1", 0)
THREAD = ThreadRef("C1", "1.2")


@pytest.mark.servers
async def test_a_postgresql_that_went_away_is_a_clear_error_and_comes_back(tmp_path: Path) -> None:
    with running_postgres() as server:
        engine = open_engine(server.url.render_as_string(hide_password=False), tmp_path)
        await upgrade(engine)
        ledger = SqlLedger(engine)
        await ledger.posting(HERE, KEY, parts=1, channel="C1")
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreDownError, match="The database is away"):
                await ledger.posting(HERE, KEY, parts=1, channel="C1")
        with pytest.raises(StoreDownError):
            await ledger.settled(HERE, "monitor_1", ["mevtgrp_1"])
        server.start()
        found = await ledger.posting(HERE, KEY, parts=1, channel="C1")
        assert found.state is PostState.POSTING
        await engine.dispose()


@pytest.mark.servers
async def test_a_postgresql_that_lets_nobody_in_is_an_outage(
    postgres_server: URL, tmp_path: Path
) -> None:
    absent = postgres_server.set(database="absent").render_as_string(hide_password=False)
    engine = open_engine(absent, tmp_path)
    with pytest.raises(StoreDownError, match="The database is away"):
        await SqlLedger(engine).settled(HERE, "monitor_1", ["mevtgrp_1"])
    await engine.dispose()


async def test_an_sqlite_file_that_is_broken_is_an_outage(tmp_path: Path) -> None:
    engine = open_engine(None, tmp_path / "data")
    (tmp_path / "data" / "threadwatch.db").write_bytes(b"this is no database, " * 99)
    with pytest.raises(StoreDownError, match="DatabaseError"):
        await SqlLedger(engine).settled(HERE, "monitor_1", ["mevtgrp_1"])
    await engine.dispose()


@pytest.mark.servers
async def test_a_mistake_in_the_database_is_no_outage_on_postgresql(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = open_engine(postgres_url, tmp_path)
    with pytest.raises(ProgrammingError, match="ledger"):
        await SqlLedger(engine).settled(HERE, "monitor_1", ["mevtgrp_1"])
    await engine.dispose()


@pytest.mark.servers
async def test_while_redis_is_away_the_thread_index_knows_nothing() -> None:
    with running_redis() as server:
        async with open_redis(server.url) as redis:
            threads = RedisThreads(redis)
            await threads.remember(HERE, "monitor_1", THREAD)
            server.kill()
            assert await threads.monitor_in(HERE, THREAD) is None
            await threads.remember(HERE, "monitor_1", THREAD)
            await threads.forget(HERE, "monitor_1", THREAD)
            server.start()
            await threads.remember(HERE, "monitor_2", THREAD)
            assert await threads.monitor_in(HERE, THREAD) == "monitor_2"
            assert 0 < await redis.ttl("threadwatch:{T1}:thread:C1:1.2") <= 35 * 24 * 3600


@pytest.mark.servers
async def test_while_redis_is_away_nothing_is_limited_and_that_is_counted() -> None:
    let_through: list[bool] = []
    with running_redis() as server:
        async with open_redis(server.url) as redis:
            limits = RedisLimits(redis, burst=1, count_open=lambda: let_through.append(True))
            await limits.told_to_wait(HERE, 60)
            assert await limits.wait_seconds(HERE, "C1") > 0
            server.kill()
            assert await limits.wait_seconds(HERE, "C1") == 0
            assert await limits.create_wait_seconds("endpoint_1") == 0
            await limits.told_to_wait(HERE, 60)
            assert len(let_through) == 3
            server.start()
            assert [await limits.wait_seconds(HERE, "C1") > 0 for _ in range(2)] == [False, True]
            assert len(let_through) == 3


@pytest.mark.servers
async def test_while_redis_is_away_everybody_holds_the_claim() -> None:
    with running_redis() as server:
        async with open_redis(server.url) as redis:
            claims = RedisClaims(redis)
            await claims.take(HERE, "monitor_1", holder="a", wanted="group_1")
            server.kill()
            wanted = await claims.take(HERE, "monitor_1", holder="b", wanted="group_2")
            assert wanted == {"group_2"}
            assert await claims.take(HERE, "monitor_1", holder="c", wanted="") == frozenset()
            await claims.hold(HERE, "monitor_1", holder="b", seconds=60)
            assert await claims.release(HERE, "monitor_1", holder="b", done=frozenset())
            server.start()
            assert await claims.release(HERE, "monitor_1", holder="b", done=frozenset())


@pytest.mark.servers
async def test_while_redis_is_away_nobody_leads_and_no_run_is_seen() -> None:
    with running_redis() as server:
        async with open_redis(server.url) as redis:
            leader = RedisLeader(redis, "reconciler", holder="a", ttl_seconds=60)
            runs, crashes = RedisRuns(redis), RedisCrashes(redis)
            assert await leader.hold()
            await runs.remember_run(HERE, "monitor_1", "run_1")
            server.kill()
            assert not await leader.hold()
            await leader.release()
            assert await runs.run_seen(HERE, "monitor_1") is None
            await runs.remember_run(HERE, "monitor_1", "run_2")
            await runs.remember_run(HERE, "monitor_1", "")
            assert await crashes.crashed("job_1") == 0
            server.start()
            assert await leader.hold()
            await runs.remember_run(HERE, "monitor_1", "run_3")
            assert await runs.run_seen(HERE, "monitor_1") == "run_3"
            assert await crashes.crashed("job_1") == 1


async def test_a_write_that_waits_too_long_for_another_is_an_outage(tmp_path: Path) -> None:
    engine = open_engine(None, tmp_path / "data")
    await upgrade(engine)
    impatient = open_engine(None, tmp_path / "data")
    async with engine.connect() as connection, impatient.connect() as waiting:
        await waiting.execute(text("PRAGMA busy_timeout = 10"))
        await waiting.rollback()
        await waiting.close()
        await connection.execution_options(**{READS_THEN_WRITES: True})
        async with connection.begin():
            with pytest.raises(StoreDownError, match="OperationalError"):
                await SqlLedger(impatient).posting(HERE, KEY, parts=1, channel="C1")
    await engine.dispose()
    await impatient.dispose()
