"""After a run without findings: the card says when it was last checked; a failure is told once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitors.domain.card import Cancelled, CardState, Watching, card_of
from monitors.domain.event import ExecutionFailed, HistoryEntry
from monitors.domain.ledger import LedgerKey
from monitors.domain.monitor import Monitor, MonitorStatus
from monitors.domain.outcome import Attempt, Delivered, Outcome
from monitors.domain.parallel_errors import ParallelError
from monitors.domain.requests import CheckRequest
from monitors.domain.slack_errors import SlackPostError
from monitors.services import answers
from monitors.services.address import AddressMonitor, parallel_outcome
from monitors.services.deliver import ask_refresh
from monitors.services.ports import JobQueue, MonitorReader, Renderer, ThreadPoster
from monitors.services.posting import Part, PostOnce, outcome_of

# How far back a streak of failures is followed; a longer one is told again.
STREAK_LENGTH: Final = 100


def state_of(monitor: Monitor) -> CardState:
    """What the card of a monitor says, going by Parallel alone."""
    if monitor.status is MonitorStatus.CANCELLED:
        return Cancelled()
    return Watching(monitor.monitor_id, monitor.last_run_at)


@dataclass(frozen=True, slots=True)
class RefreshCard:
    """Redraws a card from what Parallel says now."""

    addresses: AddressMonitor
    renderer: Renderer
    poster: ThreadPoster

    async def run(self, request: CheckRequest) -> Outcome:
        try:
            addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
        except ParallelError as error:
            return parallel_outcome(error)
        if addressed is None:
            return Delivered()
        card = card_of(addressed.monitor, state_of(addressed.monitor))
        try:
            await self.poster.update(
                addressed.workspace, addressed.home.thread, self.renderer.card(card)
            )
        except SlackPostError as error:
            return outcome_of(error)
        return Delivered()


@dataclass(frozen=True, slots=True)
class NoticeFailure:
    """One plain notice for a streak of failed runs.

    The streak is read from Parallel, so that a doubled, late or forged webhook changes nothing.
    """

    addresses: AddressMonitor
    gateway: MonitorReader
    renderer: Renderer
    posting: PostOnce
    queue: JobQueue

    async def run(self, request: CheckRequest, *, attempt: Attempt) -> Outcome:
        try:
            addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
            if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
                return Delivered()
            entries = await self.gateway.history(
                addressed.account, request.monitor_id, limit=STREAK_LENGTH
            )
        except ParallelError as error:
            return parallel_outcome(error)
        streak = failing_streak(entries)
        if not streak:
            return Delivered()
        first = streak[-1]
        started = first.at.isoformat() if first.at else "unknown"
        key = LedgerKey(request.monitor_id, f"failure:{started}", 0)
        part = Part(key, 1, self.renderer.note(answers.run_failed(streak[0].message)))
        outcome = await self.posting.post(
            addressed.workspace, part, thread=addressed.home.thread, attempt=attempt
        )
        if isinstance(outcome, Delivered):
            await ask_refresh(self.queue, request.endpoint_id, request.monitor_id)
        return outcome


def failing_streak(entries: Sequence[HistoryEntry]) -> list[ExecutionFailed]:
    """The failures since the last run that worked, newest first."""
    streak: list[ExecutionFailed] = []
    for entry in entries:
        if not isinstance(entry, ExecutionFailed):
            break
        streak.append(entry)
    return streak
