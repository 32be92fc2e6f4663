import traceback

import anyio
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from monitors.ports import StoreDownError
from monitors.settings_problems import SetupError
from monitors.storage.database import Database
from monitors.storage.schema import known_revisions, migrations, require_current, upgrade
from monitors.storage.tables import METADATA

pytestmark = pytest.mark.anyio


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, METADATA))


async def execute(database: Database, statement: str) -> None:
    await database.write(lambda connection: connection.execute(text(statement)))


async def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    assert await database.read(differences) == []


async def test_the_files_number_the_revisions_in_alembics_order() -> None:
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    assert known_revisions() == [script.revision for script in scripts][::-1]


async def test_every_row_carries_its_workspace() -> None:
    assert [table.name for table in METADATA.tables.values() if "team_id" not in table.c] == []


async def test_an_empty_database_is_refused_until_migrated(empty_database: Database) -> None:
    with pytest.raises(SetupError, match=r"no tables yet\. Run: threadwatch migrate"):
        await require_current(empty_database)
    await upgrade(empty_database)
    await require_current(empty_database)


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    await upgrade(database)
    await require_current(database)


async def test_two_that_migrate_at_once_do_it_once(empty_database: Database) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(upgrade, empty_database)
    await require_current(empty_database)


async def test_a_migration_that_fails_leaves_nothing_half_made(empty_database: Database) -> None:
    await execute(empty_database, "CREATE TABLE baselines (in_the_way INTEGER)")
    with pytest.raises((DBAPIError, StoreDownError)) as refused:
        await upgrade(empty_database)
    assert "baselines" in "".join(traceback.format_exception(refused.value))
    await execute(empty_database, "DROP TABLE baselines")
    await upgrade(empty_database)
    await require_current(empty_database)


async def test_a_database_ahead_of_this_version_is_let_be(database: Database) -> None:
    await execute(database, "UPDATE alembic_version SET version_num = '9999'")
    await require_current(database)
