"""How often a monitor checks, and whether its findings wait: pause, resume, snooze, hourly.

Parallel has no pause: a paused monitor checks as rarely as Parallel allows. What it finds on hold
stays there, and its cursor stays, so the first delivery afterwards posts all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitors.delivery.address import Addressed
from monitors.delivery.asking import deliver_at
from monitors.model.account import ParallelAccount
from monitors.model.delivery_policy import DeliveryPolicy
from monitors.model.frequency import DAILY, HOURLY, WEEKLY, Frequency
from monitors.model.intent import Intent, IntentKind
from monitors.model.monitor import Monitor
from monitors.model.policy import PAUSED_FREQUENCY, Hold
from monitors.model.requests import DeliverRequest, ThreadRequest
from monitors.texts import delivery_texts, thread_texts
from monitors.watching import budget
from monitors.watching.budget import Expense
from monitors.watching.parts import Parts

FREQUENCIES: Final[Mapping[IntentKind, Frequency]] = {
    IntentKind.HOURLY: HOURLY,
    IntentKind.DAILY: DAILY,
    IntentKind.WEEKLY: WEEKLY,
}
SCHEDULES: Final = frozenset(
    {IntentKind.PAUSE, IntentKind.RESUME, IntentKind.SNOOZE, IntentKind.DELIVERY, *FREQUENCIES}
)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What a monitor is to be set to, and what to say; `already` if it is so already.

    `delivery` stays if it is None.
    """

    hold: Hold | None
    frequency: str
    said: str
    already: str
    delivery: DeliveryPolicy | None = None

    def is_set_on(self, monitor: Monitor) -> bool:
        is_so = (monitor.hold, monitor.frequency) == (self.hold, self.frequency)
        return is_so and self.delivery in {None, monitor.delivery}

    def overtaken(self, monitor: Monitor, request: ThreadRequest) -> str:
        """What to say if someone chose something else since the form showed what was set."""
        now, seen = monitor.delivery, request.delivery_seen
        if self.delivery is None or seen in {None, now} or self.is_set_on(monitor):
            return ""
        return delivery_texts.changed_meanwhile(now, self.delivery)


async def refusal(parts: Parts, located: Addressed, wanted: Scheduled) -> str | None:
    """Why it may not cost so much; None if it may. Raises ParallelError."""
    frequency = (wanted.hold.frequency if wanted.hold else None) or wanted.frequency
    expense = Expense.of_monitor(located.monitor, frequency=frequency)
    return await budget.refuses_change(parts, located, expense)


async def apply(parts: Parts, located: Addressed, wanted: Scheduled) -> None:
    """Raises ParallelError."""
    monitor, home = located.monitor, located.home
    delivery = wanted.delivery or monitor.delivery
    home = replace(home, policy=replace(home.policy, hold=wanted.hold, delivery=delivery))
    frequency = None if wanted.frequency == monitor.frequency else wanted.frequency
    await parts.gateway.update(located.account, monitor, home, frequency=frequency)


async def deliver(
    parts: Parts,
    account: ParallelAccount,
    monitor: Monitor,
    *,
    at: datetime | None = None,
    is_last: bool = False,
) -> None:
    """Have what was found delivered, as the monitor's policy says. Raises QueueDownError."""
    now = parts.clock.now()
    request = DeliverRequest(account.endpoint_id, monitor.monitor_id, "", is_last=is_last)
    await deliver_at(parts.queue, request, at=at or now, now=now)


def scheduled(intent: Intent, request: ThreadRequest, monitor: Monitor) -> Scheduled | str:
    """What is asked for, or why it can't be done."""
    frequency = monitor.frequency_when_on
    hold, by = monitor.hold, request.reply_to.user_id
    is_paused = hold is not None and hold.frequency is not None
    match intent.kind:
        case IntentKind.PAUSE:
            paused = hold if is_paused else Hold(by, frequency=frequency)
            already = thread_texts.ALREADY_PAUSED
            return Scheduled(paused, PAUSED_FREQUENCY, thread_texts.PAUSED, already)
        case IntentKind.RESUME:
            due = monitor.delivery.held_until(intent.created_at, ran_at=monitor.last_run_at)
            said = thread_texts.resumed(frequency, due)
            return Scheduled(None, frequency, said, thread_texts.NOT_PAUSED)
        case IntentKind.DELIVERY:
            chosen = request.delivery or monitor.delivery
            said = delivery_texts.delivery_chosen(chosen, chosen.held_until(intent.created_at))
            already = delivery_texts.delivery_unchanged(chosen)
            return Scheduled(hold, monitor.frequency, said, already, chosen)
        case IntentKind.SNOOZE:
            if is_paused:
                return thread_texts.ALREADY_PAUSED
            until = intent.created_at.replace(microsecond=0) + timedelta(hours=request.hours)
            said = thread_texts.snoozed(until)
            return Scheduled(Hold(by, until=until), frequency, said, said)
        case _:
            return _checking(FREQUENCIES[intent.kind], monitor, hold)


def _checking(frequency: Frequency, monitor: Monitor, hold: Hold | None) -> Scheduled:
    already = thread_texts.already_checks(frequency)
    if hold is not None and hold.frequency is not None:
        hold = replace(hold, frequency=str(frequency))
        said = thread_texts.checks_once_resumed(frequency)
        return Scheduled(hold, PAUSED_FREQUENCY, said, already)
    said = thread_texts.checks(frequency, monitor.processor)
    return Scheduled(hold, str(frequency), said, already)
