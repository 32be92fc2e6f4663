"""One attempt at what a person asked for: its steps share it, and each is saved."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from monitors.delivery.creation import save_step
from monitors.model.intent import Intent
from monitors.model.outcome import Attempt
from monitors.watching.parts import Parts

RequestT = TypeVar("RequestT")
ProgressT = TypeVar("ProgressT")


@dataclass(slots=True)
class IntentAttempt(Generic[RequestT, ProgressT]):
    """`progress` is what has been saved."""

    parts: Parts
    intent: Intent
    request: RequestT
    attempt: Attempt
    progress: ProgressT

    async def save(self, progress: ProgressT) -> None:
        """Raises Finished if it was called off."""
        self.progress = progress
        await save_step(self.parts.intents, self.intent, progress)
