"""After a run the card says when it was last checked."""

from contextlib import suppress
from typing import Final

from monitors.blocks.card import card_message
from monitors.delivery.address import Addressed, address, check_address
from monitors.delivery.asked_checks import end_asked_check
from monitors.delivery.asking import ask_about_failures
from monitors.delivery.ledger import Ledger
from monitors.delivery.overdue import is_overdue
from monitors.delivery.parts import DeliveryParts
from monitors.delivery.suspend import SUSPENDED, is_suspended, suspend, suspend_account
from monitors.model.card import Cancelled, Card, CardState, OnHold, Watching, card_of
from monitors.model.delivery_policy import Floor
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import Done, Outcome, RetryAfter, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import CheckRequest
from monitors.model.slack_errors import CANNOT_JOIN, BadMessageError, ClosedError, SlackRefusedError
from monitors.model.workspace import Workspace

_CANCELLED_BY: Final = "cancelled by "


def run_of(monitor: Monitor) -> str:
    """Names a monitor's last run; empty when it has not run."""
    return monitor.last_run_at.isoformat() if monitor.last_run_at else ""


def shown_as(monitor: Monitor, *, overdue: bool = False) -> str:
    """Names what a card shows that changes by itself: the last run, and what is unusual."""
    unusual = "on hold" if monitor.hold else "overdue" if overdue else ""
    return f"{run_of(monitor)} {unusual}".rstrip()


def cancelled_by(user_id: str) -> str:
    """What a card shows once a person cancelled it, which Parallel alone doesn't tell."""
    return f"{_CANCELLED_BY}{user_id}"


def state_of(monitor: Monitor, *, overdue: bool = False, found: int = 0) -> CardState:
    """What the card of a monitor says, going by Parallel alone."""
    if monitor.status is MonitorStatus.CANCELLED:
        return Cancelled()
    if (hold := monitor.hold) is not None:
        return OnHold(monitor.monitor_id, hold.by_user_id, hold.until)
    return Watching(monitor.monitor_id, monitor.last_run_at, overdue, found)


def who_cancelled(row: MonitorRow | None) -> str | None:
    """The person whose cancelling the card shows; None for one that ended otherwise."""
    shown = row.last_run_shown if row else ""
    return shown.removeprefix(_CANCELLED_BY) if shown.startswith(_CANCELLED_BY) else None


async def left_out(ledger: Ledger, workspace: Workspace, monitor: Monitor) -> int:
    """How many findings were below the floor, where there is one."""
    has_floor = monitor.delivery.floor is not Floor.NONE
    return await ledger.left_out(workspace, monitor.monitor_id) if has_floor else 0


async def card_now(
    ledger: Ledger, workspace: Workspace, monitor: Monitor, state: CardState | None = None
) -> Card:
    """In its state by Parallel, or in another."""
    if state is None:
        state = state_of(monitor, found=await ledger.found(workspace, monitor.monitor_id))
    return card_of(monitor, state, left_out=await left_out(ledger, workspace, monitor))


def is_shown(parts: DeliveryParts, monitor: Monitor, row: MonitorRow) -> bool:
    """Whether a card that is drawn now would show what it shows already."""
    return row.last_run_shown == shown_as(monitor, overdue=_is_overdue(parts, monitor, row))


def _is_overdue(parts: DeliveryParts, monitor: Monitor, row: MonitorRow | None) -> bool:
    return row is not None and is_overdue(monitor, row.frequency_since, now=parts.clock.now())


async def draw_card(parts: DeliveryParts, addressed: Addressed, row: MonitorRow | None) -> bool:
    """Draw a card from what was read of its monitor.

    Once a run, then, the app also sees whether it still hears replies there, and whether a streak
    of failures is over; a suspension that only kept the card from being drawn has ended. False if
    someone had the card changed since `row` was read: it may be out of date now. Raises
    SlackPostError and ParallelError.
    """
    monitor = addressed.monitor
    overdue = _is_overdue(parts, monitor, row)
    is_over = monitor.status is MonitorStatus.CANCELLED
    if is_over and await parts.monitors.has_successor(addressed.row):
        # The card is another monitor's by now (monitors.watching.edit).
        return True
    found = await parts.ledger.found(addressed.workspace, monitor.monitor_id)
    state = state_of(monitor, overdue=overdue, found=found)
    shows = shown_as(monitor, overdue=overdue)
    if isinstance(state, Cancelled) and (who := who_cancelled(row)):
        state, shows = Cancelled(by_user_id=who), cancelled_by(who)
    drawn = await card_now(parts.ledger, addressed.workspace, monitor, state)
    card = card_message(drawn)
    # If Slack refuses it, the card stands as it was; its thread may be fine.
    with suppress(SlackRefusedError, BadMessageError):
        await parts.poster.update(addressed.workspace, addressed.home.thread, card)
    if not is_over:
        await parts.poster.rejoin(addressed.workspace, addressed.home.thread.channel)
    if row is None:
        return True
    if row.suspension is not None and not row.suspension.findings_wait:
        await parts.monitors.resume(row)
    await end_asked_check(parts, monitor, row)
    if row.failing_since:
        await ask_about_failures(parts.queue, row.endpoint_id, row.monitor_id)
    if await parts.monitors.shown(row, shows):
        return True
    # Whatever was drawn since is covered now.
    await parts.monitors.covered(row, but=_CANCELLED_BY)
    return await _draw_end(parts, addressed)


async def _draw_end(parts: DeliveryParts, addressed: Addressed) -> bool:
    """Whether the card was changed because its workspace has left the account, and says so again.

    No later job may ask about that monitor. Raises SlackPostError and ParallelError.
    """
    account, monitor_id = addressed.account, addressed.monitor.monitor_id
    if await check_address(parts, account, addressed.monitor) is not None:
        return False
    monitor = await parts.gateway.retrieve(account, monitor_id)
    if monitor.status is not MonitorStatus.CANCELLED:
        return False
    card = card_message(card_of(monitor, Cancelled()))
    await parts.poster.update(addressed.workspace, addressed.home.thread, card)
    return True


async def refresh(parts: DeliveryParts, request: CheckRequest, row: MonitorRow | None) -> Outcome:
    """Redraw a card from what Parallel says now, unless it was drawn for that run already."""
    endpoint_id, monitor_id = request.endpoint_id, request.monitor_id
    if is_suspended(parts, row):
        return Suspended(SUSPENDED)
    try:
        addressed = await address(parts, endpoint_id, monitor_id)
    except ParallelError as error:
        return await suspend_account(parts, endpoint_id, monitor_id, error)
    if addressed is None or (
        row
        and row.suspension is None
        and addressed.monitor.status is MonitorStatus.ACTIVE
        and is_shown(parts, addressed.monitor, row)
    ):
        return Done()
    try:
        is_drawn = await draw_card(parts, addressed, row)
    except ClosedError as error:
        if addressed.monitor.status is MonitorStatus.CANCELLED:
            return Done()
        # Posts would still arrive where the app may not join; they wait, with the replies.
        waits = error.code == CANNOT_JOIN
        return await suspend(parts, addressed, error, findings_wait=waits)
    return Done() if is_drawn else RetryAfter("the card was changed meanwhile", 0)
