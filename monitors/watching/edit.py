"""Changes a monitor as a form asks: in place, or by a new one where the question is another.

A new monitor finds the old one's thread in its metadata. It is created on hold, so that nothing of
it is posted until the old one has ended: never two that post, and never none that runs.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.delivery.cursor import FROM_START
from monitors.delivery.monitors import Monitors
from monitors.model.account import ParallelAccount
from monitors.model.edit import MonitorSettings, settings_of
from monitors.model.frequency import Frequency
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import RetryAfter
from monitors.model.parallel_errors import (
    ParallelError,
    RateLimitedError,
    RefusedError,
    UnknownMonitorError,
)
from monitors.model.policy import PAUSED_FREQUENCY, Hold
from monitors.model.requests import ThreadRequest
from monitors.model.rewording import is_rewording
from monitors.model.slack_errors import SlackPostError
from monitors.ports import Limits, MonitorGateway, People
from monitors.texts import edit_texts, thread_texts
from monitors.watching.budget import Expense
from monitors.watching.locate import Located
from monitors.watching.schedule import ScheduleMonitor
from monitors.work.outcomes import outcome_of


@dataclass(frozen=True, slots=True)
class EditProgress:
    """The steps saved.

    `before`: the settings that are changed. `creating`: the monitor that takes this one's place was
    asked for. `ending`: this one is being cancelled.
    """

    before: MonitorSettings | None = None
    creating: bool = False
    successor_id: str | None = None
    ending: bool = False


NOT_BEGUN: Final = EditProgress()


class NotDoneError(Exception):
    """Nothing was done. The text is for the person alone."""


Save = Callable[[EditProgress], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Change:
    """What is changed, and how."""

    request: ThreadRequest
    account: ParallelAccount
    monitor: Monitor
    home: MonitorHome
    wanted: MonitorSettings

    @property
    def paused(self) -> Hold | None:
        """The pause, if it is paused, with the frequency to go back to."""
        hold = self.home.policy.hold
        return replace(hold, frequency=self.wanted.frequency) if hold and hold.frequency else None

    @property
    def hold(self) -> Hold | None:
        return self.paused or self.home.policy.hold

    @property
    def spec(self) -> MonitorSpec:
        wanted = self.wanted
        return MonitorSpec(
            query=wanted.query,
            frequency=Frequency.parse(PAUSED_FREQUENCY if self.paused else wanted.frequency),
            processor="base" if wanted.processor == "base" else "lite",
            include_domains=wanted.include_domains,
            exclude_domains=wanted.exclude_domains,
            location=wanted.location,
        )

    def home_with(self, hold: Hold | None) -> MonitorHome:
        policy, wanted = self.home.policy, self.wanted
        delivery = replace(policy.delivery, floor=wanted.floor)
        changed = replace(policy, hold=hold, delivery=delivery, co_owner=wanted.co_owner)
        return replace(self.home, policy=changed)


@dataclass(frozen=True, slots=True)
class EditMonitor:
    """Every step can be taken twice. Raises ParallelError."""

    gateway: MonitorGateway
    monitors: Monitors
    limits: Limits
    people: People
    scheduling: ScheduleMonitor

    async def apply(
        self, request: ThreadRequest, located: Located, kept: EditProgress, save: Save
    ) -> str:
        """The sentence for the thread. Raises NotDoneError."""
        monitor, edit = await self._edited(request, located), request.edit
        if edit is None or (monitor.status is MonitorStatus.CANCELLED and not kept.ending):
            raise NotDoneError(edit_texts.CANNOT_EDIT_CANCELLED)
        before = kept.before
        if before is None:
            before = settings_of(monitor)
            if before.fingerprint != edit.seen:
                wanted = edit_texts.changes(before, edit.wanted)
                raise NotDoneError(edit_texts.edited_meanwhile(wanted))
            await self._check_budget(located.account, monitor, edit.wanted)
            kept = replace(kept, before=before)
            await save(kept)
        by_name = await self._name_of(request)
        changes = edit_texts.changes(before, edit.wanted)
        home = monitor.home
        if home is None:
            raise NotDoneError(thread_texts.NO_MONITOR_HERE)
        change = _Change(request, located.account, monitor, home, edit.wanted)
        if is_rewording(before.query, edit.wanted.query):
            await self._update(change)
            return edit_texts.edited(by_name, changes)
        await self._replace(change, kept, save)
        return edit_texts.replaced(by_name, changes)

    async def _check_budget(
        self, account: ParallelAccount, monitor: Monitor, wanted: MonitorSettings
    ) -> None:
        """Raises NotDoneError."""
        if monitor.home is None:
            return
        as_wanted = replace(monitor, processor=wanted.processor)
        expense = Expense.of_monitor(as_wanted, frequency=wanted.frequency)
        workspace = monitor.home.workspace
        over = await self.scheduling.budget.refusal(workspace, account, monitor, expense)
        if over is not None:
            raise NotDoneError(over)

    async def undo(self, located: Located, kept: EditProgress) -> None:
        """Given up: the monitor that was to take this one's place ends, unless it already has."""
        if kept.successor_id and not kept.ending:
            with suppress(ParallelError):
                await self.gateway.cancel(located.account, kept.successor_id)

    async def _edited(self, request: ThreadRequest, located: Located) -> Monitor:
        """The one that the form was about; another may have taken its place in the thread."""
        monitor_id = request.monitor_id or located.monitor.monitor_id
        if monitor_id == located.monitor.monitor_id:
            return located.monitor
        return await self.gateway.retrieve(located.account, monitor_id)

    async def _name_of(self, request: ThreadRequest) -> str:
        """A name, for a mention notifies."""
        try:
            return (await self.people.person(request.workspace, request.reply_to.user_id)).name
        except SlackPostError:
            return "someone"

    async def _update(self, change: _Change) -> None:
        monitor, wanted = change.monitor, change.wanted
        if settings_of(monitor) == wanted:
            return
        is_same = change.paused is not None or wanted.frequency == monitor.frequency
        try:
            await self.gateway.update(
                change.account,
                monitor,
                change.home_with(change.hold),
                frequency=None if is_same else wanted.frequency,
                settings=wanted,
            )
        except RefusedError as error:
            now = await self.gateway.retrieve(change.account, monitor.monitor_id)
            if now.status is MonitorStatus.CANCELLED:
                raise NotDoneError(edit_texts.CANNOT_EDIT_CANCELLED) from error
            raise

    async def _replace(self, change: _Change, kept: EditProgress, save: Save) -> None:
        account, workspace = change.account, change.request.workspace
        new = await self._successor(change, kept, save)
        kept = replace(kept, creating=True, successor_id=new.monitor_id)
        await save(kept)
        try:
            await save(replace(kept, ending=True))
            with suppress(UnknownMonitorError):
                await self.gateway.cancel(account, change.monitor.monitor_id)
        except ParallelError as error:
            if not isinstance(outcome_of(error), RetryAfter):
                with suppress(ParallelError):
                    await self.gateway.cancel(account, new.monitor_id)
            raise
        row = MonitorRow(
            workspace,
            new.monitor_id,
            account.endpoint_id,
            change.home.thread,
            cursor=FROM_START,
            is_signed=True,
        )
        await self.monitors.put(row)
        old = change.monitor
        if old.hold is not None or old.delivery.may_hold:
            # What waited is posted; it needs the row to know what that is.
            await self.scheduling.deliver(account, old, is_last=True)
        else:
            await self.monitors.drop(workspace, old.monitor_id)
        await self.gateway.update(account, new, change.home_with(change.hold))
        await self.scheduling.deliver(account, new)

    async def _successor(self, change: _Change, kept: EditProgress, save: Save) -> Monitor:
        """Created once, like any monitor: where it may exist already, it is looked for."""
        account, workspace, old = change.account, change.request.workspace, change.monitor
        if kept.successor_id is not None:
            return await self.gateway.retrieve(account, kept.successor_id)
        waiting = Hold(change.request.reply_to.user_id, frequency=change.wanted.frequency)
        home = change.home_with(change.paused or waiting)
        if kept.creating:
            found = await self.gateway.find_by_thread(account, home, other_than=old.monitor_id)
            if found is not None and found.status is MonitorStatus.ACTIVE:
                # The create may have ended before it was signed for its id.
                await self.gateway.update(account, found, home)
                return found
        wait = await self.limits.create_wait_seconds(account.endpoint_id, workspace)
        if wait > 0:
            raise RateLimitedError(retry_after_seconds=wait)
        await save(replace(kept, creating=True))
        return await self.gateway.create(account, change.spec, home=home)
