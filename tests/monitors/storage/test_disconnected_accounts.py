"""Disconnected accounts: out of use at once, keys stored encrypted until nothing runs there."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from monitors.accounts.store import SqlAccounts
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer
from monitors.storage.tables import AccountTable
from monitors.workspaces.sealed_rows import SealedRows

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE, NOBODY = Workspace("T1", "E1"), Workspace("T2"), Workspace("")
THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def test_what_is_left_serves_nobody_and_keeps_its_key_sealed(
    database: Database, sealer: Sealer
) -> None:
    accounts = SqlAccounts(database, sealer, now=lambda: THEN)
    mine = await accounts.connect(HERE, "the key", ["whsec_a"])
    theirs = await accounts.connect(ELSEWHERE, "another key")
    for _ in range(2):
        await accounts.disconnect(HERE, mine.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) is None
    assert await accounts.for_workspace(ELSEWHERE) == theirs
    (kept,) = await accounts.disconnected(HERE)
    assert (kept.api_key, kept.endpoint_id, kept.team_id) == ("the key", mine.endpoint_id, "T1")
    assert await accounts.disconnected(ELSEWHERE) == []
    kept_rows = select(AccountTable.c.api_key).where(AccountTable.c.team_id == "T1")
    ((sealed,),) = await database.rows(kept_rows)
    assert "the key" not in sealed
    await accounts.delete_disconnected(ELSEWHERE, mine.endpoint_id)
    assert await accounts.disconnected(HERE)
    await accounts.delete_disconnected(HERE, mine.endpoint_id)
    assert await accounts.disconnected(HERE) == []


async def test_an_account_linked_since_or_of_another_workspace_is_not_left(
    database: Database, sealer: Sealer
) -> None:
    accounts = SqlAccounts(database, sealer, now=lambda: THEN)
    account = await accounts.connect(HERE, "the key")
    await accounts.disconnect(HERE, account.endpoint_id, THEN - timedelta(hours=1))
    await accounts.disconnect(HERE, account.endpoint_id, None)
    await accounts.disconnect(ELSEWHERE, account.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) == account
    assert await accounts.disconnected(HERE) == []


async def test_the_next_account_is_another_one_and_stays(
    database: Database, sealer: Sealer
) -> None:
    accounts = SqlAccounts(database, sealer, now=lambda: THEN)
    first = await accounts.connect(HERE, "the key")
    await accounts.disconnect(HERE, first.endpoint_id, THEN)
    second = await accounts.connect(HERE, "the next key")
    assert second.endpoint_id != first.endpoint_id
    await accounts.disconnect(HERE, first.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) == second


async def test_keys_that_are_still_needed_are_sealed_anew_with_the_others(
    database: Database,
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Sealer.from_text(old)
    account = await SqlAccounts(database, before, now=lambda: THEN).connect(HERE, "the key")
    await SqlAccounts(database, before).disconnect(HERE, account.endpoint_id, THEN)
    await SealedRows(database, Sealer.from_text(f"{new},{old}")).reseal()
    (kept,) = await SqlAccounts(database, Sealer.from_text(new)).disconnected(HERE)
    assert kept.api_key == "the key"


async def test_nothing_is_asked_for_nobody(database: Database, sealer: Sealer) -> None:
    accounts = SqlAccounts(database, sealer)
    with pytest.raises(ValueError, match="without a workspace"):
        await accounts.disconnect(NOBODY, "endpoint", None)
    with pytest.raises(ValueError, match="without a workspace"):
        await accounts.disconnected(NOBODY)
    with pytest.raises(ValueError, match="without a workspace"):
        await accounts.delete_disconnected(NOBODY, "endpoint")
