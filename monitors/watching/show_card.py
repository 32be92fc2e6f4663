"""The job `refresh`: a monitor's card is redrawn, or posted again where it was deleted."""

from datetime import timedelta
from typing import Final

from monitors.blocks.card import card_message
from monitors.delivery.address import Addressed, address
from monitors.delivery.refresh import card_now, refresh
from monitors.delivery.suspend import card_exists, card_removed, suspend
from monitors.model import slack_errors
from monitors.model.monitor import MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import CheckRequest
from monitors.texts import thread_texts
from monitors.watching import move
from monitors.watching.move import NEW_CARD, new_card
from monitors.watching.parts import Parts

# What deletes every card at once gets no row of them.
BETWEEN_CARDS: Final = timedelta(hours=6)


async def run(parts: Parts, request: CheckRequest, _attempt: Attempt) -> Outcome:
    row = await parts.monitors.find(request.endpoint_id, request.monitor_id)
    if row is None or row.suspension is None or row.suspension.reason not in slack_errors.CARD_GONE:
        return await refresh(parts, request, row)
    addressed = await address(parts, request.endpoint_id, request.monitor_id)
    if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
        await parts.monitors.resume(row)
        return Done()
    try:
        return await _restore(parts, addressed, row)
    except slack_errors.ClosedError as error:
        return await suspend(parts, addressed, error)


async def _restore(parts: Parts, addressed: Addressed, row: MonitorRow) -> Outcome:
    """Post a new card in the same channel, where the monitor goes on; one in some hours.

    Checks that the card is really gone; otherwise a channel that refuses replies would get a
    new card at every retry.
    """
    if not await _is_gone(parts, addressed, row):
        return await card_exists(parts, addressed, row)
    thread = addressed.home.thread
    if await parts.ledger.has_named(
        addressed.workspace,
        addressed.monitor.monitor_id,
        NEW_CARD,
        since=parts.clock.now() - BETWEEN_CARDS,
        but=new_card(thread),
    ):
        return await card_removed(parts, addressed)
    said = thread_texts.CARD_RESTORED
    return await move.to_channel(parts, addressed, thread.channel, said=said)


async def _is_gone(parts: Parts, addressed: Addressed, row: MonitorRow) -> bool:
    """A card that only can't be changed stands, unless a reply to it went astray."""
    card = await card_now(parts.ledger, addressed.workspace, addressed.monitor)
    thread = addressed.home.thread
    went_astray = (
        row.suspension is not None and row.suspension.reason == slack_errors.REPLIED_TO_NOTHING
    )
    try:
        await parts.poster.update(addressed.workspace, thread, card_message(card))
    except (slack_errors.SlackRefusedError, slack_errors.BadMessageError):
        return went_astray and row.thread == thread
    except slack_errors.DeadDestinationError as error:
        if error.code not in slack_errors.CARD_GONE:
            raise
        return True
    return False
