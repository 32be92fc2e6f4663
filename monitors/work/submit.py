"""What a person asks for is written down before it is acknowledged."""

from dataclasses import dataclass

from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.ports import IntentStore, JobQueue, QueueDownError
from monitors.work.sweep import enqueue_intent


@dataclass(frozen=True, slots=True)
class SubmitIntent:
    intents: IntentStore
    queue: JobQueue
    clock: Clock

    async def __call__(
        self, workspace: Workspace, *, intent_id: str, kind: IntentKind, request: object
    ) -> None:
        """Keep an intent and have it run. One that was submitted before is not submitted again.

        Raises StoreDownError when it could not be written down: then do not acknowledge it.
        """
        intent = Intent(
            intent_id=intent_id,
            workspace=workspace,
            kind=kind,
            argument=encode(request),
            created_at=self.clock.now(),
        )
        if not await self.intents.add(intent):
            return
        try:
            await enqueue_intent(self.queue, intent)
        except QueueDownError:
            # The row is kept: the sweeper enqueues it once the queue is back.
            return
