"""A Parallel account that does not work: its key refused, or its credit spent.

Its monitors wait; the person who can mend it, or else those who wait for it, hear of it once. The
reconciler finds out when it works again, and brings what was found meanwhile.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

import structlog

from monitors import texts
from monitors.delivery.address import Addressed, parallel_outcome
from monitors.delivery.dead_ends import DirectMessages
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce, outcome_of
from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.event import ExecutionFailed
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Failed, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import TellRequest
from monitors.model.slack_errors import DeadDestinationError, SlackPostError
from monitors.model.stranded import Trouble, TroubleKind, trouble_of
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import (
    AccountStore,
    InstallationIndex,
    JobQueue,
    MonitorReader,
    Renderer,
)

# How a failed run says that it was not paid for; Parallel documents no code for it.
_UNPAID: Final = re.compile(r"\bcredits?\b|\bpayment required\b|\b402\b", flags=re.IGNORECASE)
# So many monitors that ran since are looked at for a run that was paid for.
LOOKED_AT: Final = 5


class TroubleStore(Protocol):
    """Accounts that do not work, in SQL until they do."""

    async def begin(self, trouble: Trouble) -> Trouble:
        """Write it down unless it is known, or is one that ended after `since`; how it stands."""
        ...

    async def find(self, trouble: Trouble) -> Trouble | None:
        """How one stands now."""
        ...

    async def open_on(self, endpoint_id: str) -> Sequence[Trouble]: ...

    async def keep_told(self, trouble: Trouble, at: datetime) -> None: ...

    async def end(
        self, endpoint_id: str, kinds: Sequence[TroubleKind], *, at: datetime
    ) -> None: ...


class Installers(Protocol):
    async def installer(self, workspace: Workspace) -> str | None:
        """Who installed the app there; None where that is not known."""
        ...


def is_unpaid(failure: ExecutionFailed) -> bool:
    return _UNPAID.search(failure.message) is not None


@dataclass(frozen=True, slots=True)
class AccountTroubles:
    """Writes down which accounts do not work, and has the right person told once."""

    store: TroubleStore
    accounts: AccountStore
    installers: Installers
    monitors: Monitors
    gateway: MonitorReader
    queue: JobQueue
    clock: Clock

    async def is_open(self, endpoint_id: str) -> bool:
        """Whether what Parallel says of the account's runs is no fresh check."""
        return bool(await self.store.open_on(endpoint_id))

    async def stopped(self, endpoint_id: str, monitor_id: str, error: ParallelError) -> Outcome:
        """What becomes of a monitor's job that Parallel stopped."""
        kind = trouble_of(error)
        account = await self.accounts.by_endpoint(endpoint_id)
        workspace = await self.monitors.owner(endpoint_id, monitor_id)
        if kind is None or account is None or workspace is None:
            return parallel_outcome(error)
        await self._met(account, workspace, kind, owner=None)
        return Suspended(f"parallel: {kind.value}")

    async def unpaid(self, addressed: Addressed, failure: ExecutionFailed) -> Outcome:
        """A run failed for want of credit."""
        kind, owner = TroubleKind.NO_CREDIT, addressed.home.user_id
        account, workspace = addressed.account, addressed.workspace
        await self._met(account, workspace, kind, owner=owner, at=failure.at)
        return Suspended(f"parallel: {kind.value}")

    async def not_read(self, account: ParallelAccount, error: ParallelError) -> None:
        """The reconciler could not list the account's monitors."""
        kind = trouble_of(error)
        if kind is None:
            return
        for workspace in await self.monitors.workspaces_on(account.endpoint_id):
            await self._met(account, workspace, kind, owner=None)

    async def read(self, account: ParallelAccount, monitors: Sequence[Monitor]) -> None:
        """The reconciler could: the key works. A run that was paid for ends a want of credit."""
        troubles = await self.store.open_on(account.endpoint_id)
        if not troubles:
            return
        ended = [TroubleKind.BAD_KEY, TroubleKind.FORBIDDEN]
        unpaid_since = [t.since for t in troubles if t.kind is TroubleKind.NO_CREDIT]
        if unpaid_since and await self._paid(account, monitors, since=min(unpaid_since)):
            ended.append(TroubleKind.NO_CREDIT)
        await self.store.end(account.endpoint_id, ended, at=self.clock.now())

    async def _paid(
        self, account: ParallelAccount, monitors: Sequence[Monitor], *, since: datetime
    ) -> bool:
        ran = [each for each in monitors if each.last_run_at and each.last_run_at > since]
        ran.sort(key=lambda each: each.last_run_at or since, reverse=True)
        for monitor in ran[:LOOKED_AT]:
            entries = await self.gateway.history(account, monitor.monitor_id, limit=1)
            if entries and not isinstance(entries[0], ExecutionFailed):
                return True
        return False

    async def _met(
        self,
        account: ParallelAccount,
        workspace: Workspace,
        kind: TroubleKind,
        *,
        owner: str | None,
        at: datetime | None = None,
    ) -> None:
        installer = await self.installers.installer(workspace)
        # Of the workspace's own account an admin hears; of the operator's, who waits for findings.
        user_id = (installer or owner) if account.team_id else (owner or installer)
        since = at or self.clock.now()
        trouble = await self.store.begin(
            Trouble(account.endpoint_id, workspace, user_id or "", kind, since=since)
        )
        if trouble.ended_at is not None:
            return
        if trouble.since == since:
            structlog.get_logger("accounts").error(
                "account does not work",
                kind=kind.value,
                team_id=workspace.team_id,
                is_operators=not account.team_id,
            )
        if trouble.told_at is None and trouble.user_id:
            named = (account.endpoint_id, workspace.team_id, trouble.user_id, kind.value)
            await self.queue.enqueue(
                "tell_trouble",
                encode(TellRequest(trouble)),
                key=":".join(("tell_trouble", *named)),
            )


@dataclass(frozen=True, slots=True)
class TellTrouble:
    """One direct message for one trouble."""

    store: TroubleStore
    accounts: AccountStore
    installations: InstallationIndex
    direct: DirectMessages
    posting: PostOnce
    renderer: Renderer
    clock: Clock
    prefix: str

    async def run(self, request: TellRequest, *, attempt: Attempt) -> Outcome:
        trouble = await self.store.find(request.trouble)
        if trouble is None or trouble.told_at is not None or trouble.ended_at is not None:
            return Done()
        account = await self.accounts.by_endpoint(trouble.endpoint_id)
        workspace = await self.installations.installed(trouble.workspace)
        if account is None or workspace is None:
            return Done()
        told = replace(trouble, workspace=workspace)
        try:
            outcome = await self._tell(told, is_operators=not account.team_id, attempt=attempt)
        except DeadDestinationError as error:
            structlog.get_logger("accounts").warning("person not told", code=error.code)
            outcome = Done()
        except SlackPostError as error:
            return outcome_of(error)
        if isinstance(outcome, Done | Failed):
            await self.store.keep_told(trouble, self.clock.now())
        return outcome

    async def _tell(self, trouble: Trouble, *, is_operators: bool, attempt: Attempt) -> Outcome:
        text = texts.account_trouble(trouble.kind, is_operators=is_operators, prefix=self.prefix)
        named = f"{trouble.kind.value}:{trouble.user_id}:{trouble.since.isoformat()}"
        channel = await self.direct.open_direct(trouble.workspace, trouble.user_id)
        told = await self.posting.begin(
            trouble.workspace,
            Post.notice(f"account:{trouble.endpoint_id}", named, self.renderer.note(text)),
            channel=channel,
            attempt=attempt,
        )
        return Done() if isinstance(told, ThreadRef) else told
