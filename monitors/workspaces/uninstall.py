"""The app is uninstalled: the workspace's monitors are cancelled, and all its data deleted.

An uninstall is an intent, so that a crash anywhere resumes it. The installation is deleted
first: from then on nothing is created or posted. The intent is deleted last, with every other row.
An installation in the meantime deletes the intent, and so wins: whatever is left then stays.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from monitors.accounts.store import SqlAccounts
from monitors.model.installation import Installation
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import Installed, UninstallRequest
from monitors.model.workspace import Workspace
from monitors.watching.end_monitors import Ending, end_monitors
from monitors.watching.parts import Parts
from monitors.work.intents import request_of
from monitors.workspaces.organisations import SqlOrganisations
from monitors.workspaces.records import WorkspaceRecords

# What began before the installation went may post, make and write for as long as one short cache
# and the longest call last (bot.slack.installations.CACHE_SECONDS, and
# monitors.parallel.transport.PATIENCE).
SETTLE_AFTER: Final = timedelta(seconds=45)
_LOOK_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class NoticeUninstall:
    """Saves uninstalls as intents, for the listeners and the operator, and starts them.

    Every call can be repeated. Raises StoreDownError, so that Slack sends the event again.
    """

    parts: Parts
    organisations: SqlOrganisations

    async def uninstalled(self, place: Workspace, at: datetime) -> Sequence[str]:
        """Delete every workspace that one installation served. Returns the intents' ids.

        None of them if it was installed again since, or isn't known.
        """
        found = await self._older(place, at)
        return () if found is None else await self._uninstall(found, at)

    async def revoked(self, place: Workspace, at: datetime, *, users: frozenset[str]) -> None:
        """Tokens of these users were revoked; if the app's own is among them, it is uninstalled."""
        found = await self._older(place, at)
        if found is not None and (found.bot_user_id is None or found.bot_user_id in users):
            await self._uninstall(found, at)

    async def access_revoked(self, workspace: Workspace, at: datetime) -> Sequence[str]:
        """An organisation's installation no longer serves one of its workspaces."""
        place = Workspace("", workspace.enterprise_id)
        found = await self._older(place, at)
        if found is None:
            return ()
        intent_id = await self._submit(workspace, found, at, installation=None)
        await self.organisations.revoke(workspace, at)
        self.parts.installations.drop(workspace)
        return (intent_id,)

    async def access_granted(self, workspace: Workspace, at: datetime) -> None:
        """An organisation's installation serves a workspace, perhaps again."""
        await self.organisations.grant(workspace, at)
        found = await self.parts.installations.stored(Workspace("", workspace.enterprise_id))
        if found is not None:
            # One id, whichever workspace comes first: one welcome for the organisation.
            await self.parts.submit_intent(
                IntentKind.INSTALLED,
                Installed(workspace),
                intent_id=f"installed:{workspace.enterprise_id}:{found.installed_at.isoformat()}",
            )

    async def delete(self, workspace: Workspace, at: datetime) -> Sequence[str]:
        """Delete a workspace for an operator, even if it is installed. Returns the intents' ids.

        Without a team, the whole organisation.
        """
        found = await self.parts.installations.stored(workspace)
        if found is None:
            return (await self._submit(workspace, None, at, installation=None),)
        if workspace.team_id and not found.place.team_id:
            return await self.access_revoked(
                Workspace(workspace.team_id, found.place.enterprise_id), at
            )
        return await self._uninstall(found, at)

    async def _older(self, place: Workspace, at: datetime) -> Installation | None:
        """None where it was installed again since, or isn't known."""
        found = await self.parts.installations.stored(place)
        return None if found is None or found.is_newer_than(at) else found

    async def _uninstall(self, found: Installation, at: datetime) -> Sequence[str]:
        place = found.place
        served: Sequence[Workspace] = (place,)
        if not place.team_id:
            served = await self.organisations.members(place.enterprise_id or "")
        # All at once: Slack waits three seconds, however large the organisation is.
        taken = (self._submit(each, found, at, installation=place) for each in served)
        intent_ids = await asyncio.gather(*taken)
        await self.parts.installations.forget(place, at)
        return intent_ids

    async def _submit(
        self,
        workspace: Workspace,
        found: Installation | None,
        at: datetime,
        *,
        installation: Workspace | None,
    ) -> str:
        # Named after the installation, or this workspace leaving it, so that a repeated event is
        # the same intent. Names no workspace where jobs are kept.
        since = found.installed_at if found and installation else at
        named = f"{workspace.team_id}:{installation}:{since.isoformat()}"
        intent_id = f"uninstall:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
        request = UninstallRequest(workspace, at, found.app_id if found else None, installation)
        await self.parts.submit_intent(IntentKind.UNINSTALL, request, intent_id=intent_id)
        return intent_id


@dataclass(frozen=True, slots=True)
class DeleteWorkspace:
    """Carries out an uninstall, resuming it as often as needed."""

    parts: Parts
    accounts: SqlAccounts
    records: WorkspaceRecords
    settle_after: timedelta = SETTLE_AFTER

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        """One attempt. The last one deletes whatever Parallel says: keys aren't stored forever."""
        request = request_of(intent, UninstallRequest)
        workspace = request.workspace
        found = await self.parts.installations.stored(workspace)
        if found is not None and found.is_newer_than(request.before):
            return Done()
        if request.installation is not None:
            await self.parts.installations.forget(request.installation, request.before)
        is_busy = await self.records.drop_intents(workspace, but=intent.intent_id)
        waits = await self._end_all(intent, request)
        if waits is not None and not attempt.is_last:
            return waits
        rest = (intent.created_at + self.settle_after - self.parts.clock.now()).total_seconds()
        if is_busy or rest > 0:
            # Then look for monitors that they have created, too.
            wait = max(rest, _LOOK_AGAIN_SECONDS)
            return RetryAfter("jobs of the workspace may be under way", wait)
        await self.records.forget_keys(workspace)
        deleted = await self.records.delete(
            workspace, intent_id=intent.intent_id, before=request.before
        )
        log = structlog.get_logger("workspaces")
        log.info("workspace deleted" if deleted else "workspace installed again")
        return Done()

    async def _end_all(self, intent: Intent, request: UninstallRequest) -> RetryAfter | None:
        """RetryAfter if some can't be cancelled yet; those that never can be are logged."""
        for account in await self.accounts.may_hold_monitors_of(request.workspace):
            now = Ending(self.parts, intent, account, request.app_id)
            outcome = await end_monitors(now)
            if isinstance(outcome, RetryAfter):
                return outcome
            if not isinstance(outcome, Done):
                structlog.get_logger("workspaces").warning(
                    "monitors left running",
                    is_operators=not account.team_id,
                    outcome=repr(outcome),
                )
        return None
