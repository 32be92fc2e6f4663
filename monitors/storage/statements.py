"""What every store needs besides its statements: the time, and which errors are outages."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, UpdateBase
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitors.ports import StoreDownError

# How PostgreSQL's error codes begin if it just couldn't, and the statement is no mistake.
_OUTAGES: Final = (
    "08",  # the connection
    "25006",  # it takes no writes: a replica, or one whose disk is full
    "40",  # a deadlock
    "53",  # no disk, memory or connections left
    "55P03",  # a lock that wasn't to be had in time
    "57",  # stopped by its operator, or by statement_timeout
    "58",  # its disk fails
)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that is built once, with this time's values."""

    statement: UpdateBase
    parameters: Mapping[str, object]

    def run(self, connection: Connection) -> int:
        """Returns how many rows it changed."""
        return connection.execute(self.statement, self.parameters).rowcount


def as_one(writes: Sequence[Write]) -> Write:
    """One statement of PostgreSQL for all of them; ValueError if a parameter has two values."""
    parameters: dict[str, object] = {}
    for each in writes:
        own = dict(each.parameters)
        if parameters | own != own | parameters:
            raise ValueError("a parameter has two values")
        parameters |= own
    return Write(_as_one(*(each.statement for each in writes)), parameters)


@lru_cache(maxsize=32)
def _as_one(*statements: UpdateBase) -> UpdateBase:
    *others, last = statements
    parts = [each.cte(f"part_{number}") for number, each in enumerate(others)]
    return last.add_cte(*parts) if parts else last


@contextmanager
def translated() -> Generator[None]:
    """Turns an outage into a StoreDownError; a mistake in a statement stays as it is."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise StoreDownError(_name(error)) from error
    except DBAPIError as error:
        # Without a statement, connecting failed: the server is starting, or has too many clients.
        if error.connection_invalidated or error.statement is None or _is_outage(error):
            raise StoreDownError(_name(error)) from error
        raise


def _is_outage(error: DBAPIError) -> bool:
    return str(getattr(error.orig, "sqlstate", "")).startswith(_OUTAGES)


def _name(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    # asyncpg's own says more than SQLAlchemy's in front of it.
    told = cause.__cause__ if cause is not None and cause.__cause__ is not None else cause
    return f"The database is away ({type(told).__name__})."
