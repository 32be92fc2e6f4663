import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.storage.schema import (
    SchemaError,
    known_revisions,
    migrations,
    require_current,
    upgrade,
)
from monitors.storage.tables import Base

pytestmark = pytest.mark.anyio


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, Base.metadata))


async def execute(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def test_the_migrations_make_exactly_the_tables(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_files_number_the_revisions_in_alembics_order() -> None:
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert known_revisions() == [script.revision for script in scripts][::-1]


async def test_every_row_carries_its_workspace() -> None:
    assert [table.name for table in Base.metadata.tables.values() if "team_id" not in table.c] == []


async def test_an_empty_database_is_refused_until_migrated(empty_engine: AsyncEngine) -> None:
    with pytest.raises(SchemaError, match=r"no tables yet\. Run: threadwatch migrate"):
        await require_current(empty_engine)
    await upgrade(empty_engine)
    await require_current(empty_engine)


async def test_migrating_twice_changes_nothing(engine: AsyncEngine) -> None:
    await upgrade(engine)
    await require_current(engine)


async def test_two_that_migrate_at_once_do_it_once(empty_engine: AsyncEngine) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(upgrade, empty_engine)
    await require_current(empty_engine)


async def test_a_migration_that_fails_leaves_nothing_half_made(empty_engine: AsyncEngine) -> None:
    await execute(empty_engine, "CREATE TABLE baselines (in_the_way INTEGER)")
    with pytest.raises(DBAPIError, match="baselines"):
        await upgrade(empty_engine)
    await execute(empty_engine, "DROP TABLE baselines")
    await upgrade(empty_engine)
    await require_current(empty_engine)


async def test_a_database_ahead_of_this_version_is_let_be(engine: AsyncEngine) -> None:
    await execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    await require_current(engine)
