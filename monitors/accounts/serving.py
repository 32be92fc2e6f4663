"""Every account that may hold a workspace's monitors."""

from collections.abc import Sequence

import structlog

from monitors.accounts.left import SqlLeftAccounts
from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.storage.sealing import SealError


class ServingAccounts:
    """`WorkspaceAccounts`."""

    def __init__(self, accounts: SqlAccounts, left: SqlLeftAccounts) -> None:
        self._accounts = accounts
        self._left = left

    async def serving(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        """Its own, those that it is leaving, and the operator's.

        Monitors made before it linked one live on at the other. An account that does not open (its
        key was lost) can do nothing, and is left out.
        """
        found: dict[str, ParallelAccount] = {}
        operators = await self._accounts.ensure_operator()
        for account in (*await self._own(workspace), *([operators] if operators else ())):
            found[account.endpoint_id] = account
        return list(found.values())

    async def _own(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        found: list[ParallelAccount] = []
        try:
            own = await self._accounts.for_workspace(workspace)
            found += [own] if own else []
            found += await self._left.left(workspace)
        except SealError as error:
            structlog.get_logger(__name__).error(
                "account left out", team_id=workspace.team_id, error=str(error)
            )
        return found
