"""Opens the database: the file in `DATA_DIR`, or the one `DATABASE_URL` names."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from monitors.storage.data_dir import private_directory, private_file
from monitors.storage.postgres_options import (
    UNPREPARED,
    DatabaseUrlError,
    connect_arguments,
    make_postgres_url,
)

FILE_NAME: Final = "threadwatch.db"

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_BEGIN: Final = "threadwatch_begin"
# Options of a connection whose transaction reads before it writes. On SQLite it must take the write
# lock at the beginning, or another writer in between makes it fail.
READS_THEN_WRITES: Final = {_BEGIN: "BEGIN IMMEDIATE"}
# Of one whose transaction is one statement, which SQLite commits by itself.
ONE_STATEMENT: Final = {_BEGIN: ""}
# On PostgreSQL a read commits by itself too: one round trip instead of three. What writes says that
# it is a transaction.
TRANSACTION: Final = {"isolation_level": "READ COMMITTED"}

_READ_ONLY: Final = "25006"
_DRIVERS: Final = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    # As it was written before version 0.2.
    "sqlite+aiosqlite": "sqlite+pysqlite",
}


def open_engine(database_url: str | None, data_dir: Path) -> "Engine | AsyncEngine":
    """Create the engine; the first query connects. `None` is the SQLite file in `data_dir`.

    Raises SetupError.
    """
    if database_url is None:
        path = private_file(private_directory(data_dir) / FILE_NAME)
        return _sqlite_engine(URL.create("sqlite+pysqlite", database=str(path)))
    url = parse_url(database_url)
    return _sqlite_engine(url) if url.get_backend_name() == "sqlite" else _postgres_engine(url)


def _postgres_engine(url: URL) -> "AsyncEngine":
    # SQLite needs neither this nor the ORM that comes with it: a fifteenth of what `serve` holds.
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    arguments = connect_arguments(url.query)
    # A pooler would hand what prepares a statement and what runs it to different connections.
    is_pooled = arguments.keys() >= UNPREPARED.keys()
    if not is_pooled:
        # After a failover, an address may name a replica for a while.
        arguments.setdefault("target_session_attrs", "read-write")
    engine = create_async_engine(
        url.difference_update_query(set(url.query) - {"host", "port"}),
        isolation_level=None if is_pooled else "AUTOCOMMIT",
        # All are kept: opening one, and preparing its statements, takes longer than what is asked.
        # The last used comes first, for it has prepared the most.
        pool_size=20,
        max_overflow=0,
        pool_use_lifo=True,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={**arguments, "command_timeout": 30},
    )
    event.listen(engine.sync_engine, "handle_error", _leave_replica)
    return engine


def _leave_replica(context: ExceptionContext) -> None:
    """Have all connections opened again: one that takes no writes would otherwise stay for ever."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True


def parse_url(text: str) -> URL:
    """Parse `DATABASE_URL`; also accepts a bare `postgres://` with libpq's `sslmode`.

    Raises DatabaseUrlError.
    """
    try:
        url = make_postgres_url(text)
    except DatabaseUrlError:
        raise
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(f"isn't a database address. {_ACCEPTED}") from error
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise DatabaseUrlError(f"starts with {url.drivername}://. {_ACCEPTED}")
    url = url.set(drivername=driver)
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseUrlError(
            "names an in-memory SQLite database, which loses its data. Name a file, or leave "
            "DATABASE_URL out"
        )
    if url.get_backend_name() == "postgresql":
        connect_arguments(url.query)
        if not url.host and "host" not in url.query:
            raise DatabaseUrlError(f"names no host. {_ACCEPTED}")
    return url


_ACCEPTED: Final = (
    "Use postgresql+asyncpg://user:password@host/database (postgres:// will do), or "
    "sqlite:///path/to/file"
)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        # With the driver's own transactions off, we send BEGIN ourselves, which covers DDL too.
        connect_args={"isolation_level": None, "timeout": 10, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",  # acknowledged writes survive a power cut
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)
