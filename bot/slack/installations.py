"""Installations, for Bolt's authorisation, the poster's tokens and the services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cachetools import LRUCache, TTLCache
from slack_bolt.authorization import AuthorizeResult

from bot.slack.one_token import OneToken
from monitors.model.installation import Installation
from monitors.model.workspace import Workspace
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations

CACHE_SECONDS: Final = 10.0
CACHE_SIZE: Final = 10_000


@dataclass(frozen=True, slots=True)
class KeptInstallations:
    """Installations of many workspaces, in SQL."""

    rows: SqlInstallations
    organisations: SqlOrganisations

    async def find(self, workspace: Workspace) -> Installation | None:
        """Found by the team alone, too: then the organisation is one known to serve it."""
        found = await self.rows.find(workspace)
        if found is None and workspace.enterprise_id is None:
            whole = await self.organisations.of(workspace)
            found = await self.rows.find(whole) if whole.enterprise_id else None
        return found

    async def forget(self, place: Workspace, *, before: datetime) -> None:
        """That place's own installation, unless it is newer than `before` (a late event)."""
        await self.rows.delete(place, before=before)


class Installations:
    """The InstallationStore port, Bolt's authorisation and the poster's tokens.

    All use one short-lived cache, so that a command needs no auth.test and usually no SQL.
    """

    def __init__(
        self, source: KeptInstallations | OneToken, organisations: SqlOrganisations
    ) -> None:
        self._source = source
        self._organisations = organisations
        self._cache: TTLCache[Workspace, Installation] = TTLCache(CACHE_SIZE, CACHE_SECONDS)
        self._served: LRUCache[Workspace, None] = LRUCache(CACHE_SIZE)

    async def check(self) -> None:
        """At start. Raises SetupError if SLACK_BOT_TOKEN can never work."""
        if isinstance(self._source, OneToken):
            await self._source.check()

    async def find(self, workspace: Workspace) -> Installation | None:
        installation = self._cache.get(workspace)
        if installation is not None:
            return installation
        installation = await self._source.find(workspace)
        if installation is None:
            self._served.pop(workspace, None)
            return None
        if installation.is_enterprise_install and workspace.team_id:
            await self._note_served(Workspace(workspace.team_id, installation.enterprise_id))
        self._cache[workspace] = installation
        return installation

    async def _note_served(self, workspace: Workspace) -> None:
        """By its organisation's installation; recorded once per process."""
        if workspace not in self._served:
            await self._organisations.serves(workspace)
            self._served[workspace] = None

    async def app_id(self, workspace: Workspace) -> str | None:
        installation = await self.find(workspace)
        return installation.app_id if installation else None

    async def installed(self, workspace: Workspace) -> Workspace | None:
        installation = await self.find(workspace)
        if installation is None:
            return None
        return Workspace(workspace.team_id, workspace.enterprise_id or installation.enterprise_id)

    async def bot_user_id(self, workspace: Workspace) -> str | None:
        installation = await self.find(workspace)
        return installation.bot_user_id if installation else None

    async def installer(self, workspace: Workspace) -> str | None:
        """Who installed the app; None with SLACK_BOT_TOKEN, which doesn't name a person."""
        installation = await self.find(workspace)
        if installation is None or installation.user_id == installation.bot_user_id:
            return None
        return installation.user_id

    async def authorize(self, workspace: Workspace) -> AuthorizeResult | None:
        installation = await self.find(workspace)
        if installation is None:
            return None
        return AuthorizeResult(
            enterprise_id=workspace.enterprise_id or installation.enterprise_id,
            team_id=workspace.team_id,
            bot_token=installation.bot_token,
            bot_id=installation.bot_id,
            bot_user_id=installation.bot_user_id,
        )

    async def stored(self, workspace: Workspace) -> Installation | None:
        """From the source, not from the cache."""
        return await self._source.find(workspace)

    async def forget(self, place: Workspace, before: datetime) -> None:
        """Delete that place's own installation if it is older than `before`."""
        await self._source.forget(place, before=before)
        self.drop(place)

    def drop(self, workspace: Workspace) -> None:
        """Remove it from the cache; without a team, clear the cache."""
        for known in [known for known in self._cache if _is_of(known, workspace)]:
            del self._cache[known]


def _is_of(known: Workspace, workspace: Workspace) -> bool:
    if workspace.team_id:
        return known.team_id == workspace.team_id
    return known.enterprise_id == workspace.enterprise_id
