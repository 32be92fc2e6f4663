"""Keys change: what is kept opens throughout, and a wrong key is noticed at once."""

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update

from monitors.accounts.store import SqlAccounts
from monitors.model.installation import Installation
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tables import AccountTable
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.sealed_rows import Resealed, SealedRows

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
ACME, GLOBEX = Workspace("T1"), Workspace("T2", "E1")
pytestmark = pytest.mark.anyio


def installation(team_id: str | None, enterprise_id: str | None) -> Installation:
    return Installation(
        team_id=team_id,
        enterprise_id=enterprise_id,
        app_id="A1",
        bot_id="B1",
        bot_user_id="U1",
        installed_at=datetime(2026, 1, 1, tzinfo=UTC),
        is_enterprise_install=team_id is None,
        bot_token=f"token of {team_id} {enterprise_id}",
        user_id="U2",
    )


async def fill(database: Database, sealer: Sealer) -> None:
    accounts = SqlAccounts(database, sealer, operator_key="operator")
    await accounts.ensure_operator()
    await accounts.connect(ACME, "key of acme", ["whsec_a", "whsec_b"])
    await accounts.connect(GLOBEX, "key of globex")
    installations = SqlInstallations(database, sealer)
    for team_id, enterprise_id in (("T1", None), ("T2", "E1"), (None, "E1")):
        await installations.save(installation(team_id, enterprise_id))


async def assert_all_opens(database: Database, sealer: Sealer) -> None:
    accounts, installations = SqlAccounts(database, sealer), SqlInstallations(database, sealer)
    acme, globex = await accounts.for_workspace(ACME), await accounts.for_workspace(GLOBEX)
    assert acme is not None
    assert (acme.api_key, acme.webhook_secrets) == ("key of acme", ("whsec_a", "whsec_b"))
    assert globex is not None
    assert (globex.api_key, globex.webhook_secrets) == ("key of globex", ())
    for team_id, enterprise_id in (("T1", None), ("T2", "E1"), (None, "E1")):
        found = await installations.find(Workspace(team_id or "", enterprise_id))
        assert found == installation(team_id, enterprise_id)


async def test_a_key_is_changed_in_three_steps_and_the_old_one_opens_nothing_then(
    database: Database,
) -> None:
    await fill(database, Sealer([OLD]))
    both = Sealer([NEW, OLD])
    await SealedRows(database, both).check()
    await assert_all_opens(database, both)
    assert await SealedRows(database, both).reseal() == Resealed(5, ())
    await assert_all_opens(database, Sealer([NEW]))
    await SealedRows(database, Sealer([NEW])).check()
    with pytest.raises(
        SealError, match="None of the 5 stored secrets that were checked can be decrypted"
    ):
        await SealedRows(database, Sealer([OLD])).check()


async def test_a_wrong_key_is_refused_with_one_message_that_shows_no_key(
    database: Database,
) -> None:
    await fill(database, Sealer([OLD]))
    with pytest.raises(SealError, match="Put back the key they were encrypted with") as caught:
        await SealedRows(database, Sealer([OTHER])).check()
    assert OTHER not in str(caught.value)


async def test_nothing_kept_yet_opens_with_any_key(database: Database) -> None:
    await SqlAccounts(database, Sealer([OLD]), operator_key="operator").ensure_operator()
    await SealedRows(database, Sealer([OTHER])).check()
    assert await SealedRows(database, Sealer([OTHER])).reseal() == Resealed(0, ())


async def test_one_damaged_row_keeps_neither_the_app_nor_the_others_back(
    database: Database,
) -> None:
    await fill(database, Sealer([OLD]))
    damaged = update(AccountTable).where(AccountTable.c.team_id == "T1").values(api_key="damaged")
    await database.write(lambda connection: connection.execute(damaged))
    both = Sealer([NEW, OLD])
    await SealedRows(database, both).check()
    assert await SealedRows(database, both).reseal() == Resealed(4, ("parallel:T1",))
