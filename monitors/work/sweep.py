"""Intents that no job finished (Redis emptied, a door that could not enqueue): enqueue them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitors.model.clock import Clock
from monitors.model.intent import Intent
from monitors.ports import JobQueue, StaleIntents

# Longer than a healthy job takes, far shorter than a person's patience.
STALE_AFTER: Final = timedelta(seconds=15)
BATCH: Final = 200


async def enqueue_intent(queue: JobQueue, intent: Intent) -> None:
    """The one way an intent becomes a job: keyed by the intent, so that it runs once at a time."""
    await queue.enqueue("intent", intent.intent_id, key=f"intent:{intent.intent_id}")


@dataclass(frozen=True, slots=True)
class SweepIntents:
    intents: StaleIntents
    queue: JobQueue
    clock: Clock
    stale_after: timedelta = STALE_AFTER

    async def run(self) -> int:
        """Enqueue every stale intent; returns how many.

        One that already waits or runs stays as it is.
        """
        stale = await self.intents.stale(
            older_than=self.clock.now() - self.stale_after, limit=BATCH
        )
        for intent in stale:
            await enqueue_intent(self.queue, intent)
        return len(stale)
