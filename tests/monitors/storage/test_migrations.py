"""Each migration since 0012, back and forward, on tables with something in them.

Those before move rows from table to table and have tests of their own.
"""

from datetime import UTC, datetime
from typing import Final, cast

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Column, Connection, DateTime, Integer, MetaData, Table

from monitors.storage.database import Database
from monitors.storage.schema import migrations
from tests.monitors.storage.migrating import run

pytestmark = pytest.mark.anyio

Row = dict[str, object]
Rows = dict[str, list[Row]]

FIRST: Final = "0012"
MADE: Final = {
    str(each.revision): str(each.down_revision)
    for each in ScriptDirectory.from_config(migrations()).walk_revisions()
    if each.revision >= FIRST
}
# What a column holds that a row from before knows nothing of.
NOTHING: Final = (None, "", False, 0)


@pytest.mark.parametrize("revision", sorted(MADE))
async def test_every_row_outlives_a_migration_back_and_forward(
    database: Database, revision: str
) -> None:
    await run(database, to=revision, back=True)
    filled = await rows_of(database, fill=True)
    await run(database, to=MADE[revision], back=True)
    before = await rows_of(database)
    await run(database, to=revision)
    after = await rows_of(database)
    assert filled.keys() == after.keys()
    for name, rows in before.items():
        assert like(rows, filled[name]) == rows == like(rows, after[name])
    for name, rows in after.items():
        known = before[name][0] if name in before else {}
        assert all(row[added] in NOTHING for row in rows for added in row.keys() - known.keys())


def like(rows: list[Row], others: list[Row]) -> list[Row]:
    """The others, with only the columns that the rows have."""
    return [{name: other[name] for name in rows[0]} for other in others]


async def rows_of(database: Database, *, fill: bool = False) -> Rows:
    """Everything in the database, by table; first a row in each, if asked for."""
    return await database.write(_filled if fill else _read)


def _filled(connection: Connection) -> Rows:
    for table in _tables(connection).values():
        connection.execute(table.insert().values({each.name: _value(each) for each in table.c}))
    return _read(connection)


def _read(connection: Connection) -> Rows:
    return {
        name: [dict(row) for row in connection.execute(table.select()).mappings()]
        for name, table in _tables(connection).items()
    }


def _tables(connection: Connection) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return {name: each for name, each in metadata.tables.items() if name != "alembic_version"}


def _value(column: Column[object]) -> object:
    kind = cast("object", column.type)
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, DateTime):
        moment = datetime(2026, 1, 2, 12, tzinfo=UTC)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    return 1 if isinstance(kind, Integer) else f"{column.name} as it was"
