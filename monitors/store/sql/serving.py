"""Every account that may hold a workspace's monitors."""

from collections.abc import Sequence

import structlog

from monitors.domain.account import ParallelAccount
from monitors.domain.workspace import Workspace
from monitors.store.sealing import SealError
from monitors.store.sql.accounts import SqlAccounts


class ServingAccounts:
    """`WorkspaceAccounts`."""

    def __init__(self, accounts: SqlAccounts) -> None:
        self._accounts = accounts

    async def serving(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        """Its own and the operator's: monitors made before it linked one live on at the other.

        An own one that does not open (its key was lost) can do nothing, and is left out.
        """
        found: dict[str, ParallelAccount] = {}
        for account in (await self._own(workspace), await self._accounts.ensure_operator()):
            if account is not None:
                found[account.endpoint_id] = account
        return list(found.values())

    async def _own(self, workspace: Workspace) -> ParallelAccount | None:
        try:
            return await self._accounts.for_workspace(workspace)
        except SealError as error:
            structlog.get_logger(__name__).error(
                "account left out", team_id=workspace.team_id, error=str(error)
            )
            return None
