"""Opens the database: the file in `DATA_DIR`, or the one `DATABASE_URL` names."""

from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from monitors.storage.data_dir import private_directory, private_file

FILE_NAME: Final = "threadwatch.db"

# Marks a connection whose transaction reads before it writes: on SQLite such a transaction must
# take the write lock at its beginning, or a writer in between makes it fail at once.
READS_THEN_WRITES: Final = "threadwatch_reads_then_writes"

# Marks a connection whose transaction is one statement, which SQLite commits by itself: three ways
# to the driver's thread and back are saved, on the path of every command that is acknowledged.
ONE_STATEMENT: Final = "threadwatch_one_statement"

_DRIVERS: Final = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}


class DatabaseUrlError(ValueError):
    """`DATABASE_URL` cannot be used; the text says why and never shows a password."""


def open_engine(database_url: str | None, data_dir: Path) -> AsyncEngine:
    """Make the engine; the first query connects. `None` means the SQLite file in `data_dir`.

    Raises:
        DatabaseUrlError: an address of another kind, or unreadable.
        DataDirError: the SQLite file cannot be made.
    """
    if database_url is None:
        path = private_file(private_directory(data_dir) / FILE_NAME)
        return _sqlite_engine(URL.create("sqlite+aiosqlite", database=str(path)))
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        pool_pre_ping=True,  # a failover closes idle connections: notice before use
        connect_args={"timeout": 10, "command_timeout": 30},
    )


def parse_url(text: str) -> URL:
    """Read `DATABASE_URL`, a bare `postgres://` with libpq's `sslmode` included.

    Raises:
        DatabaseUrlError: see there.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise DatabaseUrlError(f"DATABASE_URL isn't a database address. {_ACCEPTED}") from error
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise DatabaseUrlError(f"DATABASE_URL starts with {url.drivername}://. {_ACCEPTED}")
    url = url.set(drivername=driver)
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseUrlError(
            "DATABASE_URL names an in-memory SQLite database, which loses its data. Name a file, "
            "or leave DATABASE_URL out."
        )
    if "sslmode" in url.query:  # libpq's name; asyncpg's connect() calls it ssl, same values
        mode = url.query["sslmode"]
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url


_ACCEPTED: Final = (
    "Use postgresql+asyncpg://user:password@host/database (postgres:// will do), or "
    "sqlite+aiosqlite:///path/to/file."
)


def _sqlite_engine(url: URL) -> AsyncEngine:
    # Without the driver's own transactions a BEGIN is ours to send, and covers DDL too.
    engine = create_async_engine(url, connect_args={"isolation_level": None, "timeout": 10})
    listen_for_sqlite(engine.sync_engine)
    return engine


def listen_for_sqlite(engine: Engine) -> None:
    """Have each connection prepared, and each transaction begun as its options say."""
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",  # what is acknowledged survives a power cut
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(ONE_STATEMENT, False):
        return
    eager = options.get(READS_THEN_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if eager else "BEGIN")
