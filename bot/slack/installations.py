"""Installations, for Bolt's authorisation, the poster's tokens and the services."""

import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.slack.one_token import OneToken
from monitors.model.installation import InstallationFacts
from monitors.model.workspace import Workspace
from monitors.workspaces.installations import InstallationRow, SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations

CACHE_SECONDS: Final = 10.0
CACHE_SIZE: Final = 10_000


class KeptInstallations:
    """Installations of many workspaces, in SQL."""

    def __init__(self, store: SqlInstallations, organisations: SqlOrganisations) -> None:
        self._store = store
        self._organisations = organisations
        self._served: OrderedDict[Workspace, None] = OrderedDict()

    async def find(self, workspace: Workspace) -> Installation | None:
        row = await self._row(workspace)
        if row is None:
            self._served.pop(workspace, None)
            return None
        if row.team_id is None and workspace.team_id:
            await self._note_served(Workspace(workspace.team_id, row.enterprise_id))
        return installation_of(row)

    async def facts(self, workspace: Workspace) -> InstallationFacts | None:
        """The same without tokens, and the place it was made for."""
        row = await self._row(workspace)
        if row is None:
            return None
        return InstallationFacts(
            place=Workspace(row.team_id or "", row.enterprise_id),
            app_id=row.app_id,
            bot_user_id=row.bot_user_id,
            installed_at=row.installed_at,
        )

    async def save(self, installation: Installation) -> None:
        await self._store.save(row_of(installation))

    async def forget(self, place: Workspace, *, before: datetime) -> None:
        """That place's own installation, unless it is newer than `before` (a late event)."""
        await self._store.delete(
            place.team_id or None,
            place.enterprise_id,
            is_enterprise_install=not place.team_id,
            before=before,
        )

    async def _row(self, workspace: Workspace) -> InstallationRow | None:
        """Found by the team alone, too: then the organisation is one known to serve it."""
        row = await self._find(workspace)
        if row is None and workspace.enterprise_id is None:
            whole = await self._organisations.of(workspace)
            return await self._find(whole) if whole.enterprise_id else None
        return row

    async def _find(self, workspace: Workspace) -> InstallationRow | None:
        return await self._store.find(
            workspace.team_id or None,
            workspace.enterprise_id,
            is_enterprise_install=not workspace.team_id,
        )

    async def _note_served(self, workspace: Workspace) -> None:
        """Record it, once per process."""
        if workspace in self._served:
            return
        await self._organisations.serves(workspace)
        self._served[workspace] = None
        while len(self._served) > CACHE_SIZE:
            self._served.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Cached:
    installation: Installation | None
    until: float


class Installations:
    """The InstallationStore port, Bolt's authorisation and the poster's tokens.

    All use one short-lived cache, so that a command needs no auth.test and usually no SQL.
    """

    def __init__(
        self,
        source: KeptInstallations | OneToken,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._monotonic = monotonic
        self._cache: OrderedDict[Workspace, _Cached] = OrderedDict()

    async def find(self, workspace: Workspace) -> Installation | None:
        cached = self._cache.get(workspace)
        if cached is not None and cached.until > self._monotonic():
            return cached.installation
        installation = await self._source.find(workspace)
        if installation is not None:
            self._cache[workspace] = _Cached(installation, self._monotonic() + CACHE_SECONDS)
            self._cache.move_to_end(workspace)
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return installation

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

    async def bot_id(self, workspace: Workspace) -> str | None:
        """The app's id as a bot (B…), by which some clients mention it."""
        installation = await self.find(workspace)
        return installation.bot_id if installation else None

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

    async def facts(self, workspace: Workspace) -> InstallationFacts | None:
        """Read from the source, not from the cache."""
        return await self._source.facts(workspace)

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


class BoltInstallations(AsyncInstallationStore):
    """Where Bolt's OAuth flow saves installations."""

    def __init__(
        self,
        kept: KeptInstallations,
        index: Installations,
        *,
        on_saved: Callable[[Workspace], Awaitable[None]],
    ) -> None:
        """`on_saved` is called for each workspace that installs the app, perhaps again."""
        self._kept = kept
        self._index = index
        self._on_saved = on_saved

    async def async_save(self, installation: Installation) -> None:
        """Raises ValueError for one that the app could do nothing with."""
        if not (installation.bot_token and installation.app_id):
            raise ValueError("the installation has no bot's token, or names no app")
        await self._kept.save(installation)
        workspace = Workspace(installation.team_id or "", installation.enterprise_id)
        self._index.drop(workspace)
        if workspace.team_id:
            await self._on_saved(workspace)


def row_of(installation: Installation) -> InstallationRow:
    """Everything from Slack, as a row."""
    payload = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(installation).items()
    }
    return InstallationRow(
        team_id=installation.team_id,
        enterprise_id=installation.enterprise_id,
        app_id=installation.app_id,
        bot_id=installation.bot_id,
        bot_user_id=installation.bot_user_id,
        installed_at=datetime.fromtimestamp(installation.installed_at, UTC),
        is_enterprise_install=bool(installation.is_enterprise_install),
        payload=json.dumps(payload),
    )


def installation_of(row: InstallationRow) -> Installation:
    """The installation that `row_of` stored."""
    payload = cast("dict[str, object]", json.loads(row.payload))
    custom = cast("dict[str, object]", payload.pop("custom_values", {}))
    make = cast("Callable[..., Installation]", Installation)
    return make(**payload, **custom)
