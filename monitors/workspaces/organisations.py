"""Which workspaces an organisation's installation serves."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.intent import IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.statements import insert_into, reading, writing
from monitors.storage.tables import IntentTable, OrganisationWorkspaceTable
from monitors.storage.tenancy import team_of
from monitors.workspaces.installations import SAME_SECOND


class SqlOrganisations:
    """`Organisations`. Slack names an organisation's workspaces to nobody whose token is dead."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def serves(self, workspace: Workspace) -> None:
        """Its organisation's installation was used for it. One that has left stays so."""
        statement = (
            insert_into(self._engine, OrganisationWorkspaceTable)
            .values(**_row(workspace), left_at=None)
            .on_conflict_do_nothing(index_elements=["team_id"])
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def members(self, enterprise_id: str) -> Sequence[Workspace]:
        """The workspaces it has served and serves still."""
        statement = select(OrganisationWorkspaceTable.team_id).where(
            OrganisationWorkspaceTable.enterprise_id == enterprise_id,
            OrganisationWorkspaceTable.left_at.is_(None),
        )
        async with reading(self._engine) as connection:
            return [
                Workspace(team_id, enterprise_id) for team_id in await connection.scalars(statement)
            ]

    async def of(self, workspace: Workspace) -> Workspace:
        """The workspace with its organisation filled in, where that has served it."""
        statement = select(OrganisationWorkspaceTable.enterprise_id).where(
            OrganisationWorkspaceTable.team_id == team_of(workspace)
        )
        async with reading(self._engine) as connection:
            found = (await connection.scalars(statement)).one_or_none()
        return Workspace(workspace.team_id, workspace.enterprise_id or found)

    async def leave(self, workspace: Workspace, at: datetime) -> None:
        """The organisation's installation serves it no more."""
        changed = {**_row(workspace), "left_at": at}
        statement = (
            insert_into(self._engine, OrganisationWorkspaceTable)
            .values(changed)
            .on_conflict_do_update(index_elements=["team_id"], set_=changed)
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def join(self, workspace: Workspace, at: datetime) -> None:
        """It serves it, and what was to be removed stays, unless it left after `at`."""
        mine = OrganisationWorkspaceTable.team_id == team_of(workspace)
        later = select(OrganisationWorkspaceTable.team_id).where(
            mine, OrganisationWorkspaceTable.left_at > at
        )
        async with writing(self._engine) as connection:
            gone = await connection.execute(
                delete(OrganisationWorkspaceTable).where(
                    mine, OrganisationWorkspaceTable.left_at <= at
                )
            )
            if not gone.rowcount and (await connection.execute(later)).first():
                return
            await connection.execute(
                delete(IntentTable).where(
                    IntentTable.team_id == team_of(workspace),
                    IntentTable.kind == IntentKind.UNINSTALL.value,
                    IntentTable.created_at < at + SAME_SECOND,
                )
            )


def _row(workspace: Workspace) -> dict[str, str]:
    if not workspace.enterprise_id:
        raise ValueError("The workspace is of no organisation.")
    return {"team_id": team_of(workspace), "enterprise_id": workspace.enterprise_id}
