"""Intents: what a person asks for is written down before it is acknowledged, and found again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from monitors.model.clock import Clock
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.ports import JobQueue, QueueDownError
from monitors.work.intent_store import INTENT_JOB, SqlIntents

# Longer than a healthy job takes, far shorter than a person's patience.
STALE_AFTER: Final = timedelta(seconds=15)
BATCH: Final = 200


class OfWorkspace(Protocol):
    @property
    def workspace(self) -> Workspace: ...


RequestT = TypeVar("RequestT", bound=OfWorkspace)


class ForeignRequestError(ValueError):
    """An intent of one workspace asks for something in another."""


def request_of(intent: Intent, kind: type[RequestT]) -> RequestT:
    """What the intent asks for, in its own workspace and no other.

    Raises ValueError if it is of another shape, or ForeignRequestError.
    """
    request = decode(kind, intent.argument)
    if request.workspace != intent.workspace:
        raise ForeignRequestError(f"an intent of {intent.workspace.team_id} reaches beyond it")
    return request


async def enqueue_intent(queue: JobQueue, intent: Intent) -> None:
    """The one way an intent becomes a job: keyed by the intent, so that it runs once at a time."""
    key = f"{INTENT_JOB}:{intent.intent_id}"
    await queue.enqueue(INTENT_JOB, intent.intent_id, key=key, since=intent.created_at)


@dataclass(frozen=True, slots=True)
class SubmitIntent:
    """What both of Slack's doors and the pages call before they answer."""

    intents: SqlIntents
    queue: JobQueue
    clock: Clock

    async def __call__(self, kind: IntentKind, request: OfWorkspace, *, intent_id: str) -> None:
        """Keep an intent and have it run. One that was submitted before is not submitted again.

        Raises StoreDownError when it could not be written down: then do not acknowledge it.
        """
        intent = Intent(
            intent_id=intent_id,
            workspace=request.workspace,
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


@dataclass(frozen=True, slots=True)
class SweepIntents:
    """Enqueues intents that no job finished: Redis was emptied, or a door could not enqueue."""

    intents: SqlIntents
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
