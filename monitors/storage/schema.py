"""Updates the database schema, and checks that it is current."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.storage.engine import READS_THEN_WRITES

# Any number that nothing else on the server uses for a lock: "threadwa" in ASCII.
_LOCK_ID: Final = 0x7468726561647761


class SchemaError(Exception):
    """The schema doesn't fit this version; the message says what to do."""


async def upgrade(engine: AsyncEngine) -> None:
    """Run the missing migrations, all or none. If several processes try, one does it."""
    async with engine.connect() as connection:
        await connection.execution_options(**{READS_THEN_WRITES: True})
        async with connection.begin():
            if engine.dialect.name == "postgresql":
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock_id)"), {"lock_id": _LOCK_ID}
                )
            await connection.run_sync(_upgrade)


async def require_current(engine: AsyncEngine) -> None:
    """Check that every migration that this version knows has been run.

    A newer schema passes too: during a rolling deploy, old replicas keep running.

    Raises:
        SchemaError: it is empty or out of date.
    """
    async with engine.connect() as connection:
        current = await connection.run_sync(_revision)
    scripts = ScriptDirectory.from_config(migrations())
    known = [script.revision for script in scripts.walk_revisions()]
    if current is None:
        raise SchemaError("The database has no tables yet. Run: threadwatch migrate")
    if current in known and current != scripts.get_current_head():
        raise SchemaError(
            f"The database schema is out of date ({current}). Run: threadwatch migrate"
        )


def _upgrade(connection: Connection) -> None:
    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def migrations() -> Config:
    """Alembic's configuration, without a connection."""
    config = Config()
    location = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", location.replace("%", "%%"))
    return config
