"""Changes a monitor as a form asks: in place, or by a new one where the question is another.

A new monitor finds the old one's thread in its metadata. It is created on hold, so that nothing of
it is posted until the old one has ended: never two that post, and never none that runs.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.delivery.address import Addressed
from monitors.delivery.cursor import FROM_START
from monitors.model import parallel_errors
from monitors.model.edit import Ask, EditForm, MonitorSettings, settings_of
from monitors.model.frequency import Frequency
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.outcome import RetryAfter
from monitors.model.policy import PAUSED_FREQUENCY, Hold
from monitors.model.requests import ThreadRequest
from monitors.model.rewording import is_rewording
from monitors.texts import edit_texts, thread_texts
from monitors.watching import budget, permissions, schedule
from monitors.watching.budget import Expense
from monitors.watching.parts import Parts
from monitors.watching.tell import NotDoneError
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


Save = Callable[[EditProgress], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Change:
    """What is changed, and how."""

    by_user_id: str
    located: Addressed
    wanted: MonitorSettings

    @property
    def paused(self) -> Hold | None:
        """The pause, if it is paused, with the frequency to go back to."""
        hold = self.located.monitor.hold
        return replace(hold, frequency=self.wanted.frequency) if hold and hold.frequency else None

    @property
    def hold(self) -> Hold | None:
        return self.paused or self.located.monitor.hold

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
        home, wanted = self.located.home, self.wanted
        policy = home.policy
        delivery = replace(policy.delivery, floor=wanted.floor)
        changed = replace(policy, hold=hold, delivery=delivery, co_owner=wanted.co_owner)
        return replace(home, policy=changed)


def judge(form: EditForm, current: MonitorSettings, wanted: MonitorSettings) -> Ask | None:
    """What a submitted form asks the person before `wanted` is done; None if nothing."""
    if form.seen != current.fingerprint:
        typed = edit_texts.changes(current, wanted)
        fresh = replace(form, seen=current.fingerprint, shown="")
        return Ask(current, fresh, edit_texts.outdated(typed))
    is_new = not is_rewording(current.query, wanted.query)
    if wanted.fingerprint == form.shown or not (is_new or form.hosts is not None):
        return None
    will_change = edit_texts.will_change(edit_texts.changes(current, wanted))
    words = f"{will_change} {edit_texts.DIFFERENT_QUESTION}" if is_new else will_change
    return Ask(wanted, replace(form, shown=wanted.fingerprint), words, is_new=is_new)


async def apply(
    parts: Parts, request: ThreadRequest, located: Addressed, kept: EditProgress, save: Save
) -> str:
    """The sentence for the thread. Raises NotDoneError."""
    located, edit = await _edited(parts, request, located), request.edit
    monitor = located.monitor
    if edit is None or (monitor.status is MonitorStatus.CANCELLED and not kept.ending):
        raise NotDoneError(edit_texts.CANNOT_EDIT_CANCELLED)
    before, wanted = kept.before, edit.wanted
    if before is None:
        before = settings_of(monitor)
        if before.fingerprint != edit.seen:
            raise NotDoneError(edit_texts.edited_meanwhile(edit_texts.changes(before, wanted)))
        as_wanted = replace(monitor, processor=wanted.processor)
        expense = Expense.of_monitor(as_wanted, frequency=wanted.frequency)
        over = await budget.refuses_change(parts, located, expense)
        if over is not None:
            raise NotDoneError(over)
        kept = replace(kept, before=before)
        await save(kept)
    by = request.reply_to.user_id
    by_name = await permissions.name_of(parts, located.workspace, by, otherwise="someone")
    changes = edit_texts.changes(before, wanted)
    change = _Change(by, located, wanted)
    if is_rewording(before.query, wanted.query):
        await _update(parts, change)
        return edit_texts.edited(by_name, changes)
    await _replace(parts, change, kept, save)
    return edit_texts.replaced(by_name, changes)


async def undo(parts: Parts, located: Addressed, old_id: str, kept: EditProgress) -> None:
    """Given up: the monitor that was to take `old_id`'s place ends, unless it already has.

    Raises ParallelError: then it may go on.
    """
    if not kept.creating or kept.ending:
        return
    account, successor_id = located.account, kept.successor_id
    if successor_id is None:
        found = await parts.gateway.find_by_thread(account, located.home, other_than=old_id)
        successor_id = found.monitor_id if found else None
    if successor_id is not None:
        await parts.gateway.cancel(account, successor_id)


async def _edited(parts: Parts, request: ThreadRequest, located: Addressed) -> Addressed:
    """The one that the form was about; another may have taken its place in the thread."""
    monitor_id = request.monitor_id or located.monitor.monitor_id
    if monitor_id == located.monitor.monitor_id:
        return located
    monitor = await parts.gateway.retrieve(located.account, monitor_id)
    if monitor.home is None:
        raise NotDoneError(thread_texts.NO_MONITOR_HERE)
    return replace(located, monitor=monitor, home=monitor.home)


async def _update(parts: Parts, change: _Change) -> None:
    account, monitor, wanted = change.located.account, change.located.monitor, change.wanted
    if settings_of(monitor) == wanted:
        return
    is_same = change.paused is not None or wanted.frequency == monitor.frequency
    home, frequency = change.home_with(change.hold), None if is_same else wanted.frequency
    try:
        await parts.gateway.update(account, monitor, home, frequency=frequency, settings=wanted)
    except parallel_errors.RefusedError as error:
        now = await parts.gateway.retrieve(account, monitor.monitor_id)
        if now.status is MonitorStatus.CANCELLED:
            raise NotDoneError(edit_texts.CANNOT_EDIT_CANCELLED) from error
        raise


async def _replace(parts: Parts, change: _Change, kept: EditProgress, save: Save) -> None:
    located, account, old = change.located, change.located.account, change.located.monitor
    new = await _successor(parts, change, kept, save)
    kept = replace(kept, creating=True, successor_id=new.monitor_id)
    await save(kept)
    try:
        await save(replace(kept, ending=True))
        with suppress(parallel_errors.UnknownMonitorError):
            await parts.gateway.cancel(account, old.monitor_id)
    except parallel_errors.ParallelError as error:
        if not isinstance(outcome_of(error), RetryAfter):
            with suppress(parallel_errors.ParallelError):
                await parts.gateway.cancel(account, new.monitor_id)
        raise
    row = replace(located, monitor=new).row
    await parts.monitors.put(replace(row, cursor=FROM_START, is_signed=True))
    # What waited, or couldn't be posted yet, still is; that job drops the old one's row.
    await schedule.deliver(parts, account, old, is_last=True)
    await parts.gateway.update(account, new, change.home_with(change.hold))
    await schedule.deliver(parts, account, new)


async def _successor(parts: Parts, change: _Change, kept: EditProgress, save: Save) -> Monitor:
    """Created once, like any monitor: where it may exist already, it is looked for."""
    account, old = change.located.account, change.located.monitor
    if kept.successor_id is not None:
        return await parts.gateway.retrieve(account, kept.successor_id)
    waiting = Hold(change.by_user_id, frequency=change.wanted.frequency)
    home = change.home_with(change.paused or waiting)
    if kept.creating:
        try:
            found = await parts.gateway.find_by_thread(account, home, other_than=old.monitor_id)
            if found is not None and found.status is MonitorStatus.ACTIVE:
                # The create may have ended before it was signed for its id.
                await parts.gateway.update(account, found, home)
                return found
        except parallel_errors.ParallelError as error:
            if isinstance(error, parallel_errors.TryLaterError):
                raise
            # It may exist, and cost: nobody is told that nothing was made.
            raise parallel_errors.AnswerLostError(str(error)) from error
    workspace = change.located.workspace
    wait = await parts.limits.create_wait_seconds(account.endpoint_id, workspace)
    if wait > 0:
        raise parallel_errors.RateLimitedError(retry_after_seconds=wait)
    await save(replace(kept, creating=True))
    return await parts.gateway.create(account, change.spec, home=home)
