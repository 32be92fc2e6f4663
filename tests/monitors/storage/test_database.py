"""Units of work: each whole or not at all, together in one commit, on both databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, String, bindparam, insert, make_url, select, text, update
from sqlalchemy.exc import IntegrityError

from monitors.ports import StoreDownError
from monitors.storage.database import Database, open_database
from monitors.storage.statements import Write, as_one
from monitors.storage.tables import OrganisationWorkspaceTable

pytestmark = pytest.mark.anyio


def _add(connection: Connection, team_id: str) -> None:
    row = {"team_id": team_id, "enterprise_id": "E1"}
    connection.execute(insert(OrganisationWorkspaceTable).values(row))


def _teams(connection: Connection) -> list[str]:
    found = connection.execute(select(OrganisationWorkspaceTable.c.team_id))
    return sorted(found.scalars())


async def test_what_is_written_can_be_read(database: Database) -> None:
    await database.write(lambda connection: _add(connection, "T1"))
    assert await database.read(_teams) == ["T1"]


async def test_a_unit_that_fails_leaves_nothing_and_spares_its_neighbours(
    database: Database,
) -> None:
    def fails(connection: Connection) -> None:
        _add(connection, "T-half")
        _add(connection, "T-half")

    units = [
        database.write(lambda connection: _add(connection, "T1")),
        database.write(fails),
        database.write(lambda connection: _add(connection, "T2")),
    ]
    ended = await asyncio.gather(*units, return_exceptions=True)
    assert [type(each) for each in ended] == [type(None), IntegrityError, type(None)]
    assert await database.read(_teams) == ["T1", "T2"]


async def test_many_units_at_once_are_all_kept(database: Database) -> None:
    names = [f"T{number:03d}" for number in range(300)]

    def add(name: str) -> asyncio.Task[None]:
        return asyncio.create_task(database.write(lambda connection: _add(connection, name)))

    await asyncio.gather(*map(add, names))
    assert await database.read(_teams) == names


async def test_a_caller_that_hangs_up_ends_nobody_elses_write(database: Database) -> None:
    hung_up = asyncio.create_task(database.write(lambda connection: _add(connection, "T1")))
    await asyncio.sleep(0)
    hung_up.cancel()
    await database.write(lambda connection: _add(connection, "T2"))
    assert "T2" in await database.read(_teams)


def _change(team_id: str, enterprise_id: str | None) -> Write:
    """Its parameters have names of their own."""
    team, enterprise = f"team_{team_id}", f"enterprise_{team_id}"
    statement = (
        update(OrganisationWorkspaceTable)
        .where(OrganisationWorkspaceTable.c.team_id == bindparam(team))
        .values(enterprise_id=bindparam(enterprise, type_=String))
    )
    return Write(statement, {team: team_id, enterprise: enterprise_id})


async def test_what_is_applied_together_is_kept_whole_or_not_at_all(database: Database) -> None:
    await database.write(lambda connection: _add(connection, "T1"))
    await database.write(lambda connection: _add(connection, "T2"))
    assert await database.apply(_change("T1", "E2"), _change("T2", "E2")) == 1
    assert await database.apply(_change("T1", "E3"), _change("nowhere", "E3")) == 0
    for fails, works in (("T1", "T2"), ("T2", "T1")):
        for order in ((fails, None), (works, "E4")), ((works, "E4"), (fails, None)):
            with pytest.raises(IntegrityError):
                await database.apply(*(_change(*each) for each in order))
    found = await database.rows(
        select(OrganisationWorkspaceTable.c.team_id, OrganisationWorkspaceTable.c.enterprise_id)
    )
    assert sorted(map(tuple, found)) == [("T1", "E3"), ("T2", "E2")]


def test_statements_that_give_a_parameter_two_values_are_not_made_one() -> None:
    one, other = _change("T1", "E1"), _change("T1", "E2")
    with pytest.raises(ValueError, match="two values"):
        as_one([one, other])


async def test_a_database_that_cannot_be_opened_is_an_outage(
    database_url: str | None, tmp_path: Path
) -> None:
    gone = make_url(database_url or "sqlite:////nowhere/at/all.db")
    if database_url is not None:
        gone = gone.set(host="127.0.0.1", port=1, query={})
    database = open_database(gone.render_as_string(hide_password=False), tmp_path)
    with pytest.raises(StoreDownError):
        await database.write(lambda connection: connection.execute(text("SELECT 1")))
    with pytest.raises(StoreDownError):
        await database.read(lambda connection: connection.execute(text("SELECT 1")))
    await database.aclose()
