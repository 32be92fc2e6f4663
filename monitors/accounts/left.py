"""Accounts that a workspace has left: their keys, sealed, until its monitors are cancelled."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.accounts.store import account_context
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.storage.sealing import Sealer
from monitors.storage.statements import insert_into, reading, utc_now, writing
from monitors.storage.tables import AccountTable, LeftAccountTable
from monitors.storage.tenancy import team_of


class SqlLeftAccounts:
    """`LeftAccounts`."""

    def __init__(
        self,
        engine: AsyncEngine,
        sealer: Sealer,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._now = now

    async def leave(
        self, workspace: Workspace, endpoint_id: str, linked_at: datetime | None
    ) -> None:
        """Take the account from the workspace, and keep its key until it is forgotten.

        Nothing happens to an account that was left before, or linked anew since `linked_at`.
        """
        mine = (
            AccountTable.team_id == team_of(workspace),
            AccountTable.endpoint_id == endpoint_id,
            AccountTable.linked_at.is_not_distinct_from(linked_at),
        )
        left_at = literal(self._now(), LeftAccountTable.left_at.type)
        names = ("endpoint_id", "team_id", "api_key", "left_at")
        # The key stays sealed: what it is sealed for is the workspace, here as there.
        found = select(
            AccountTable.endpoint_id, AccountTable.team_id, AccountTable.api_key, left_at
        ).where(*mine)
        keep = (
            insert_into(self._engine, LeftAccountTable)
            .from_select(names, found)
            .on_conflict_do_nothing(index_elements=["endpoint_id"])
        )
        async with writing(self._engine) as connection:
            await connection.execute(keep)
            await connection.execute(delete(AccountTable).where(*mine))

    async def left(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        """Those that the workspace has left and whose monitors may still run. Raises SealError."""
        team_id = team_of(workspace)
        statement = (
            select(LeftAccountTable.endpoint_id, LeftAccountTable.api_key)
            .where(LeftAccountTable.team_id == team_id)
            .order_by(LeftAccountTable.left_at)
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(statement)).all()
        context = account_context(team_id)
        return [
            ParallelAccount(
                row.endpoint_id, self._sealer.open(row.api_key, context=context), team_id=team_id
            )
            for row in rows
        ]

    async def forget(self, workspace: Workspace, endpoint_id: str) -> None:
        """Delete its key."""
        statement = delete(LeftAccountTable).where(
            LeftAccountTable.team_id == team_of(workspace),
            LeftAccountTable.endpoint_id == endpoint_id,
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)
