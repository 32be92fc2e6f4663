"""What the stores say while their server is away, and afterwards."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.exc import ProgrammingError

from monitors.delivery.ledger import Ledger, Taken
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitor_statements import changing
from monitors.delivery.monitors import Monitors
from monitors.model.ledger import Post, PostState
from monitors.model.message import Message
from monitors.model.monitor_row import MonitorRow
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import StoreDownError
from monitors.storage.database import Database, open_database
from monitors.storage.engine import parse_url
from monitors.storage.reach import database_problem
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from tests.servers import running_postgres, running_redis

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
POST = Post.notice("monitor_1", "event_1", Message(text="news"))


async def take(ledger: Ledger) -> bool:
    taken = Taken(HERE, POST.monitor_id, POST.message_key, NOW)
    return await ledger.take(taken, POST, channel="C1", at=NOW)


@pytest.mark.servers
async def test_a_postgresql_that_went_away_is_a_clear_error_and_comes_back(tmp_path: Path) -> None:
    with running_postgres() as server:
        database = open_database(server.url.render_as_string(hide_password=False), tmp_path)
        await upgrade(database)
        ledger = Ledger(database)
        await take(ledger)
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreDownError, match="The database is away"):
                await take(ledger)
        with pytest.raises(StoreDownError):
            await ledger.rows(HERE, "monitor_1", ["event_1"])
        server.start()
        assert not await take(ledger)
        await database.aclose()


@pytest.mark.servers
async def test_a_failover_costs_nobody_a_request(tmp_path: Path) -> None:
    with running_postgres() as server:
        database = open_database(server.url.render_as_string(hide_password=False), tmp_path)
        await upgrade(database)
        ledger = Ledger(database)
        assert await take(ledger)
        # As many connections as are kept: none of them is of any use afterwards.
        await asyncio.gather(*(take(ledger) for _ in range(10)))
        server.stop()
        server.start()
        assert await ledger.rows(HERE, POST.monitor_id, ["event_1"])
        assert not any(await asyncio.gather(*(take(ledger) for _ in range(10))))
        server.stop()
        server.start()
        assert not any(await asyncio.gather(*(take(ledger) for _ in range(10))))
        await database.aclose()


@contextmanager
def answer_lost() -> Generator[None]:
    """The first statement is carried out, and its connection cut off before it is answered."""
    cut: list[Connection] = []

    def cut_off(connection: Connection, *_about: object) -> None:
        if not cut:
            cut.append(connection)
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    event.listen(Engine, "after_cursor_execute", cut_off)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", cut_off)
    assert cut


@pytest.mark.servers
async def test_a_message_whose_taking_was_not_answered_is_in_doubt(
    postgres_url: str, tmp_path: Path
) -> None:
    async with aclosing(open_database(postgres_url, tmp_path)) as database:
        await upgrade(database)
        ledger = Ledger(database)
        with answer_lost():
            assert not await take(ledger)
        (row,) = (await ledger.rows(HERE, POST.monitor_id, ["event_1"])).values()
        assert (row.state, row.not_before) == (PostState.POSTING, NOW)


@pytest.mark.servers
async def test_a_post_whose_record_was_not_answered_is_recorded_once(
    postgres_url: str, tmp_path: Path
) -> None:
    async with aclosing(open_database(postgres_url, tmp_path)) as database:
        await upgrade(database)
        ledger, monitors = Ledger(database), Monitors(database)
        known = MonitorRow(HERE, POST.monitor_id, "endpoint_1", ThreadRef("C1", "1.0"))
        await monitors.put(known)
        assert await take(ledger)
        taken = Taken(HERE, POST.monitor_id, POST.message_key, NOW)
        with answer_lost():
            await ledger.posted(taken, ts="1.1", also=changing(known, cursor=("event_1",)))
        (row,) = (await ledger.rows(HERE, POST.monitor_id, ["event_1"])).values()
        assert (row.state, row.ts) == (PostState.POSTED, "1.1")
        found = await monitors.get(HERE, POST.monitor_id)
        assert found is not None
        assert found.cursor == ("event_1",)


@pytest.mark.servers
async def test_a_postgresql_that_lets_nobody_in_is_an_outage(
    postgres_server: URL, tmp_path: Path
) -> None:
    absent = postgres_server.set(database="absent").render_as_string(hide_password=False)
    database = open_database(absent, tmp_path)
    with pytest.raises(StoreDownError, match="The database is away"):
        await Ledger(database).rows(HERE, "monitor_1", ["event_1"])
    await database.aclose()


def hit(database: Database, sql: str) -> Coroutine[object, object, object]:
    return database.write(lambda connection: connection.execute(text(sql)))


@pytest.mark.servers
@pytest.mark.parametrize(
    "code",
    [
        *("read_only_sql_transaction", "deadlock_detected", "disk_full", "out_of_memory"),
        *("lock_not_available", "query_canceled", "io_error"),
    ],
)
async def test_what_a_postgresql_cannot_do_just_now_is_an_outage(
    postgres_url: str, tmp_path: Path, code: str
) -> None:
    async with aclosing(open_database(postgres_url, tmp_path)) as database:
        with pytest.raises(StoreDownError):
            await hit(database, f"DO $$ BEGIN RAISE '' USING ERRCODE = '{code}'; END $$")


@pytest.mark.servers
async def test_a_statement_that_a_postgresql_breaks_off_is_an_outage(
    postgres_url: str, tmp_path: Path
) -> None:
    url = f"{postgres_url}&statement_timeout=50"
    async with aclosing(open_database(url, tmp_path)) as database:
        with pytest.raises(StoreDownError, match="QueryCanceledError"):
            await database.rows(text("SELECT pg_sleep(20)"))


@pytest.mark.servers
async def test_a_connection_that_takes_no_writes_any_more_is_not_kept(
    postgres_url: str, tmp_path: Path
) -> None:
    """As after a failover: the old primary is a replica, and its connections are open still."""
    async with aclosing(open_database(postgres_url, tmp_path)) as database:
        await upgrade(database)
        await hit(database, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        ledger = Ledger(database)
        assert await take(ledger)
        await hit(database, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        await hit(database, "DELETE FROM ledger")
        assert await take(ledger)


@pytest.mark.servers
async def test_a_postgresql_that_takes_no_writes_is_refused_at_start_and_an_outage_later(
    postgres_url: str, tmp_path: Path
) -> None:
    name = parse_url(postgres_url).database
    async with aclosing(open_database(postgres_url, tmp_path)) as database:
        await upgrade(database)
        assert await database_problem(database) is None
        await hit(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        async with aclosing(open_database(postgres_url, tmp_path)) as other:
            problem = await database_problem(other)
            assert problem is not None
            assert "it takes no writes: give the primary's address" in problem
            with pytest.raises(StoreDownError):
                await take(Ledger(other))
            await hit(database, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            assert await take(Ledger(other))


async def test_an_sqlite_file_that_is_broken_is_an_outage(tmp_path: Path) -> None:
    database = open_database(None, tmp_path / "data")
    (tmp_path / "data" / "threadwatch.db").write_bytes(b"this is no database, " * 99)
    with pytest.raises(StoreDownError, match="DatabaseError"):
        await Ledger(database).rows(HERE, "monitor_1", ["event_1"])
    await database.aclose()


@pytest.mark.servers
async def test_a_mistake_in_the_database_is_no_outage_on_postgresql(
    postgres_url: str, tmp_path: Path
) -> None:
    database = open_database(postgres_url, tmp_path)
    with pytest.raises(ProgrammingError, match="ledger"):
        await Ledger(database).rows(HERE, "monitor_1", ["event_1"])
    await database.aclose()


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
            assert await limits.create_wait_seconds("endpoint_1", HERE) == 0
            await limits.told_to_wait(HERE, 60)
            assert len(let_through) == 3
            server.start()
            assert [await limits.wait_seconds(HERE, "C1") > 0 for _ in range(2)] == [False, True]
            assert len(let_through) == 3


@pytest.mark.servers
async def test_while_redis_is_away_no_crash_is_counted() -> None:
    with running_redis() as server:
        async with open_redis(server.url) as redis:
            crashes = RedisCrashes(redis)
            server.kill()
            assert await crashes.crashed("job_1") == 0
            server.start()
            assert await crashes.crashed("job_1") == 1


async def test_a_write_that_waits_too_long_for_another_is_an_outage(tmp_path: Path) -> None:
    other = open_database(None, tmp_path / "data")
    await upgrade(other)
    waiting = open_database(None, tmp_path / "data")
    await waiting.write(lambda connection: connection.execute(text("PRAGMA busy_timeout = 10")))
    begun, refused = threading.Event(), threading.Event()

    def blocks(_connection: Connection) -> None:
        begun.set()
        refused.wait(20)

    blocking = asyncio.create_task(other.write(blocks))
    await asyncio.to_thread(begun.wait, 20)
    with pytest.raises(StoreDownError, match="OperationalError"):
        await take(Ledger(waiting))
    refused.set()
    await blocking
    await other.aclose()
    await waiting.aclose()
