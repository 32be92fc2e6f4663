"""What cannot be delivered now is suspended: a monitor whose thread is closed, an account refused.

Nothing is copied anywhere. What is found in the meantime stays at Parallel, the ledger lacks it and
the cursor does not move, so the first successful look posts it all. A person is notified once
(`monitors.delivery.notify`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from monitors.delivery.address import Addressed
from monitors.delivery.asking import ask, ask_delivery
from monitors.delivery.ledger import Ledger
from monitors.delivery.monitors import Monitors
from monitors.model.account import AccountProblem, ParallelAccount
from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.monitor_row import MonitorRow, Suspension
from monitors.model.outcome import Done, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import AccountSuspended, CheckRequest, MonitorNotice
from monitors.model.slack_errors import (
    CARD_GONE,
    CARD_REMOVED,
    REPLIES_REFUSED,
    ClosedError,
    DeadInstallationError,
)
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, InstallationStore, JobQueue
from monitors.work.outcomes import outcome_of

SUSPENDED: Final = "its thread is closed to the app"
# Where every card is deleted, trying more often would only flicker.
CARD_REMOVED_RETRY: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SuspendMonitors:
    """Suspends monitors whose threads Slack closed to the app, and resumes them.

    One look an hour or so costs little; an invitation, an unarchiving or a new channel resumes the
    monitor at once.
    """

    monitors: Monitors
    queue: JobQueue
    clock: Clock
    retry_after: timedelta
    notify_after: timedelta

    def is_suspended(self, row: MonitorRow | None) -> bool:
        """Whether to leave the monitor alone for now: its webhooks cost one look into SQL."""
        suspension = row.suspension if row else None
        return suspension is not None and suspension.next_try_at > self.clock.now()

    async def suspend(
        self, addressed: Addressed, error: ClosedError, *, findings_wait: bool = True
    ) -> Outcome:
        """The outcome of a job that met a closed thread.

        Has the owner notified, or a deleted card posted again.
        """
        # Where the app isn't installed nobody can be notified, and a deleted card is posted again.
        is_restored = error.code in CARD_GONE
        is_told = not is_restored and not isinstance(error, DeadInstallationError)
        await self._suspend(
            addressed,
            error.code,
            findings_wait=findings_wait,
            # Not at once: what was removed by mistake is often back in a minute.
            notify_after=self.notify_after if is_told else None,
        )
        if is_restored:
            endpoint_id, monitor_id = addressed.account.endpoint_id, addressed.monitor.monitor_id
            await ask(self.queue, CheckRequest(endpoint_id, monitor_id), named="restore")
        return Suspended(f"slack: {error.code}")

    async def card_exists(self, addressed: Addressed, row: MonitorRow) -> Outcome:
        """The card exists after all: the monitor was moved, or Slack refuses replies to it."""
        suspension = row.suspension
        if suspension is None:
            return Done()
        if row.thread != addressed.home.thread or not suspension.findings_wait:
            await self.deliver_again(addressed)
            return Done()
        return await self._close(addressed, REPLIES_REFUSED)

    async def card_removed(self, addressed: Addressed) -> Outcome:
        """The new card was deleted as well: the channel counts as closed until someone acts."""
        return await self._close(addressed, CARD_REMOVED, retry_after=CARD_REMOVED_RETRY)

    async def _close(
        self, addressed: Addressed, reason: str, *, retry_after: timedelta | None = None
    ) -> Outcome:
        now = timedelta()
        await self._suspend(addressed, reason, retry_after=retry_after, notify_after=now)
        structlog.get_logger("suspensions").warning(
            "thread closed",
            reason=reason,
            team_id=addressed.workspace.team_id,
            monitor_id=addressed.monitor.monitor_id,
        )
        return Suspended(reason)

    async def deliver_again(self, addressed: Addressed) -> None:
        """End the suspension, and have what waited delivered."""
        row = addressed.row
        await self.monitors.resume(row)
        now = self.clock.now()
        await ask_delivery(self.queue, row.endpoint_id, row.monitor_id, changed_at=now)

    async def _suspend(
        self,
        addressed: Addressed,
        reason: str,
        *,
        findings_wait: bool = True,
        retry_after: timedelta | None = None,
        notify_after: timedelta | None,
    ) -> None:
        """The owner is notified then, unless they were, or it is None."""
        now, row = self.clock.now(), addressed.row
        next_try_at = now + (retry_after or self.retry_after)
        await self.monitors.put(row)
        suspension = await self.monitors.suspend(
            row, Suspension(reason, now, next_try_at, findings_wait)
        )
        if notify_after is not None and suspension.notified_at is None:
            request = MonitorNotice(row.endpoint_id, row.monitor_id)
            await ask(self.queue, request, delay_seconds=notify_after.total_seconds())


@dataclass(frozen=True, slots=True)
class SuspendAccounts:
    """Suspends accounts that Parallel refuses (the key, or the credit), and resumes them.

    Parallel's status says so, never the text of a failed run. The reconciler's next successful read
    resumes the account.
    """

    accounts: AccountStore
    installations: InstallationStore
    monitors: Monitors
    ledger: Ledger
    queue: JobQueue

    async def suspend(self, endpoint_id: str, monitor_id: str, error: ParallelError) -> Outcome:
        """The outcome of a monitor's job that Parallel refused."""
        reason = error.account_problem
        account = await self.accounts.by_endpoint(endpoint_id)
        row = await self.monitors.find(endpoint_id, monitor_id)
        if reason is None or account is None or row is None:
            return outcome_of(error)
        await self._suspend(account, reason, row.workspace)
        return Suspended(f"parallel: {reason.value}")

    async def not_read(self, account: ParallelAccount, error: ParallelError) -> None:
        """The reconciler could not list the account's monitors."""
        reason = error.account_problem
        if reason is not None:
            workspaces = await self.monitors.workspaces_on(account.endpoint_id)
            await self._suspend(account, reason, *workspaces)

    async def read(self, account: ParallelAccount) -> None:
        """The reconciler could: the account works."""
        if await self.accounts.suspension(account.endpoint_id) is not None:
            await self.accounts.resume(account.endpoint_id)

    async def _suspend(
        self, account: ParallelAccount, reason: AccountProblem, *workspaces: Workspace
    ) -> None:
        suspension = await self.accounts.suspend(account.endpoint_id, reason)
        if suspension is None:
            return
        for workspace in workspaces:
            user_id = await self.installations.installer(workspace)
            if user_id is None:
                continue
            request = AccountSuspended(
                workspace, account.endpoint_id, user_id, reason, suspension.since
            )
            noted, name = request.in_ledger
            rows = await self.ledger.rows(workspace, noted, [name])
            if any(row.is_final for row in rows.values()):
                continue
            structlog.get_logger("suspensions").error(
                "account suspended",
                reason=reason.value,
                team_id=workspace.team_id,
                is_operators=not account.team_id,
            )
            named = (account.endpoint_id, workspace.team_id, user_id, reason.value)
            await self.queue.enqueue("notify", encode(request), key=":".join(("notify", *named)))
