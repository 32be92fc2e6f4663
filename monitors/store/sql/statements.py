"""The few places where SQLite's and PostgreSQL's SQL go separate ways in SQLAlchemy."""

from datetime import UTC, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.store.sql.tables import Base


def insert_into(engine: AsyncEngine, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that can say what to do about a row that is already there."""
    if engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def utc_now() -> datetime:
    return datetime.now(UTC)
