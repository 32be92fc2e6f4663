"""Which workspaces an organisation's installation serves."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from monitors.model.intent import IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.tables import IntentTable, OrganisationWorkspaceTable
from monitors.storage.tenancy import team_of
from monitors.workspaces.installations import SAME_SECOND


class SqlOrganisations:
    """Stored here, because Slack lists an organisation's workspaces only for a working token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def serves(self, workspace: Workspace) -> None:
        """Record that its organisation's installation serves it. Revoked access stays revoked."""
        insert = self._database.insert(OrganisationWorkspaceTable).values(_row(workspace))
        await self._database.change(insert.on_conflict_do_nothing(index_elements=["team_id"]))

    async def members(self, enterprise_id: str) -> Sequence[Workspace]:
        """The workspaces that it serves."""
        statement = select(OrganisationWorkspaceTable.c.team_id).where(
            OrganisationWorkspaceTable.c.enterprise_id == enterprise_id,
            OrganisationWorkspaceTable.c.left_at.is_(None),
        )
        found = await self._database.rows(statement)
        return [Workspace(team_id, enterprise_id) for (team_id,) in found]

    async def of(self, workspace: Workspace) -> Workspace:
        """The workspace, with its organisation if that has served it."""
        statement = select(OrganisationWorkspaceTable.c.enterprise_id).where(
            OrganisationWorkspaceTable.c.team_id == team_of(workspace)
        )
        found = await self._database.read(lambda c: c.scalars(statement).one_or_none())
        return Workspace(workspace.team_id, workspace.enterprise_id or found)

    async def revoke(self, workspace: Workspace, at: datetime) -> None:
        """Record that the organisation's installation no longer serves it."""
        changed = {**_row(workspace), "left_at": at}
        insert = self._database.insert(OrganisationWorkspaceTable).values(changed)
        await self._database.change(
            insert.on_conflict_do_update(index_elements=["team_id"], set_=changed)
        )

    async def grant(self, workspace: Workspace, at: datetime) -> None:
        """Record that it serves it, and call off a deletion, unless revoked again after `at`."""
        mine = OrganisationWorkspaceTable.c.team_id == team_of(workspace)
        later = select(OrganisationWorkspaceTable.c.team_id).where(
            mine, OrganisationWorkspaceTable.c.left_at > at
        )
        gone = delete(OrganisationWorkspaceTable).where(
            mine, OrganisationWorkspaceTable.c.left_at <= at
        )
        uninstalls = delete(IntentTable).where(
            IntentTable.c.team_id == team_of(workspace),
            IntentTable.c.kind == IntentKind.UNINSTALL.value,
            IntentTable.c.created_at < at + SAME_SECOND,
        )

        def work(connection: Connection) -> None:
            if connection.execute(gone).rowcount or connection.execute(later).first() is None:
                connection.execute(uninstalls)

        await self._database.write(work)


def _row(workspace: Workspace) -> dict[str, str]:
    if not workspace.enterprise_id:
        raise ValueError("The workspace is of no organisation.")
    return {"team_id": team_of(workspace), "enterprise_id": workspace.enterprise_id}
