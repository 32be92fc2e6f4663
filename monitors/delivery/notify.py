"""Notifies people, once each: of a suspended monitor or account, of a streak of failed runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, assert_never

from monitors.blocks.decisions import suspended_message
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed, address
from monitors.delivery.asking import ask_refresh
from monitors.delivery.parts import DeliveryParts
from monitors.delivery.suspend import suspend_account
from monitors.model.account import AccountSuspension
from monitors.model.event import Execution, HistoryEntry, has_failed
from monitors.model.ledger import Post
from monitors.model.monitor import MonitorStatus
from monitors.model.monitor_row import MonitorRow, Suspension
from monitors.model.outcome import Attempt, Done, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import AccountSuspended, MonitorNotice, NotifyRequest, WebhooksRefused
from monitors.model.slack_errors import ClosedError
from monitors.texts import problem_texts

# How far back a streak of failures is followed; of a longer one, the row says when it began.
STREAK_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Notify:
    """The job `notify`: a direct message to the owner or the installer, or a note in the thread."""

    parts: DeliveryParts

    async def run(self, request: NotifyRequest, _attempt: Attempt) -> Outcome:
        match request:
            case MonitorNotice(about="run"):
                return await self._run_failed(request)
            case MonitorNotice():
                return await self._monitor_suspended(request)
            case AccountSuspended():
                return await self._account_suspended(request)
            case WebhooksRefused():
                return await self._webhooks_refused(request)
            case _:
                assert_never(request)

    async def _monitor_suspended(self, request: MonitorNotice) -> Outcome:
        monitors = self.parts.monitors
        row = await monitors.find(request.endpoint_id, request.monitor_id)
        suspension = row.suspension if row else None
        if row is None or suspension is None or suspension.notified_at is not None:
            return Done()
        addressed = await address(self.parts, request.endpoint_id, request.monitor_id)
        if addressed is None:
            return Done()
        if addressed.monitor.status is MonitorStatus.CANCELLED:
            await monitors.resume(row)
            return Done()
        outcome = await self._notify_owner(addressed, row, suspension)
        await monitors.mark_notified(row, self.parts.clock.now())
        return outcome

    async def _notify_owner(
        self, addressed: Addressed, row: MonitorRow, suspension: Suspension
    ) -> Outcome:
        monitor = addressed.monitor
        happened, to_do = problem_texts.suspended(
            suspension.reason,
            bot_name=await self.parts.people.bot_name(addressed.workspace),
            is_direct=row.thread.channel.startswith("D"),
        )
        message = suspended_message(
            monitor, channel=row.thread.channel, happened=happened, to_do=to_do
        )
        notice = Post.notice(
            monitor.monitor_id, f"suspended:{suspension.since.isoformat()}", message
        )
        user_id = addressed.home.user_id
        return await self.parts.posting.tell(addressed.workspace, user_id, notice)

    async def _account_suspended(self, request: AccountSuspended) -> Outcome:
        suspension = await self.parts.accounts.suspension(request.endpoint_id)
        account = await self.parts.accounts.by_endpoint(request.endpoint_id)
        workspace = await self.parts.installations.installed(request.workspace)
        is_over = suspension != AccountSuspension(request.reason, request.since)
        if is_over or account is None or workspace is None:
            return Done()
        text = problem_texts.account_suspended(request.reason, is_operators=not account.team_id)
        notice = Post.notice(*request.in_ledger, note_message(text))
        return await self.parts.posting.tell(workspace, request.user_id, notice)

    async def _webhooks_refused(self, request: WebhooksRefused) -> Outcome:
        account = await self.parts.accounts.for_workspace(request.workspace)
        if account is None or account.endpoint_id != request.endpoint_id:
            return Done()
        health = await self.parts.accounts.health(request.workspace)
        workspace = await self.parts.installations.installed(request.workspace)
        if health is None or workspace is None or health.is_operators:
            return Done()
        if not health.refuses_webhooks:
            return Done()
        admin = health.linked_by or await self.parts.installations.installer(workspace)
        if admin is None:
            return Done()
        named = (f"account:{request.endpoint_id}", f"webhooks:{request.since.isoformat()}")
        notice = Post.notice(*named, note_message(problem_texts.WEBHOOKS_REFUSED))
        return await self.parts.posting.tell(workspace, admin, notice)

    async def _run_failed(self, request: MonitorNotice) -> Outcome:
        """One plain notice for a streak of failed runs.

        The streak is read from Parallel, so that a doubled, late or forged webhook changes nothing.
        """
        endpoint_id, monitor_id = request.endpoint_id, request.monitor_id
        # Before the runs: a streak that another job tells of in the meantime isn't over by these.
        row = await self.parts.monitors.find(endpoint_id, monitor_id)
        try:
            addressed = await address(self.parts, endpoint_id, monitor_id)
            if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
                return Done()
            page = await self.parts.gateway.history(
                addressed.account, monitor_id, limit=STREAK_LENGTH
            )
        except ParallelError as error:
            return await suspend_account(self.parts, endpoint_id, monitor_id, error)
        streak = failing_streak(page.entries)
        if streak:
            outcome = await self._note_failure(addressed, row, streak)
        else:
            outcome = await self._note_end(addressed, row, page.entries)
        if isinstance(outcome, Done | Suspended):
            await ask_refresh(self.parts.queue, endpoint_id, monitor_id)
        return outcome

    async def _note_failure(
        self,
        addressed: Addressed,
        row: MonitorRow | None,
        streak: Sequence[Execution],
    ) -> Outcome:
        first = streak[-1]
        started = first.at.isoformat() if first.at else "unknown"
        if row is not None and row.failing_since and len(streak) == STREAK_LENGTH:
            # It began before what was read.
            started = row.failing_since
        text = problem_texts.run_failed(streak[0].failure or "")
        outcome = await self._note(addressed, f"failure:{started}", text)
        if row is not None and row.failing_since != started and isinstance(outcome, Done):
            await self.parts.monitors.fails_since(row, started)
        return outcome

    async def _note_end(
        self,
        addressed: Addressed,
        row: MonitorRow | None,
        entries: Sequence[HistoryEntry],
    ) -> Outcome:
        """Of a streak that the thread was told of; a finding says by itself that checks work."""
        outcome: Outcome = Done()
        if row is None or not row.failing_since or not entries:
            return outcome
        worked = list(takewhile(lambda each: not has_failed(each), entries))
        if isinstance(worked[-1], Execution):
            name = f"recovered:{row.failing_since}"
            outcome = await self._note(addressed, name, problem_texts.RUNS_AGAIN)
        if isinstance(outcome, Done):
            await self.parts.monitors.fails_since(row, "")
        return outcome

    async def _note(self, addressed: Addressed, name: str, text: str) -> Outcome:
        notice = Post.notice(addressed.monitor.monitor_id, name, note_message(text))
        try:
            return await self.parts.posting.post(
                addressed.workspace, notice, thread=addressed.home.thread
            )
        except ClosedError as error:
            # No finding waits for it; whether the card can be reached tells how the thread is.
            return Suspended(f"slack: {error.code}")


def failing_streak(entries: Sequence[HistoryEntry]) -> list[Execution]:
    """The failures since the last run that worked, newest first."""
    streak: list[Execution] = []
    for entry in entries:
        if not isinstance(entry, Execution) or not has_failed(entry):
            break
        streak.append(entry)
    return streak
