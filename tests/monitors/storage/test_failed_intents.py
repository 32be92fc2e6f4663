"""Dead letters of the version before become rows of `intents`, and letters again going back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import monitors.storage
from monitors.storage.database import Database
from monitors.work.intent_store import SqlIntents

pytestmark = pytest.mark.anyio

BEFORE, AFTER = "0005", "0010"
WHEN = "2026-01-02 03:04:05.000000"
INTENTS = f"""
INSERT INTO intents (intent_id, team_id, kind, argument, progress, created_at, touched_at,
    finished_at)
VALUES ('Tr1', 'T1', 'start', 'asked', 'kept', '{WHEN}', '{WHEN}', NULL),
    ('Tr2', 'T1', 'list', 'asked', 'kept', '{WHEN}', '{WHEN}', NULL),
    ('Tr3', 'T1', 'list', '', 'kept', '{WHEN}', '{WHEN}', '{WHEN}')
"""  # noqa: S608 - constants only
LETTERS = f"""
INSERT INTO dead_letters (letter_id, team_id, kind, key, argument, reason, attempts, trace_id,
    since, buried_at)
VALUES ('a', 'T1', 'intent', 'intent:Tr1', 'Tr1', 'why', 7, 'trace_1', '{WHEN}', '{WHEN}'),
    ('b', 'T1', 'intent', 'intent:Tr3', 'Tr3', 'why', 7, 'trace_3', '{WHEN}', '{WHEN}'),
    ('c', '', 'deliver', 'deliver:e:m:g', 'found', 'why', 8, 'trace_4', '{WHEN}', '{WHEN}')
"""  # noqa: S608 - constants only


def migrate(connection: Connection, revision: str, *, is_up: bool) -> None:
    config = Config()
    location = Path(monitors.storage.__file__).parent / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.attributes["connection"] = connection
    go = command.upgrade if is_up else command.downgrade
    go(config, revision)


async def execute(database: Database, statement: str) -> list[tuple[object, ...]]:
    def work(connection: Connection) -> list[tuple[object, ...]]:
        found = connection.execute(text(statement))
        return [tuple(row) for row in found] if found.returns_rows else []

    return await database.write(work)


async def up(database: Database, revision: str) -> None:
    await database.write(lambda connection: migrate(connection, revision, is_up=True))


async def down(database: Database, revision: str) -> None:
    await database.write(lambda connection: migrate(connection, revision, is_up=False))


async def test_letters_become_failed_rows_and_letters_again(empty_database: Database) -> None:
    database = empty_database
    await up(database, BEFORE)
    await execute(database, INTENTS)
    await execute(database, LETTERS)
    await up(database, AFTER)
    letters = await SqlIntents(database).failed(team_id=None, limit=9)
    assert sorted(
        (each.kind, each.letter_id, each.argument, each.trace_id) for each in letters
    ) == [
        ("deliver", "deliver:e:m:g", "found", "trace_4"),
        ("start", "Tr1", "asked", "trace_1"),
    ]
    await down(database, BEFORE)
    kept = "SELECT kind, key, argument, reason, attempts, trace_id FROM dead_letters ORDER BY kind"
    assert await execute(database, kept) == [
        ("deliver", "deliver:e:m:g", "found", "why", 8, "trace_4"),
        ("intent", "intent:Tr1", "Tr1", "why", 7, "trace_1"),
    ]
    rows = "SELECT intent_id, argument, progress FROM intents ORDER BY intent_id"
    assert await execute(database, rows) == [
        ("Tr1", "asked", "kept"),
        ("Tr2", "asked", "kept"),
        ("Tr3", "", "kept"),
    ]
