"""What is kept no longer than it is of use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from monitors.delivery.ledger import Ledger
from monitors.model.clock import Clock

# Slack sends a request again for about an hour at most; a week leaves room to look into it.
KEEP_INTENTS: Final = timedelta(days=7)
# A monitor's cursor keeps older findings from being posted again.
KEEP_LEDGER: Final = timedelta(days=90)


class FinishedIntents(Protocol):
    async def forget_finished(self, *, older_than: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Housekeeping:
    intents: FinishedIntents
    ledger: Ledger
    clock: Clock

    async def run(self) -> int:
        """How many rows were dropped. Raises StoreDownError."""
        now = self.clock.now()
        dropped = await self.intents.forget_finished(older_than=now - KEEP_INTENTS)
        return dropped + await self.ledger.prune(now - KEEP_LEDGER)
