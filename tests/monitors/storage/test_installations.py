import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import anyio
import pytest
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from sqlalchemy import func, select, text, update

from monitors.model.codec import encode
from monitors.model.installation import Installation
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import InstallationTable
from monitors.workspaces.installations import SqlInstallations, installation_context

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 1, 2, 12, 0, 0, 5, tzinfo=UTC)
OWN = Installation(
    team_id="T1",
    enterprise_id=None,
    app_id="A1",
    bot_id="B1",
    bot_user_id="U1",
    installed_at=NOON,
    is_enterprise_install=False,
    bot_token="xoxb-1",
    user_id="U2",
)
IN_ORGANISATION = replace(OWN, enterprise_id="E1")
ORGANISATION = replace(
    OWN, team_id=None, enterprise_id="E1", is_enterprise_install=True, bot_token="xoxb-org"
)


@pytest.fixture
def installations(database: Database, sealer: Sealer) -> SqlInstallations:
    return SqlInstallations(database, sealer)


async def rows(database: Database) -> int:
    ((counted,),) = await database.rows(select(func.count()).select_from(InstallationTable))
    return counted


@pytest.mark.parametrize("row", [OWN, IN_ORGANISATION, ORGANISATION])
async def test_an_installation_comes_back_as_it_was(
    installations: SqlInstallations, row: Installation
) -> None:
    await installations.save(row)
    assert await installations.find(row.place) == row


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
    later = replace(OWN, bot_token="xoxb-3", installed_at=NOON + timedelta(days=1))
    await installations.save(later)
    assert await installations.find(Workspace("T1")) == later
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
    found = await installations.find(Workspace("T1", "E1"))
    assert found is not None
    assert found.place == ORGANISATION.place
    await installations.save(ORGANISATION)
    assert await installations.find(Workspace("", "E1")) == ORGANISATION
    assert await installations.find(Workspace("T1", "E2")) is None
    assert await installations.find(Workspace("T1")) is None


async def test_a_workspaces_own_row_comes_before_its_organisations(
    installations: SqlInstallations,
) -> None:
    await installations.save(ORGANISATION)
    await installations.save(IN_ORGANISATION)
    assert await installations.find(Workspace("T1", "E1")) == IN_ORGANISATION
    assert await installations.find(Workspace("", "E1")) == ORGANISATION
    assert await installations.find(Workspace("T2", "E1")) == ORGANISATION


async def test_an_event_that_does_not_name_the_organisation_finds_the_workspace(
    installations: SqlInstallations,
) -> None:
    await installations.save(IN_ORGANISATION)
    assert await installations.find(Workspace("T1")) == IN_ORGANISATION


async def test_a_workspace_that_moved_into_an_organisation_is_still_one(
    installations: SqlInstallations, database: Database
) -> None:
    await installations.save(OWN)
    assert await installations.find(Workspace("T1", "E1")) == OWN
    await installations.save(IN_ORGANISATION)
    assert await installations.find(Workspace("T1")) == IN_ORGANISATION
    assert await rows(database) == 1


async def test_workspaces_never_meet_in_installations(installations: SqlInstallations) -> None:
    other = replace(OWN, team_id="T2", bot_token="xoxb-2")
    await installations.save(OWN)
    await installations.save(other)
    await installations.delete(Workspace("T1"), before=NOON)
    assert await installations.find(Workspace("T1")) is None
    assert await installations.find(Workspace("T2")) == other


async def test_organisations_never_meet(installations: SqlInstallations) -> None:
    other = replace(ORGANISATION, enterprise_id="E2")
    await installations.save(ORGANISATION)
    await installations.save(other)
    assert await installations.find(Workspace("T1", "E1")) == ORGANISATION
    await installations.delete(Workspace("", "E1"), before=NOON)
    assert await installations.find(Workspace("T1", "E1")) is None
    assert await installations.find(Workspace("T1", "E2")) == other


async def test_uninstalling_a_workspace_leaves_its_organisations_row(
    installations: SqlInstallations,
) -> None:
    await installations.save(IN_ORGANISATION)
    await installations.save(ORGANISATION)
    await installations.delete(Workspace("T1", "E1"), before=NOON)
    assert await installations.find(Workspace("T1", "E1")) == ORGANISATION
    await installations.save(IN_ORGANISATION)
    await installations.delete(Workspace("", "E1"), before=NOON)
    assert await installations.find(Workspace("T1", "E1")) == IN_ORGANISATION
    assert await installations.find(Workspace("T2", "E1")) is None


async def test_a_moment_in_another_zone_comes_back_as_utc(
    installations: SqlInstallations,
) -> None:
    east = timezone(timedelta(hours=9))
    await installations.save(replace(OWN, installed_at=NOON.astimezone(east)))
    found = await installations.find(Workspace("T1"))
    assert found is not None
    assert (found.installed_at, found.installed_at.utcoffset()) == (NOON, timedelta(0))


async def test_a_moment_without_a_zone_is_refused(installations: SqlInstallations) -> None:
    with pytest.raises(Exception, match="without a time zone"):
        await installations.save(replace(OWN, installed_at=NOON.replace(tzinfo=None)))


async def test_an_installation_of_nobody_is_refused(installations: SqlInstallations) -> None:
    with pytest.raises(ValueError, match="team_id is empty"):
        await installations.save(replace(OWN, team_id=None))
    with pytest.raises(ValueError, match="neither is named"):
        await installations.save(replace(ORGANISATION, enterprise_id=None))
    with pytest.raises(ValueError, match="neither is named"):
        await installations.find(Workspace(""))
    with pytest.raises(ValueError, match="neither is named"):
        await installations.delete(Workspace(""), before=NOON)


async def test_a_token_moved_to_another_workspaces_row_does_not_open(
    installations: SqlInstallations, database: Database
) -> None:
    await installations.save(OWN)
    moved = update(InstallationTable).values(team_id="T2")
    await database.write(lambda connection: connection.execute(moved))
    with pytest.raises(SealError, match="encrypted for another row"):
        await installations.find(Workspace("T2"))


async def test_what_version_0_1_0_stored_is_read(
    installations: SqlInstallations, database: Database, sealer: Sealer
) -> None:
    await installations.save(OWN)
    kept = vars(
        SlackInstallation(
            app_id="A1",
            team_id="T1",
            team_name="Acme",
            bot_token="xoxe.xoxb-1",
            bot_scopes=["chat:write"],
            bot_refresh_token="xoxe-1",
            bot_token_expires_at=int(NOON.timestamp()),
            user_id="U2",
            installed_at=NOON.timestamp(),
        )
    )
    sealed = sealer.seal(json.dumps(kept), context=installation_context("", "T1"))
    await database.change(update(InstallationTable).values(sealed=sealed))
    assert await installations.find(Workspace("T1")) == replace(
        OWN,
        bot_token="xoxe.xoxb-1",
        bot_id=None,
        bot_user_id=None,
        bot_refresh_token="xoxe-1",
        bot_token_expires_at=int(NOON.timestamp()),
    )


async def test_version_0_1_0_reads_what_is_stored() -> None:
    kept = json.loads(encode(replace(OWN, bot_token_expires_at=1767355200)))
    read = SlackInstallation(**kept)
    assert (read.bot_token, read.app_id, read.team_id) == ("xoxb-1", "A1", "T1")
    assert read.installed_at == NOON.timestamp()
    assert read.bot_token_expires_at == 1767355200
