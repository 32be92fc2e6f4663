"""What every store needs besides its statements: the time, and which errors are outages."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Connection, UpdateBase
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitors.ports import StoreDownError


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
        if error.connection_invalidated or error.statement is None:
            raise StoreDownError(_name(error)) from error
        raise


def _name(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"The database is away ({type(cause).__name__})."
