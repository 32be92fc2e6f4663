"""After a run without findings: the card says when it was last checked; a failure is told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitors import texts
from monitors.delivery.account_suspensions import SuspendAccounts
from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.dead_ends import HELD, DeadEnds
from monitors.delivery.deliver import ask_refresh, run_of
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.model.card import Cancelled, CardState, Watching, card_of
from monitors.model.event import ExecutionFailed, HistoryEntry
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import Attempt, Done, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import CheckRequest
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
)
from monitors.model.stranded import UNCHANGEABLE
from monitors.ports import JobQueue, MonitorGateway, Renderer, ThreadPoster

# How far back a streak of failures is followed; a longer one is told again.
STREAK_LENGTH: Final = 100


def state_of(monitor: Monitor) -> CardState:
    """What the card of a monitor says, going by Parallel alone."""
    if monitor.status is MonitorStatus.CANCELLED:
        return Cancelled()
    return Watching(monitor.monitor_id, monitor.last_run_at)


@dataclass(frozen=True, slots=True)
class RefreshCard:
    """Redraws a card from what Parallel says now, unless it was drawn for that run already."""

    addresses: AddressMonitor
    renderer: Renderer
    poster: ThreadPoster
    dead_ends: DeadEnds
    monitors: Monitors
    suspend_accounts: SuspendAccounts

    async def run(self, request: CheckRequest, _attempt: Attempt) -> Outcome:
        endpoint_id, monitor_id = request.endpoint_id, request.monitor_id
        row = await self.monitors.find(endpoint_id, monitor_id)
        if self.dead_ends.holds(row):
            return Suspended(HELD)
        try:
            addressed = await self.addresses.address(endpoint_id, monitor_id)
        except ParallelError as error:
            return await self.suspend_accounts.stopped(endpoint_id, monitor_id, error)
        if addressed is None:
            return Done()
        suspension = row.suspension if row else None
        if row and not suspension and _is_shown(row, addressed.monitor):
            return Done()
        outcome = await self._redraw(addressed)
        if row and isinstance(outcome, Done):
            await self.monitors.shown(row, run_of(addressed.monitor))
            if suspension and not suspension.findings_wait:
                await self.dead_ends.forget(row)
        return outcome

    async def _redraw(self, addressed: Addressed) -> Outcome:
        monitor = addressed.monitor
        card = card_of(monitor, state_of(monitor))
        try:
            await self.poster.update(
                addressed.workspace, addressed.home.thread, self.renderer.card(card)
            )
        except (DeadDestinationError, DeadInstallationError) as error:
            if error.code in UNCHANGEABLE or monitor.status is MonitorStatus.CANCELLED:
                return Done()
            return await self.dead_ends.met(addressed, error, findings_wait=False)
        return Done()


def _is_shown(row: MonitorRow, monitor: Monitor) -> bool:
    return monitor.status is MonitorStatus.ACTIVE and row.last_run_shown == run_of(monitor)


@dataclass(frozen=True, slots=True)
class NoticeFailure:
    """One plain notice for a streak of failed runs.

    The streak is read from Parallel, so that a doubled, late or forged webhook changes nothing.
    """

    addresses: AddressMonitor
    gateway: MonitorGateway
    renderer: Renderer
    posting: PostOnce
    queue: JobQueue
    suspend_accounts: SuspendAccounts

    async def run(self, request: CheckRequest, attempt: Attempt) -> Outcome:
        try:
            addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
            if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
                return Done()
            entries = await self.gateway.history(
                addressed.account, request.monitor_id, limit=STREAK_LENGTH
            )
        except ParallelError as error:
            return await self.suspend_accounts.stopped(
                request.endpoint_id, request.monitor_id, error
            )
        streak = failing_streak(entries)
        if not streak:
            return Done()
        outcome = await self._notice(addressed, streak, attempt)
        if isinstance(outcome, Done | Suspended):
            await ask_refresh(self.queue, request.endpoint_id, request.monitor_id)
        return outcome

    async def _notice(
        self, addressed: Addressed, streak: Sequence[ExecutionFailed], attempt: Attempt
    ) -> Outcome:
        first = streak[-1]
        started = first.at.isoformat() if first.at else "unknown"
        note = self.renderer.note(texts.run_failed(streak[0].message))
        notice = Post.notice(addressed.monitor.monitor_id, f"failure:{started}", note)
        try:
            return await self.posting.post(
                addressed.workspace, notice, thread=addressed.home.thread, attempt=attempt
            )
        except (DeadDestinationError, DeadInstallationError) as error:
            # No finding waits for it; whether the card can be reached tells how the thread is.
            return Suspended(f"slack: {error.code}")


def failing_streak(entries: Sequence[HistoryEntry]) -> list[ExecutionFailed]:
    """The failures since the last run that worked, newest first."""
    streak: list[ExecutionFailed] = []
    for entry in entries:
        if not isinstance(entry, ExecutionFailed):
            break
        streak.append(entry)
    return streak
