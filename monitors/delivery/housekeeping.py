"""Deletes rows that are no longer needed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitors.delivery.ledger import Ledger
from monitors.model.clock import Clock
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import Tick
from monitors.work.intent_store import SqlIntents

# Slack repeats a request for about an hour at most; a week leaves time to investigate.
KEEP_INTENTS: Final = timedelta(days=7)
# The audit trail (monitors.work.audit).
KEEP_RECORDS: Final = timedelta(days=365)
# A monitor's cursor keeps older findings from being posted again.
KEEP_LEDGER: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Housekeeping:
    intents: SqlIntents
    ledger: Ledger
    clock: Clock

    async def run(self, _request: Tick, _attempt: Attempt) -> Outcome:
        now = self.clock.now()
        await self.intents.forget_finished(
            older_than=now - KEEP_INTENTS, records_older_than=now - KEEP_RECORDS
        )
        await self.ledger.prune(now - KEEP_LEDGER)
        return Done()
