"""Slack installations: one row per workspace or organisation, with encrypted tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Row,
    Select,
    String,
    and_,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from monitors.model.intent import IntentKind
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer
from monitors.storage.tables import InstallationTable, IntentTable, OrganisationWorkspaceTable

# Slack dates events in whole seconds: one of the same second counts as later than the install.
SAME_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRow:
    """One installation; `payload` is slack_sdk's whole `Installation` as JSON, tokens included.

    `sealed` is the payload as it was read, so that an update can check that no one else changed it.
    """

    team_id: str | None
    enterprise_id: str | None
    app_id: str | None
    bot_id: str | None
    bot_user_id: str | None
    installed_at: datetime
    is_enterprise_install: bool
    payload: str = field(repr=False)
    sealed: str = field(default="", repr=False, compare=False)


class SqlInstallations:
    """An organisation-wide installation is stored without a team; see `find`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def save(self, row: InstallationRow) -> None:
        """Store it, replacing the previous one; an uninstall in progress is called off."""
        key = _key(row.team_id, row.enterprise_id, is_enterprise_install=row.is_enterprise_install)
        values: Mapping[str, object] = {
            "app_id": row.app_id,
            "bot_id": row.bot_id,
            "bot_user_id": row.bot_user_id,
            "is_enterprise_install": row.is_enterprise_install,
            "installed_at": row.installed_at,
            "sealed": self._sealer.seal(row.payload, context=installation_context(*key)),
            "refreshing_until": None,
        }
        enterprise_id, team_id = key
        statement = (
            self._database.insert(InstallationTable)
            .values(enterprise_id=enterprise_id, team_id=team_id, **values)
            .on_conflict_do_update(index_elements=["enterprise_id", "team_id"], set_=values)
        )
        # A workspace that joined or left an organisation is still the same workspace.
        moved = delete(InstallationTable).where(
            InstallationTable.c.team_id == team_id,
            InstallationTable.c.team_id != "",
            InstallationTable.c.enterprise_id != enterprise_id,
        )

        def work(connection: Connection) -> None:
            # First, as in an uninstall (WorkspaceRecords.delete), so that one waits for the other.
            connection.execute(_uninstalls(*key))
            connection.execute(statement)
            connection.execute(moved)
            if not team_id:
                # Slack will say again which workspaces it serves.
                connection.execute(_revoked(enterprise_id))

        await self._database.write(work)

    async def find(
        self, team_id: str | None, enterprise_id: str | None = None, *, is_enterprise_install: bool
    ) -> InstallationRow | None:
        """The workspace's own row, else its organisation's. Raises SealError."""
        enterprise, team = _key(team_id, enterprise_id, is_enterprise_install=is_enterprise_install)
        statement = _FIND_WORKSPACES if team else _FIND_ORGANISATIONS
        names = {"of_team": team, "of_enterprise": enterprise}
        found = await self._database.look_up(statement, names)
        return self._opened(found[0]) if found else None

    async def lease(self, row: InstallationRow, *, now: datetime, until: datetime) -> bool:
        """Take the right to refresh the row's token; only one of several callers gets it.

        It ends at `until`, or with `refreshed`.
        """
        is_free = or_(
            InstallationTable.c.refreshing_until.is_(None),
            InstallationTable.c.refreshing_until <= now,
        )
        statement = (
            update(InstallationTable)
            .where(*_is(row), InstallationTable.c.sealed == row.sealed, is_free)
            .values(refreshing_until=until)
        )
        return await self._database.change(statement) == 1

    async def refreshed(self, row: InstallationRow, *, leased_until: datetime) -> bool:
        """Store the row's new token; False if it was installed again, or the lease ran out."""
        context = installation_context(row.enterprise_id or "", row.team_id or "")
        statement = (
            update(InstallationTable)
            .where(*_is(row), InstallationTable.c.refreshing_until == leased_until)
            .values(sealed=self._sealer.seal(row.payload, context=context), refreshing_until=None)
        )
        return await self._database.change(statement) == 1

    async def delete(
        self,
        team_id: str | None,
        enterprise_id: str | None = None,
        *,
        is_enterprise_install: bool,
        before: datetime | None = None,
    ) -> None:
        """Delete the workspace's own row, or the organisation's; never one instead of the other.

        With `before`, only if it was not installed after that.
        """
        enterprise, team = _key(team_id, enterprise_id, is_enterprise_install=is_enterprise_install)
        own = (
            InstallationTable.c.team_id == team
            if team
            else and_(
                InstallationTable.c.team_id == "", InstallationTable.c.enterprise_id == enterprise
            )
        )
        statement = delete(InstallationTable).where(own)
        if before is not None:
            statement = statement.where(InstallationTable.c.installed_at < before + SAME_SECOND)

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount and not team:
                connection.execute(_revoked(enterprise))

        await self._database.write(work)

    def _opened(self, row: Row[*tuple[Any, ...]]) -> InstallationRow:
        context = installation_context(row.enterprise_id, row.team_id)
        return InstallationRow(
            team_id=row.team_id or None,
            enterprise_id=row.enterprise_id or None,
            app_id=row.app_id,
            bot_id=row.bot_id,
            bot_user_id=row.bot_user_id,
            is_enterprise_install=row.is_enterprise_install,
            installed_at=row.installed_at,
            payload=self._sealer.open(row.sealed, context=context),
            sealed=row.sealed,
        )


def _is(row: InstallationRow) -> tuple[ColumnElement[bool], ...]:
    return (
        InstallationTable.c.team_id == (row.team_id or ""),
        InstallationTable.c.enterprise_id == (row.enterprise_id or ""),
    )


def _key(
    team_id: str | None, enterprise_id: str | None, *, is_enterprise_install: bool
) -> tuple[str, str]:
    """Raises ValueError if the enterprise or the team that names the installation is missing."""
    enterprise, team = enterprise_id or "", "" if is_enterprise_install else team_id or ""
    if is_enterprise_install and not enterprise:
        raise ValueError("An organisation-wide installation needs its enterprise_id.")
    if not is_enterprise_install and not team:
        raise ValueError("Nothing is kept without a workspace: team_id is empty.")
    return enterprise, team


def _find(names: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*InstallationTable.c)
        .where(names)
        .order_by(
            (InstallationTable.c.team_id != "").desc(),
            (InstallationTable.c.enterprise_id == _OF_ENTERPRISE).desc(),
        )
        .limit(1)
    )


# The rows that can serve a workspace. A team's id is unique at Slack. An organisation's row doesn't
# serve a workspace that was removed from it. Built once: every delivery may ask.
_OF_TEAM: Final = bindparam("of_team", type_=String)
_OF_ENTERPRISE: Final = bindparam("of_enterprise", type_=String)
_HAS_LEFT: Final = (
    select(OrganisationWorkspaceTable.c.team_id)
    .where(
        OrganisationWorkspaceTable.c.team_id == _OF_TEAM,
        OrganisationWorkspaceTable.c.enterprise_id == _OF_ENTERPRISE,
        OrganisationWorkspaceTable.c.left_at.is_not(None),
    )
    .exists()
)
_ORGANISATION: Final = and_(
    InstallationTable.c.team_id == "",
    InstallationTable.c.enterprise_id == _OF_ENTERPRISE,
    InstallationTable.c.enterprise_id != "",
    ~_HAS_LEFT,
)
_FIND_WORKSPACES: Final = _find(or_(InstallationTable.c.team_id == _OF_TEAM, _ORGANISATION))
_FIND_ORGANISATIONS: Final = _find(_ORGANISATION)


def _uninstalls(enterprise: str, team: str) -> Delete:
    """The uninstalls that a new installation calls off: the workspace's, or the organisation's."""
    again = IntentTable.c.team_id == team if team else IntentTable.c.enterprise_id == enterprise
    return delete(IntentTable).where(IntentTable.c.kind == IntentKind.UNINSTALL.value, again)


def _revoked(enterprise: str) -> Delete:
    return delete(OrganisationWorkspaceTable).where(
        OrganisationWorkspaceTable.c.enterprise_id == enterprise,
        OrganisationWorkspaceTable.c.left_at.is_not(None),
    )


def installation_context(enterprise_id: str, team_id: str) -> str:
    """The context an installation's tokens are encrypted for."""
    return f"slack:{enterprise_id}:{team_id}"
