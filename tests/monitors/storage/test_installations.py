from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import anyio
import pytest
from sqlalchemy import func, select, text, update

from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import InstallationTable
from monitors.workspaces.installations import InstallationRow, SqlInstallations

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 1, 2, 12, 0, 0, 5, tzinfo=UTC)
OWN = InstallationRow(
    team_id="T1",
    enterprise_id=None,
    app_id="A1",
    bot_id="B1",
    bot_user_id="U1",
    installed_at=NOON,
    is_enterprise_install=False,
    payload='{"bot_token": "xoxb-1"}',
)
IN_ORGANISATION = replace(OWN, enterprise_id="E1")
ORGANISATION = replace(
    OWN, team_id=None, enterprise_id="E1", is_enterprise_install=True, payload='{"org": 1}'
)


@pytest.fixture
def installations(database: Database, sealer: Sealer) -> SqlInstallations:
    return SqlInstallations(database, sealer)


async def rows(database: Database) -> int:
    ((counted,),) = await database.rows(select(func.count()).select_from(InstallationTable))
    return counted


@pytest.mark.parametrize("row", [OWN, IN_ORGANISATION, ORGANISATION])
async def test_an_installation_comes_back_as_it_was(
    installations: SqlInstallations, row: InstallationRow
) -> None:
    await installations.save(row)
    found = await installations.find(
        row.team_id, row.enterprise_id, is_enterprise_install=row.is_enterprise_install
    )
    assert found == row


async def test_tokens_are_sealed_at_rest(
    installations: SqlInstallations, database: Database
) -> None:
    await installations.save(OWN)
    everything = await database.rows(text("SELECT * FROM slack_installations"))
    assert "xoxb" not in str(everything)


async def test_installing_again_replaces(
    installations: SqlInstallations, database: Database
) -> None:
    await installations.save(OWN)
    later = replace(OWN, payload="{}", installed_at=NOON + timedelta(days=1))
    await installations.save(later)
    assert await installations.find("T1", is_enterprise_install=False) == later
    assert await rows(database) == 1


async def test_installing_twice_at_once_makes_one_row(
    installations: SqlInstallations, database: Database
) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(installations.save, OWN)
            tasks.start_soon(installations.save, ORGANISATION)
    assert await rows(database) == 2


async def test_a_workspace_of_an_organisation_finds_the_organisations_row(
    installations: SqlInstallations,
) -> None:
    await installations.save(replace(ORGANISATION, team_id="T7"))
    found = await installations.find("T1", "E1", is_enterprise_install=False)
    assert found == ORGANISATION
    assert await installations.find("T1", "E1", is_enterprise_install=True) == ORGANISATION
    assert await installations.find("T1", "E2", is_enterprise_install=False) is None
    assert await installations.find("T1", is_enterprise_install=False) is None


async def test_a_workspaces_own_row_comes_before_its_organisations(
    installations: SqlInstallations,
) -> None:
    await installations.save(ORGANISATION)
    await installations.save(IN_ORGANISATION)
    assert await installations.find("T1", "E1", is_enterprise_install=False) == IN_ORGANISATION
    assert await installations.find("T1", "E1", is_enterprise_install=True) == ORGANISATION
    assert await installations.find("T2", "E1", is_enterprise_install=False) == ORGANISATION


async def test_an_event_that_does_not_name_the_organisation_finds_the_workspace(
    installations: SqlInstallations,
) -> None:
    await installations.save(IN_ORGANISATION)
    assert await installations.find("T1", is_enterprise_install=False) == IN_ORGANISATION


async def test_a_workspace_that_moved_into_an_organisation_is_still_one(
    installations: SqlInstallations, database: Database
) -> None:
    await installations.save(OWN)
    assert await installations.find("T1", "E1", is_enterprise_install=False) == OWN
    await installations.save(IN_ORGANISATION)
    assert await installations.find("T1", is_enterprise_install=False) == IN_ORGANISATION
    assert await rows(database) == 1


async def test_workspaces_never_meet_in_installations(installations: SqlInstallations) -> None:
    other = replace(OWN, team_id="T2", payload='{"bot_token": "xoxb-2"}')
    await installations.save(OWN)
    await installations.save(other)
    await installations.delete("T1", is_enterprise_install=False)
    assert await installations.find("T1", is_enterprise_install=False) is None
    assert await installations.find("T2", is_enterprise_install=False) == other


async def test_organisations_never_meet(installations: SqlInstallations) -> None:
    other = replace(ORGANISATION, enterprise_id="E2")
    await installations.save(ORGANISATION)
    await installations.save(other)
    assert await installations.find("T1", "E1", is_enterprise_install=False) == ORGANISATION
    await installations.delete(None, "E1", is_enterprise_install=True)
    assert await installations.find("T1", "E1", is_enterprise_install=False) is None
    assert await installations.find("T1", "E2", is_enterprise_install=False) == other


async def test_uninstalling_a_workspace_leaves_its_organisations_row(
    installations: SqlInstallations,
) -> None:
    await installations.save(IN_ORGANISATION)
    await installations.save(ORGANISATION)
    await installations.delete("T1", "E1", is_enterprise_install=False)
    assert await installations.find("T1", "E1", is_enterprise_install=False) == ORGANISATION
    await installations.save(IN_ORGANISATION)
    await installations.delete(None, "E1", is_enterprise_install=True)
    assert await installations.find("T1", "E1", is_enterprise_install=False) == IN_ORGANISATION
    assert await installations.find("T2", "E1", is_enterprise_install=False) is None


async def test_a_moment_in_another_zone_comes_back_as_utc(installations: SqlInstallations) -> None:
    east = timezone(timedelta(hours=9))
    await installations.save(replace(OWN, installed_at=NOON.astimezone(east)))
    found = await installations.find("T1", is_enterprise_install=False)
    assert found is not None
    assert (found.installed_at, found.installed_at.tzinfo) == (NOON, UTC)


async def test_a_moment_without_a_zone_is_refused(installations: SqlInstallations) -> None:
    with pytest.raises(Exception, match="without a time zone"):
        await installations.save(replace(OWN, installed_at=NOON.replace(tzinfo=None)))


async def test_an_installation_of_nobody_is_refused(installations: SqlInstallations) -> None:
    with pytest.raises(ValueError, match="team_id is empty"):
        await installations.save(replace(OWN, team_id=None))
    with pytest.raises(ValueError, match="needs its enterprise_id"):
        await installations.find("T1", is_enterprise_install=True)
    with pytest.raises(ValueError, match="team_id is empty"):
        await installations.delete("", "E1", is_enterprise_install=False)


async def test_a_token_moved_to_another_workspaces_row_does_not_open(
    installations: SqlInstallations, database: Database
) -> None:
    await installations.save(OWN)
    moved = update(InstallationTable).values(team_id="T2")
    await database.write(lambda connection: connection.execute(moved))
    with pytest.raises(SealError, match="encrypted for another row"):
        await installations.find("T2", is_enterprise_install=False)
