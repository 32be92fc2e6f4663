"""A check that a person asked for: what was said of it becomes what came of it."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from monitors.blocks.notices import note_message
from monitors.delivery.parts import DeliveryParts
from monitors.model.monitor import Monitor
from monitors.model.monitor_row import MonitorRow
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef
from monitors.texts import thread_texts

# A run that ends later was another one: what was said of this one was never found.
_ENDS_WITHIN: Final = timedelta(hours=1)


def checking(asked_at: datetime) -> str:
    """The ledger's name of what was said when a check was asked for."""
    return f"checking:{asked_at.isoformat()}"


async def end_asked_check(parts: DeliveryParts, monitor: Monitor, row: MonitorRow) -> None:
    """Edit it once the run is over, again if that lists more later. Raises SlackPostError."""
    asked_at, ended_at = row.run_asked_at, monitor.last_run_at
    if asked_at is None or ended_at is None or ended_at - asked_at > _ENDS_WITHIN:
        return
    run = ended_at.isoformat()
    if run == row.run_before or row.run_ended not in {"", run}:
        return
    name = checking(asked_at)
    said = await parts.ledger.rows(row.workspace, row.monitor_id, [name])
    ts = next((each.ts for each in said.values()), None)
    if ts is None:
        return
    found = await parts.ledger.found(row.workspace, row.monitor_id, since=asked_at)
    text = thread_texts.checked(ended_at, found=found, failed=bool(row.failing_since))
    with suppress(*REFUSALS):
        message = note_message(text)
        await parts.poster.update(row.workspace, ThreadRef(row.thread.channel, ts), message)
    await parts.monitors.check_ended(row, run)
