"""A workspace that leaves: its monitors are cancelled, and all that is kept about it forgotten.

The removal is an intent, so that a crash anywhere resumes it. The installation goes first: from
then on nothing is made or posted. The intent itself goes last, with every other row. An install
meanwhile deletes the intent, and so wins: whatever is left then stays.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.installation import InstallationFacts
from monitors.model.intent import Intent, IntentKind
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import (
    AnswerLostError,
    ParallelError,
    RateLimitedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.model.requests import Removal
from monitors.model.workspace import Workspace
from monitors.ports import IntentStore, MonitorReader
from monitors.work.intents import request_of
from monitors.work.submit import TakeDown

# Calls to Parallel at once: a workspace's hundreds of monitors end within the minute.
AT_ONCE: Final = 8
# What began before the installation went may post, make and write for as long as one call and one
# short cache last (bot.wiring.resources.CALL_SECONDS, bot.slack.installations.CACHE_SECONDS).
SETTLE_AFTER: Final = timedelta(seconds=20)
_LOOK_AGAIN_SECONDS: Final = 1.0
_LATER: Final = (RateLimitedError, UnavailableError, AnswerLostError)


class LeavingInstallations(Protocol):
    async def facts(self, workspace: Workspace) -> InstallationFacts | None:
        """What serves the workspace now, or the organisation where no team is named."""
        ...

    async def forget(self, place: Workspace, before: datetime) -> None:
        """Delete exactly that installation, unless it was made after `before`."""
        ...

    def drop(self, workspace: Workspace) -> None:
        """Ask anew what serves it."""
        ...


class Organisations(Protocol):
    async def members(self, enterprise_id: str) -> Sequence[Workspace]:
        """The workspaces that its installation serves."""
        ...

    async def leave(self, workspace: Workspace, at: datetime) -> None:
        """The organisation's installation serves it no more."""
        ...

    async def join(self, workspace: Workspace, at: datetime) -> None:
        """It does again: a removal from before then is called off."""
        ...


class WorkspaceAccounts(Protocol):
    async def serving(self, workspace: Workspace) -> Sequence[ParallelAccount]:
        """Every account that may hold its monitors: its own, and the operator's."""
        ...


class WorkspaceRecords(Protocol):
    """What SQL holds about a workspace."""

    async def drop_intents(self, workspace: Workspace, *, but: str) -> bool:
        """Forget what else was asked for; True while an attempt still works on some of it."""
        ...

    async def forget(self, workspace: Workspace, *, intent_id: str, before: datetime) -> bool:
        """Every row, all or none, the removal's own intent among them.

        False when it was installed again after `before`: then only the intent goes.
        """
        ...


class WorkspaceCache(Protocol):
    async def forget(self, workspace: Workspace) -> None:
        """What Redis holds about it. Raises QueueDownError."""
        ...


class MonitorCanceller(Protocol):
    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancelling a cancelled monitor is no error. Raises ParallelError."""
        ...


@dataclass(frozen=True, slots=True)
class NoticeLeaving:
    """What the listeners and the operator call: removals are written down, then begun.

    Every call may be repeated, and raises StoreDownError: then Slack is to say it again.
    """

    installations: LeavingInstallations
    organisations: Organisations
    take_down: TakeDown

    async def uninstalled(self, place: Workspace, at: datetime) -> Sequence[str]:
        """The app was taken out, everywhere that one installation served. The intents' ids.

        None where it was installed again since, or is not known (any more).
        """
        facts = await self.installations.facts(place)
        if facts is None or facts.is_newer_than(at):
            return ()
        return await self._remove(facts, at)

    async def revoked(self, place: Workspace, at: datetime, *, users: frozenset[str]) -> None:
        """Tokens of these users were revoked: without the app's own it cannot go on."""
        facts = await self.installations.facts(place)
        if facts is not None and (facts.bot_user_id is None or facts.bot_user_id in users):
            await self.uninstalled(place, at)

    async def excluded(self, workspace: Workspace, at: datetime) -> Sequence[str]:
        """An organisation's installation no longer serves one of its workspaces."""
        place = Workspace("", workspace.enterprise_id)
        facts = await self.installations.facts(place)
        if facts is None or facts.is_newer_than(at):
            return ()
        intent_id = await self._take(workspace, facts, at, installation=None)
        await self.organisations.leave(workspace, at)
        self.installations.drop(workspace)
        return (intent_id,)

    async def included(self, workspace: Workspace, at: datetime) -> None:
        """It serves it, perhaps again."""
        await self.organisations.join(workspace, at)

    async def removed(self, workspace: Workspace, at: datetime) -> Sequence[str]:
        """An operator wants it forgotten, whether or not it is still installed. The intents' ids.

        Without a team, the whole organisation.
        """
        facts = await self.installations.facts(workspace)
        if facts is None:
            removal = Removal(workspace, at, app_id=None, installation=None)
            return (await self._take_removal(removal, since=at),)
        if workspace.team_id and not facts.place.team_id:
            return await self.excluded(Workspace(workspace.team_id, facts.place.enterprise_id), at)
        return await self._remove(facts, at)

    async def _remove(self, facts: InstallationFacts, at: datetime) -> Sequence[str]:
        place = facts.place
        leaving: Sequence[Workspace] = (place,)
        if not place.team_id:
            leaving = await self.organisations.members(place.enterprise_id or "")
        # Together, for Slack waits three seconds for an organisation of any size.
        taken = (self._take(each, facts, at, installation=place) for each in leaving)
        intent_ids = await asyncio.gather(*taken)
        await self.installations.forget(place, at)
        return intent_ids

    async def _take(
        self,
        workspace: Workspace,
        facts: InstallationFacts,
        at: datetime,
        *,
        installation: Workspace | None,
    ) -> str:
        removal = Removal(workspace, at, facts.app_id, installation)
        # Of the installation, or of this leaving it: whatever says so again is the same removal.
        return await self._take_removal(removal, since=facts.installed_at if installation else at)

    async def _take_removal(self, removal: Removal, *, since: datetime) -> str:
        workspace = removal.workspace
        named = f"{workspace.team_id}:{removal.installation}:{since.isoformat()}"
        # Names no workspace where jobs are kept.
        intent_id = f"uninstall:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
        await self.take_down.take(
            workspace, intent_id=intent_id, kind=IntentKind.UNINSTALL, request=removal
        )
        return intent_id


@dataclass(frozen=True, slots=True)
class RemoveWorkspace:
    """Carries a removal out, however often it is begun."""

    installations: LeavingInstallations
    accounts: WorkspaceAccounts
    reader: MonitorReader
    canceller: MonitorCanceller
    intents: IntentStore
    records: WorkspaceRecords
    cache: WorkspaceCache
    clock: Clock
    settle_after: timedelta = SETTLE_AFTER

    async def run(self, intent: Intent, *, attempt: Attempt) -> Outcome:
        """One attempt. The last one forgets, whatever Parallel says: keys are not kept for ever."""
        removal = request_of(intent, Removal)
        workspace = removal.workspace
        facts = await self.installations.facts(workspace)
        if facts is not None and facts.is_newer_than(removal.before):
            await self.intents.finish(intent.intent_id)
            return Done()
        if removal.installation is not None:
            await self.installations.forget(removal.installation, removal.before)
        is_busy = await self.records.drop_intents(workspace, but=intent.intent_id)
        error = await self._cancel_all(intent, removal)
        if error is not None and not attempt.is_last:
            return RetryAfter(f"parallel: {error}", error.retry_after_seconds)
        rest = (intent.created_at + self.settle_after - self.clock.now()).total_seconds()
        if is_busy or rest > 0:
            # Then it is looked for what they made, too.
            wait = max(rest, _LOOK_AGAIN_SECONDS)
            return RetryAfter("jobs of the workspace may be under way", wait)
        await self.cache.forget(workspace)
        gone = await self.records.forget(
            workspace, intent_id=intent.intent_id, before=removal.before
        )
        log = structlog.get_logger("leaving")
        log.info("workspace forgotten" if gone else "removal called off")
        return Done()

    async def _cancel_all(self, intent: Intent, removal: Removal) -> ParallelError | None:
        """Why some could not be cancelled yet; what can never be is noted, and passed over."""
        for account in await self.accounts.serving(removal.workspace):
            try:
                monitors = await self.reader.list_monitors(account)
            except ParallelError as error:
                if isinstance(error, _LATER):
                    return error
                _note(account, None, error)
                continue
            mine = [each for each in monitors if _is_of(removal, each)]
            for start in range(0, len(mine), AT_ONCE):
                if await self.intents.get(intent.intent_id) is None:
                    return None  # called off
                some = mine[start : start + AT_ONCE]
                failures = await asyncio.gather(*(self._cancel(account, each) for each in some))
                for error in failures:
                    if error is not None:
                        return error
                await self.intents.save_progress(intent.intent_id, intent.progress)
        return None

    async def _cancel(self, account: ParallelAccount, monitor: Monitor) -> ParallelError | None:
        try:
            await self.canceller.cancel(account, monitor.monitor_id)
        except UnknownMonitorError:
            return None
        except _LATER as error:
            return error
        except ParallelError as error:
            _note(account, monitor, error)
        return None


def _is_of(removal: Removal, monitor: Monitor) -> bool:
    """Where no installation says which app it was, nothing is ours to touch."""
    home = monitor.home
    named = (removal.workspace.team_id, removal.app_id)
    return home is not None and (home.team_id, home.app_id) == named


def _note(account: ParallelAccount, monitor: Monitor | None, error: ParallelError) -> None:
    structlog.get_logger("leaving").warning(
        "monitors left running",
        monitor_id=monitor.monitor_id if monitor else None,
        is_operators=not account.team_id,
        error=type(error).__name__,
    )
