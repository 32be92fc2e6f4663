"""Deletes rows that are no longer needed."""

from datetime import timedelta
from typing import Final

from monitors.delivery.parts import DeliveryParts
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import Tick

# Slack repeats a request for about an hour at most; a week leaves time to investigate.
KEEP_INTENTS: Final = timedelta(days=7)
# The audit trail (monitors.work.audit).
KEEP_RECORDS: Final = timedelta(days=365)
# A monitor's cursor keeps older findings from being posted again.
KEEP_LEDGER: Final = timedelta(days=90)


async def run(parts: DeliveryParts, _request: Tick, _attempt: Attempt) -> Outcome:
    now = parts.clock.now()
    await parts.intents.forget_finished(
        older_than=now - KEEP_INTENTS, records_older_than=now - KEEP_RECORDS
    )
    await parts.ledger.prune(now - KEEP_LEDGER)
    return Done()
