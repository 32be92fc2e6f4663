"""Finds what no webhook announced: webhook lost, app away, wrong address, or no webhooks at all."""

from typing import Final

import structlog

from monitors.delivery.address import check_address
from monitors.delivery.asking import ask, ask_delivery, ask_refresh, deliver_at
from monitors.delivery.deliver import RUN_LOST_AFTER
from monitors.delivery.overdue import frequency_of, is_overdue
from monitors.delivery.parts import DeliveryParts
from monitors.delivery.refresh import run_of, shown_as
from monitors.delivery.suspend import account_not_read, account_read
from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor
from monitors.model.monitor_row import Seen
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import DeliverRequest, Tick

# Spreads what one pass finds, so that webhooks meanwhile do not queue up behind it.
ENQUEUED_PER_SECOND: Final = 50
# In one pass; the rest are due at the next.
MOST_SUSPENDED: Final = 1000


async def run(parts: DeliveryParts, _request: Tick, _attempt: Attempt) -> Outcome:
    """One pass over every account: one that does not answer is met again at the next.

    Jobs do the rest: this only finds monitors that ran.
    """
    found = 0
    for account in await parts.accounts.accounts():
        try:
            monitors = await parts.gateway.list_monitors(account)
        except ParallelError as error:
            structlog.get_logger("reconciler").warning(
                "account not read", team_id=account.team_id, error=type(error).__name__
            )
            await account_not_read(parts, account, error)
            continue
        await account_read(parts, account)
        known = await parts.monitors.seen(account.endpoint_id)
        since = parts.clock.now() - RUN_LOST_AFTER
        for monitor in monitors:
            seen = known.get(monitor.monitor_id)
            if seen is not None:
                await _notice_silence(parts, account, monitor, seen)
            if not await _is_behind(parts, account, monitor, seen):
                continue
            asked_at = seen.run_asked_at if seen else None
            is_urgent = seen is None or (asked_at is not None and asked_at >= since)
            if is_urgent or not await _leave_to_digest(parts, account, monitor):
                request = DeliverRequest(account.endpoint_id, monitor.monitor_id, "")
                delay = found / ENQUEUED_PER_SECOND
                await ask(parts.queue, request, named="reconcile", delay_seconds=delay)
                found += 1
    # Threads that were closed to us and may be open again, whatever was found meanwhile.
    for each in await parts.monitors.due(now=parts.clock.now(), limit=MOST_SUSPENDED):
        await ask_delivery(parts.queue, each.endpoint_id, each.monitor_id)
    return Done()


async def _is_behind(
    parts: DeliveryParts, account: ParallelAccount, monitor: Monitor, seen: Seen | None
) -> bool:
    """Whether it ran since it was caught up with, or its snooze is over.

    Only then it is asked whose it is.
    """
    run, hold = run_of(monitor), monitor.hold
    if hold is not None:
        is_behind = hold.is_over(parts.clock.now())
    else:
        is_behind = bool(run) and (seen is None or run != seen.last_run_seen)
    if not is_behind:
        return False
    return await check_address(parts, account, monitor) is not None


async def _leave_to_digest(
    parts: DeliveryParts, account: ParallelAccount, monitor: Monitor
) -> bool:
    """Whether its findings wait; then the job that posts them is there, or is queued again."""
    now = parts.clock.now()
    if monitor.hold is not None:
        return False
    due = monitor.delivery.held_until(now, ran_at=monitor.last_run_at)
    if due is not None:
        request = DeliverRequest(account.endpoint_id, monitor.monitor_id, "", digest_at=due)
        await deliver_at(parts.queue, request, at=due, now=now)
    return due is not None


async def _notice_silence(
    parts: DeliveryParts, account: ParallelAccount, monitor: Monitor, seen: Seen
) -> None:
    """Have the card say that checks don't come; once that is drawn, it isn't asked again."""
    now, frequency = parts.clock.now(), frequency_of(monitor)
    endpoint_id, monitor_id = account.endpoint_id, monitor.monitor_id
    if frequency != seen.frequency_seen:
        await parts.monitors.sees_frequency(endpoint_id, monitor_id, frequency, at=now)
    elif (
        is_overdue(monitor, seen.frequency_since, now=now)
        and seen.last_run_shown != shown_as(monitor, overdue=True)
        and await check_address(parts, account, monitor) is not None
    ):
        await ask_refresh(parts.queue, endpoint_id, monitor_id)
