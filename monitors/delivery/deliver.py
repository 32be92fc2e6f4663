"""A hint becomes news: whatever Parallel lists and the ledger lacks is posted, in Parallel's order.

Every hint, whether a webhook, the reconciler or a retry, has the monitor caught up in the same
way, so it does not matter which hints were lost, doubled or overtook each other. Of two jobs that
catch one monitor up, each stops at the first message that is not posted yet and not its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from structlog.contextvars import bind_contextvars

from monitors.delivery.address import Addressed, address
from monitors.delivery.asking import ask_about_failures, ask_refresh, deliver_at
from monitors.delivery.creation import creation_in_progress
from monitors.delivery.cursor import FROM_START, from_now, knows, moved, new_groups
from monitors.delivery.monitor_statements import changing
from monitors.delivery.parts import DeliveryParts
from monitors.delivery.post_findings import post_findings
from monitors.delivery.refresh import draw_card, is_shown, run_of
from monitors.delivery.suspend import SUSPENDED, is_suspended, suspend, suspend_account
from monitors.model.clock import Clock
from monitors.model.event import EventGroup, EventList
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.policy import Hold
from monitors.model.requests import DeliverRequest
from monitors.model.slack_errors import CANNOT_JOIN, ClosedError, SlackPostError

# A run's events can be read a moment after its webhook at the latest; a group that stays empty
# was never there (a forged or mistaken hint).
EMPTY_TRIES: Final = 6
# Parallel lists a run some minutes after it was asked for.
RUN_LOST_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class DeliverFindings:
    """Catches one monitor's thread up with what Parallel found."""

    parts: DeliveryParts

    async def run(self, request: DeliverRequest, attempt: Attempt) -> Outcome:
        endpoint_id, monitor_id = request.endpoint_id, request.monitor_id
        row = await self.parts.monitors.find(endpoint_id, monitor_id)
        if is_suspended(self.parts, row):
            return Suspended(SUSPENDED)
        try:
            addressed = await address(self.parts, endpoint_id, monitor_id)
            if addressed is None or (_is_over(addressed) and not request.is_last):
                if row is not None and row.suspension is not None:
                    await self.parts.monitors.resume(row)
                return Done()
            workspace = addressed.workspace
            bind_contextvars(
                team_id=workspace.team_id,
                enterprise_id=workspace.enterprise_id,
                monitor_id=monitor_id,
            )
            if not request.is_last:
                due = await self._due(addressed, request, row)
                if due is None:
                    # The cursor stays: a later delivery posts what waits.
                    return await self._held(addressed, request, row)
                addressed = due
            try:
                if row and row.suspension and row.suspension.reason == CANNOT_JOIN:
                    # Slack would take the post all the same.
                    await self.parts.poster.rejoin(workspace, addressed.home.thread.channel)
                outcome = await self._catch_up(addressed, request, attempt, known=row)
            except ClosedError as error:
                return await suspend(self.parts, addressed, error)
        except ParallelError as error:
            return await suspend_account(self.parts, endpoint_id, monitor_id, error)
        waited = row is not None and row.suspension is not None and row.suspension.findings_wait
        if row is not None and waited and isinstance(outcome, Done):
            await self.parts.monitors.resume(row)
        return outcome

    async def _due(
        self, addressed: Addressed, request: DeliverRequest, row: MonitorRow | None
    ) -> Addressed | None:
        """The monitor, its snooze ended if that is over; None if findings wait.

        They don't when a person has just asked for them. Raises ParallelError.
        """
        now = self.parts.clock.now()
        hold = addressed.monitor.hold
        if hold is not None:
            if not hold.is_over(now):
                return None
            addressed = await self._end_hold(addressed, hold)
        asked_at = row.run_asked_at if row else None
        if asked_at is not None and now - asked_at < RUN_LOST_AFTER:
            return addressed
        monitor = addressed.monitor
        until = monitor.delivery.held_until(
            now, ran_at=monitor.last_run_at, digest_at=request.digest_at
        )
        if until is None:
            return addressed
        later = replace(request, digest_at=until)
        await deliver_at(self.parts.queue, later, at=until, now=now)
        return None

    async def _held(
        self, addressed: Addressed, request: DeliverRequest, row: MonitorRow | None
    ) -> Outcome:
        """What was found stays at Parallel, and the cursor as it is."""
        if row is None or row.cursor is None:
            _, _, row = await self._listed(addressed, request, await self._row(addressed, row))
        await self._show(addressed, row)
        return Done()

    async def _end_hold(self, addressed: Addressed, hold: Hold) -> Addressed:
        """The snooze is over. Raises ParallelError."""
        monitor, home = addressed.monitor, addressed.home
        home = replace(home, policy=replace(home.policy, hold=None))
        await self.parts.gateway.update(addressed.account, monitor, home, frequency=hold.frequency)
        monitor = replace(monitor, metadata={**monitor.metadata, **home.to_metadata()})
        return replace(addressed, monitor=monitor, home=home)

    async def _catch_up(
        self,
        addressed: Addressed,
        request: DeliverRequest,
        attempt: Attempt,
        *,
        known: MonitorRow | None,
    ) -> Outcome:
        monitor_id = request.monitor_id
        listed, groups, row = await self._listed(
            addressed, request, await self._row(addressed, known)
        )
        hinted = _unlisted(request.group_id, row, listed, groups)
        if addressed.monitor.delivery.is_digest and groups:
            groups = (_together(groups),)
        result: Outcome = Done()
        last = groups[-1].group_id if groups else ""
        for group in groups:
            is_last = not hinted and group.group_id == last
            outcome, row = await self._post(addressed, group, row=row, is_last=is_last)
            if isinstance(outcome, RetryAfter) and outcome.by_any and not hinted:
                return await self._leave_to_next(request, outcome.seconds or 0)
            if not isinstance(outcome, Done | Failed):
                return outcome
            result = outcome if isinstance(outcome, Failed) else result
        if hinted:
            # What is listed came first: a hint of nothing delays nothing.
            group = await self.parts.gateway.event_group(addressed.account, monitor_id, hinted)
            if not group.events and attempt.number < EMPTY_TRIES:
                return RetryAfter("no events yet")
            events = tuple(each for each in group.events if not knows(row.cursor or (), each))
            if events:
                group = replace(group, events=events)
                outcome, row = await self._post(addressed, group, row=row, is_last=True)
                if not isinstance(outcome, Done | Failed):
                    return outcome
                result = outcome if isinstance(outcome, Failed) else result
        await self._settle(addressed, listed, row, is_news=bool(groups or hinted))
        if request.is_last and await self.parts.monitors.has_successor(row):
            # The thread is another monitor's by now (monitors.watching.edit).
            await self.parts.monitors.drop(row.workspace, monitor_id)
        return result

    async def _listed(
        self, addressed: Addressed, request: DeliverRequest, row: MonitorRow
    ) -> tuple[EventList, Sequence[EventGroup], MonitorRow]:
        """What Parallel lists, what of it is new, and the row, which has a cursor from then on."""
        monitor_id, cursor = row.monitor_id, row.cursor
        listed = await self.parts.gateway.events_since(
            addressed.account,
            monitor_id,
            is_known=lambda event: cursor is None or knows(cursor, event),
        )
        groups = None if cursor is None else new_groups(cursor, monitor_id, listed)
        if groups is None or cursor is None:
            cursor = from_now(listed, but=request.group_id)
            await self.parts.monitors.begin_at(row, cursor)
            row = replace(row, cursor=cursor)
            groups = new_groups(cursor, monitor_id, listed) or ()
        return listed, groups, row

    async def _leave_to_next(self, request: DeliverRequest, seconds: float) -> Outcome:
        """One job for all that wait for the monitor's next turn: a flood would try them all.

        It is keyed by the second in which it is due: one that has begun would have listed already.
        """
        now = self.parts.clock.now()
        at = now + timedelta(seconds=seconds)
        await deliver_at(self.parts.queue, request, at=at, now=now)
        return Done()

    async def _post(
        self,
        addressed: Addressed,
        group: EventGroup,
        *,
        row: MonitorRow,
        is_last: bool,
    ) -> tuple[Outcome, MonitorRow]:
        """How it ended, and the row then."""
        cursor = moved(row.cursor or (), group.events)
        seen = run_seen(addressed.monitor, self.parts.clock) if is_last else None
        shows = addressed.monitor.delivery.shows
        below = [event.event_id for event in group.events if not shows(event.confidence)]
        if below:
            await self.parts.ledger.leave_out(row.workspace, row.monitor_id, below)
            shown = tuple(event for event in group.events if shows(event.confidence))
            group = replace(group, events=shown)
        also = changing(row, cursor=cursor, last_run_seen=seen)
        outcome = await post_findings(self.parts, addressed, group, also=also)
        if not isinstance(outcome, Done | Failed):
            return outcome, row
        return outcome, replace(row, cursor=cursor, last_run_seen=seen or row.last_run_seen)

    async def _row(self, addressed: Addressed, row: MonitorRow | None) -> MonitorRow:
        """The monitor's row, written again from Parallel's metadata where that says otherwise.

        One that is still being made begins with its first finding, one met without a row now.
        """
        workspace, here = addressed.workspace, addressed.row
        if row is None or row.workspace.team_id != workspace.team_id:
            row = await self.parts.monitors.get(workspace, here.monitor_id)
        if row is None or row.cursor is None:
            if await creation_in_progress(self.parts.intents, workspace, here.thread):
                here = replace(here, cursor=FROM_START)
            # Its maker may have written it meanwhile: then that cursor stays.
            return await self.parts.monitors.put(here)
        is_known = replace(
            row,
            workspace=here.workspace,
            endpoint_id=here.endpoint_id,
            thread=here.thread,
            is_signed=here.is_signed,
        )
        return row if row == is_known else await self.parts.monitors.put(here)

    async def _settle(
        self, addressed: Addressed, listed: EventList, row: MonitorRow, *, is_news: bool
    ) -> None:
        """Everything listed is in the thread: remember the run, and redraw the card."""
        monitor, endpoint_id = addressed.monitor, addressed.account.endpoint_id
        seen = run_seen(monitor, self.parts.clock)
        if seen and seen != row.last_run_seen:
            await self.parts.monitors.sees_run(row, seen)
        if listed.failing:
            # Draws the card, too, once it is known how the run ended.
            await ask_about_failures(self.parts.queue, endpoint_id, monitor.monitor_id)
            return
        await self._show(addressed, row, is_news=is_news)

    async def _show(self, addressed: Addressed, row: MonitorRow, *, is_news: bool = False) -> None:
        """Redraw the card if it shows something else; a job of its own does what Slack refuses."""
        is_drawn = is_shown(self.parts, addressed.monitor, row)
        if (is_drawn and not is_news and row.suspension is None) or _is_over(addressed):
            return
        try:
            is_drawn = await draw_card(self.parts, addressed, row)
        except SlackPostError:
            is_drawn = False
        if not is_drawn:
            await ask_refresh(self.parts.queue, addressed.account.endpoint_id, row.monitor_id)


def _is_over(addressed: Addressed) -> bool:
    return addressed.monitor.status is MonitorStatus.CANCELLED


def _together(groups: Sequence[EventGroup]) -> EventGroup:
    """A digest has the findings of all runs."""
    return replace(groups[-1], events=tuple(event for each in groups for event in each.events))


def _unlisted(hinted: str, row: MonitorRow, listed: EventList, groups: Sequence[EventGroup]) -> str:
    """The run that a hint named, if the list says nothing of it; else nothing."""
    known = {event.group_id for event in listed.events if knows(row.cursor or (), event)}
    return "" if hinted in {*known, *(group.group_id for group in groups)} else hinted


# Events may be listed a little after `last_run_at` moves; a look that soon is not the last one.
SETTLING_SECONDS: Final = 600.0


def run_seen(monitor: Monitor, clock: Clock) -> str | None:
    """The run that a look now has seen for good; None when it is too soon after it."""
    if monitor.last_run_at is None:
        return None
    age = (clock.now() - monitor.last_run_at).total_seconds()
    return run_of(monitor) if age > SETTLING_SECONDS else None
