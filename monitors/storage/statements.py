"""How every store talks to the database, and where the two kinds of database differ."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from monitors.ports import StoreDownError
from monitors.storage.engine import ONE_STATEMENT
from monitors.storage.tables import Base


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A connection to read with, by one statement: on SQLite it needs no BEGIN.

    Raises:
        StoreDownError: the database cannot be reached, or not in time.
    """
    with translated():
        async with engine.execution_options(**{ONE_STATEMENT: True}).connect() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """A transaction, committed at the end. On SQLite its first statement must be one that writes.

    Raises:
        StoreDownError: the database cannot be reached, or not in time; the commit may be lost.
    """
    with translated():
        async with engine.begin() as connection:
            yield connection


def insert_into(engine: AsyncEngine, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that can say what to do about a row that is already there."""
    if engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def translated() -> Generator[None]:
    """An outage is a StoreDownError; a mistake in a statement stays what it is."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise StoreDownError(_name(error)) from error
    except DBAPIError as error:
        # Without a statement it was the connecting that failed: starting up, or too many clients.
        if error.connection_invalidated or error.statement is None:
            raise StoreDownError(_name(error)) from error
        raise


def _name(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"The database is away ({type(cause).__name__})."
