"""Updates the database schema, and checks that it is current.

Alembic is imported only where there is something to run: it is a tenth of what `serve` would load.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from monitors.settings_problems import SetupError
from monitors.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

# Any number that nothing else on the server uses for a lock: "threadwa" in ASCII.
LOCK_ID: Final = 0x7468726561647761
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


async def upgrade(database: Database) -> None:
    """Run the missing migrations, all or none. If several processes try, one does it."""
    await database.write(_upgrade)


async def require_current(database: Database) -> None:
    """Check that every migration that this version knows has been run.

    A newer schema passes too: during a rolling deploy, old replicas keep running. Raises
    SetupError.
    """
    current = await database.read(_revision)
    if current is None:
        raise SetupError("The database has no tables yet. Run: threadwatch migrate")
    if current in known_revisions()[:-1]:
        raise SetupError(
            f"The database schema is out of date ({current}). Run: threadwatch migrate"
        )


def known_revisions() -> list[str]:
    """In order: each migration's file has its revision as its number (`r0001_…`)."""
    names = sorted(path.stem for path in (_MIGRATIONS / "versions").glob("r*.py"))
    return [name[1:].partition("_")[0] for name in names]


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:lock_id)")
        connection.execute(lock, {"lock_id": LOCK_ID})
    if _revision(connection) == known_revisions()[-1]:
        return
    from alembic import command  # noqa: PLC0415 - see above

    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def migrations() -> "Config":
    """Alembic's configuration, without a connection."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
