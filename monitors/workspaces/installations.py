"""Slack installations: one row per workspace or organisation, with encrypted tokens."""

from collections.abc import Mapping
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

from monitors.model.codec import decode, encode
from monitors.model.installation import Installation
from monitors.model.intent import IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.sealing import Sealer
from monitors.storage.tables import InstallationTable, IntentTable, OrganisationWorkspaceTable
from monitors.storage.tenancy import team_of

# Slack dates events in whole seconds: one of the same second counts as later than the install.
SAME_SECOND: Final = timedelta(seconds=1)


class SqlInstallations:
    """By place: an organisation-wide installation has no team."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def save(self, installation: Installation) -> None:
        """Store it, replacing the previous one; an uninstall in progress is called off."""
        place = installation.place
        if not installation.is_enterprise_install:
            team_of(place)
        enterprise_id, team_id = key = _key(place)
        values: Mapping[str, object] = {
            "app_id": installation.app_id,
            "bot_id": installation.bot_id,
            "bot_user_id": installation.bot_user_id,
            "is_enterprise_install": installation.is_enterprise_install,
            "installed_at": installation.installed_at,
            "sealed": self._sealed(installation),
            "refreshing_until": None,
        }
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

    async def find(self, place: Workspace) -> Installation | None:
        """The workspace's own, else its organisation's. Raises SealError."""
        enterprise, team = _key(place)
        statement = _FIND_WORKSPACES if team else _FIND_ORGANISATIONS
        names = {"of_team": team, "of_enterprise": enterprise}
        found = await self._database.look_up(statement, names)
        return self._opened(found[0]) if found else None

    async def lease(
        self, place: Workspace, *, now: datetime, until: datetime
    ) -> Installation | None:
        """Take the right to refresh its token, which ends at `until`, or with `refreshed`.

        Only one of several callers gets it, with the installation as it is then.
        """
        is_free = or_(
            InstallationTable.c.refreshing_until.is_(None),
            InstallationTable.c.refreshing_until <= now,
        )
        statement = update(InstallationTable).where(*_is(place), is_free)
        taken = statement.values(refreshing_until=until).returning(*InstallationTable.c)
        found = await self._database.changed(taken)
        return self._opened(found[0]) if found else None

    async def refreshed(self, installation: Installation, *, leased_until: datetime) -> bool:
        """Store its new token; False if it was installed again, or the lease ran out."""
        statement = (
            update(InstallationTable)
            .where(*_is(installation.place), InstallationTable.c.refreshing_until == leased_until)
            .values(sealed=self._sealed(installation), refreshing_until=None)
        )
        return await self._database.change(statement) == 1

    async def delete(self, place: Workspace, *, before: datetime) -> None:
        """Delete the workspace's own, or the organisation's; never one instead of the other.

        Only if it was not installed after `before`.
        """
        enterprise, team = _key(place)
        own = (
            InstallationTable.c.team_id == team
            if team
            else and_(
                InstallationTable.c.team_id == "", InstallationTable.c.enterprise_id == enterprise
            )
        )
        is_older = InstallationTable.c.installed_at < before + SAME_SECOND
        statement = delete(InstallationTable).where(own, is_older)

        def work(connection: Connection) -> None:
            if connection.execute(statement).rowcount and not team:
                connection.execute(_revoked(enterprise))

        await self._database.write(work)

    def _sealed(self, installation: Installation) -> str:
        context = installation_context(*_key(installation.place))
        return self._sealer.seal(encode(installation), context=context)

    def _opened(self, row: Row[*tuple[Any, ...]]) -> Installation:
        context = installation_context(row.enterprise_id, row.team_id)
        return decode(Installation, self._sealer.open(row.sealed, context=context))


def _is(place: Workspace) -> tuple[ColumnElement[bool], ...]:
    enterprise, team = _key(place)
    return InstallationTable.c.team_id == team, InstallationTable.c.enterprise_id == enterprise


def _key(place: Workspace) -> tuple[str, str]:
    """The organisation's id and the team's. Raises ValueError if both are missing."""
    if not (place.team_id or place.enterprise_id):
        raise ValueError("An installation is a workspace's or an organisation's: neither is named.")
    return place.enterprise_id or "", place.team_id


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
