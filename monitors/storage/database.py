"""How stores use SQL: a unit of work is one transaction, and one call to the driver's thread.

A unit of work is a plain function over a SQLAlchemy connection. On SQLite one thread writes, and
units that arrive during a commit share the next one: SQLite has one writer anyway, and a commit
waits for the disk. On PostgreSQL each unit is its own transaction; the server groups commits.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row, Table, UpdateBase
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from monitors.ports import StoreDownError, StoreInDoubtError
from monitors.storage.engine import (
    ONE_STATEMENT,
    READS_THEN_WRITES,
    STATEMENT_SECONDS,
    TRANSACTION,
    open_engine,
)
from monitors.storage.statements import Write, as_one, translated

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

# The most units in one commit; the rest share the next.
MOST_UNITS: Final = 100
READERS: Final = 2
# For all that one request needs: under the 3 s that Slack waits for an answer, as for Redis
# (monitors.work.queue.ADD_SECONDS).
DOOR_SECONDS: Final = 2.0

_deadline: ContextVar[float | None] = ContextVar("sql_deadline", default=None)


@contextmanager
def answering_within(seconds: float = DOOR_SECONDS) -> Generator[None]:
    """SQL in the body that isn't done by then raises StoreDownError, and is broken off."""
    token = _deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


async def _in_time(work: Coroutine[object, object, T]) -> T:
    deadline = _deadline.get()
    if deadline is None:
        return await work
    # Not awaited once it is too late: to break a query off takes the server, too.
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=deadline - asyncio.get_running_loop().time())
    except asyncio.CancelledError:
        task.cancel()
        raise
    if task.done():
        return task.result()
    task.cancel()
    task.add_done_callback(_forget_error)
    raise StoreDownError("The database takes too long.")


def _forget_error(task: asyncio.Task[T]) -> None:
    """Retrieves the error that nobody waits for any more: else asyncio would warn about it."""
    if not task.cancelled():
        task.exception()


class Database:
    """SQL, SQLite or PostgreSQL. `read` and `write` raise StoreDownError if it isn't responding."""

    def __init__(self, engine: "Engine | AsyncEngine") -> None:
        self.dialect = engine.dialect.name
        self._store = _Sqlite(engine) if isinstance(engine, Engine) else _Postgres(engine)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which must not write."""
        return await _in_time(self._read(work))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        with translated():
            return await self._store.read(work)

    async def rows(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """What a SELECT finds."""
        return await self.read(lambda connection: connection.execute(statement, parameters).all())

    async def look_up(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """The few rows that an index finds.

        On SQLite, in the event loop: its thread would take longer to wake than the rows to find.
        """
        with translated():
            return await _in_time(
                self._store.look_up(
                    lambda connection: connection.execute(statement, parameters).all()
                )
            )

    async def change(self, statement: UpdateBase) -> int:
        """One statement that writes, in a transaction; returns how many rows it changed."""
        return await self.write(lambda connection: connection.execute(statement).rowcount)

    async def changed(self, statement: UpdateBase) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows that a statement with RETURNING changed, in a transaction."""
        return await self.write(lambda connection: connection.execute(statement).all())

    async def apply(self, *writes: Write) -> int:
        """Statements that do no harm if they run twice, in one transaction.

        One round trip on PostgreSQL; if the connection is lost, they run again. No one may depend
        on another, and parameters of the same name have the same value. Returns how many rows the
        last one changed. If this raises StoreDownError, they may have been written all the same.
        """
        with translated():
            return await _in_time(self._store.apply(writes))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction; once this returns, what it wrote is on disk.

        If `work` raises, the transaction is rolled back and the error is raised here. After a
        StoreDownError, be it that `answering_within` allowed no longer, nothing is ever written;
        if a commit was under way, that can't be known, and it is a StoreInDoubtError.
        """
        commit = Future[None]()
        try:
            return await _in_time(self._write(work, commit))
        except StoreDownError as error:
            if commit.cancel():
                raise
            raise StoreInDoubtError(str(error)) from error

    async def _write(self, work: Callable[[Connection], T], commit: Future[None]) -> T:
        with translated():
            return await self._store.write(work, commit)

    def insert(self, table: Table) -> "postgresql.Insert | sqlite.Insert":
        """An INSERT that can say what to do if the row already exists."""
        return self._store.insert(table)

    async def aclose(self) -> None:
        """Finish the work in progress, and close every connection."""
        await self._store.close()


def open_database(
    database_url: str | None,
    data_dir: Path,
    *,
    statement_seconds: float | None = STATEMENT_SECONDS,
) -> Database:
    """See `open_engine`. Raises SetupError."""
    return Database(open_engine(database_url, data_dir, statement_seconds=statement_seconds))


class _Postgres:
    """What a connection that was cut off hasn't committed is done once more, on a new one.

    A failover closes idle connections; to try each before use takes a round trip. The first that
    is found closed has the pool open all of them again.
    """

    def __init__(self, engine: "AsyncEngine") -> None:
        # SQLite needs none of it.
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415
        from sqlalchemy.ext.asyncio import AsyncSession  # noqa: PLC0415

        self._pool = engine
        self._engine = engine.sync_engine
        self._transactions = self._engine.execution_options(**TRANSACTION)
        # A session that never connects: all of a unit, from taking a connection to giving it back,
        # is then one function, where AsyncConnection enters SQLAlchemy again for each step.
        self._enter = AsyncSession(engine).run_sync
        self.insert = insert

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._run(self._engine.connect, work)

    look_up = read

    async def apply(self, writes: Sequence[Write]) -> int:
        return await self._run(self._engine.begin, as_one(writes).run)

    async def write(self, work: Callable[[Connection], T], commit: Future[None]) -> T:
        """`commit` runs once that is decided; one who cancels it before has given up."""

        def decided(connection: Connection) -> T:
            result = work(connection)
            if not commit.set_running_or_notify_cancel():
                raise asyncio.CancelledError
            return result

        return await self._run(
            self._transactions.begin,
            decided,
            may_repeat=lambda: not (commit.running() or commit.done()),
        )

    async def _run(
        self,
        connected: Callable[[], AbstractContextManager[Connection]],
        work: Callable[[Connection], T],
        *,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> T:
        def once(_session: object) -> T:
            with connected() as connection:
                return work(connection)

        try:
            return await self._enter(once)
        except DBAPIError as error:
            if not error.connection_invalidated or not may_repeat():
                raise
        return await self._enter(once)

    async def close(self) -> None:
        await self._pool.dispose()


@dataclass(frozen=True, slots=True)
class _Unit(Generic[T]):
    work: Callable[[Connection], T]
    commit: Future[None]
    done: Future[T]

    def begins(self) -> bool:
        """Whether it is to be committed; also when asked again."""
        commit = self.commit
        return not commit.cancelled() and (
            commit.running() or commit.set_running_or_notify_cancel()
        )


class _Sqlite:
    """One thread for writing, and two for reading."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.insert = sqlite.insert
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._waiting: queue.SimpleQueue[_Unit[Any] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
        self._writer.start()

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def look_up(self, work: Callable[[Connection], T]) -> T:
        return self._read(work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect().execution_options(**ONE_STATEMENT) as connection:
            return work(connection)

    async def apply(self, writes: Sequence[Write]) -> int:
        def work(connection: Connection) -> int:
            return [each.run(connection) for each in writes][-1]

        return await self.write(work, Future())

    async def write(self, work: Callable[[Connection], T], commit: Future[None]) -> T:
        done = Future[T]()
        self._waiting.put(_Unit(work, commit, done))
        return await asyncio.wrap_future(done)

    def _write_all(self) -> None:
        while (unit := self._waiting.get()) is not None:
            units = [unit, *self._more()]
            self._commit([unit for unit in units if unit.done.set_running_or_notify_cancel()])

    def _more(self) -> list[_Unit[Any]]:
        units: list[_Unit[Any]] = []
        with contextlib.suppress(queue.Empty):
            while len(units) < MOST_UNITS:
                unit = self._waiting.get_nowait()
                if unit is None:
                    self._waiting.put(None)
                    break
                units.append(unit)
        return units

    def _commit(self, units: Sequence[_Unit[Any]]) -> None:
        """All in one transaction; if one fails, each in its own."""
        try:
            with (
                self._engine.connect().execution_options(**READS_THEN_WRITES) as connection,
                connection.begin(),
            ):
                begun = [unit for unit in units if unit.begins()]
                results = [unit.work(connection) for unit in begun]
        except OperationalError as error:  # the database's own: each would wait as long again
            for unit in units:
                unit.done.set_exception(error)
        except Exception as error:  # noqa: BLE001 - none of it is kept: every caller is told
            if len(units) == 1:
                units[0].done.set_exception(error)
                return
            for unit in units:
                self._commit([unit])
        else:
            for unit, result in zip(begun, results, strict=True):
                unit.done.set_result(result)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._waiting.put(None)
        self._writer.join()
        self._readers.shutdown()
        self._engine.dispose()
