"""Accounts that are being left: out of use at once, their keys kept sealed until they are ended."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.accounts.left import SqlLeftAccounts
from monitors.accounts.store import SqlAccounts
from monitors.model.workspace import Workspace
from monitors.storage.sealing import Sealer
from monitors.storage.tables import LeftAccountTable
from monitors.workspaces.sealed_rows import SealedRows

pytestmark = pytest.mark.anyio

HERE, ELSEWHERE, NOBODY = Workspace("T1", "E1"), Workspace("T2"), Workspace("")
THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def test_what_is_left_serves_nobody_and_keeps_its_key_sealed(
    engine: AsyncEngine, sealer: Sealer
) -> None:
    accounts = SqlAccounts(engine, sealer, now=lambda: THEN)
    left = SqlLeftAccounts(engine, sealer)
    mine = await accounts.link(HERE, "the key", ["whsec_a"])
    theirs = await accounts.link(ELSEWHERE, "another key")
    for _ in range(2):
        await left.leave(HERE, mine.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) is None
    assert await accounts.for_workspace(ELSEWHERE) == theirs
    (kept,) = await left.left(HERE)
    assert (kept.api_key, kept.endpoint_id, kept.team_id) == ("the key", mine.endpoint_id, "T1")
    assert await left.left(ELSEWHERE) == []
    async with engine.connect() as connection:
        sealed = (await connection.execute(select(LeftAccountTable.api_key))).scalar_one()
    assert "the key" not in sealed
    await left.forget(ELSEWHERE, mine.endpoint_id)
    assert await left.left(HERE)
    await left.forget(HERE, mine.endpoint_id)
    assert await left.left(HERE) == []


async def test_an_account_linked_since_or_of_another_workspace_is_not_left(
    engine: AsyncEngine, sealer: Sealer
) -> None:
    accounts, left = SqlAccounts(engine, sealer, now=lambda: THEN), SqlLeftAccounts(engine, sealer)
    account = await accounts.link(HERE, "the key")
    await left.leave(HERE, account.endpoint_id, THEN - timedelta(hours=1))
    await left.leave(HERE, account.endpoint_id, None)
    await left.leave(ELSEWHERE, account.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) == account
    assert await left.left(HERE) == []


async def test_the_next_account_is_another_one_and_stays(
    engine: AsyncEngine, sealer: Sealer
) -> None:
    accounts, left = SqlAccounts(engine, sealer, now=lambda: THEN), SqlLeftAccounts(engine, sealer)
    first = await accounts.link(HERE, "the key")
    await left.leave(HERE, first.endpoint_id, THEN)
    second = await accounts.link(HERE, "the next key")
    assert second.endpoint_id != first.endpoint_id
    await left.leave(HERE, first.endpoint_id, THEN)
    assert await accounts.for_workspace(HERE) == second


async def test_keys_that_are_still_needed_are_sealed_anew_with_the_others(
    engine: AsyncEngine,
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Sealer.from_text(old)
    account = await SqlAccounts(engine, before, now=lambda: THEN).link(HERE, "the key")
    await SqlLeftAccounts(engine, before).leave(HERE, account.endpoint_id, THEN)
    await SealedRows(engine, Sealer.from_text(f"{new},{old}")).reseal()
    (kept,) = await SqlLeftAccounts(engine, Sealer.from_text(new)).left(HERE)
    assert kept.api_key == "the key"


async def test_nothing_is_asked_for_nobody(engine: AsyncEngine, sealer: Sealer) -> None:
    left = SqlLeftAccounts(engine, sealer)
    with pytest.raises(ValueError, match="without a workspace"):
        await left.leave(NOBODY, "endpoint", None)
    with pytest.raises(ValueError, match="without a workspace"):
        await left.left(NOBODY)
    with pytest.raises(ValueError, match="without a workspace"):
        await left.forget(NOBODY, "endpoint")
