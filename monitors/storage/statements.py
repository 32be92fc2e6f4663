"""What every store needs beside its statements: the time, and outages told from mistakes."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from monitors.ports import StoreDownError


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
