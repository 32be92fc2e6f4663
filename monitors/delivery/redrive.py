"""Retries failed jobs."""

from dataclasses import dataclass

from monitors.delivery.ledger import Ledger
from monitors.delivery.monitors import Monitors
from monitors.model.codec import decode
from monitors.model.dead_letter import DeadLetter
from monitors.model.requests import DeliverRequest
from monitors.model.workspace import Workspace
from monitors.ports import JobQueue
from monitors.work.intent_store import INTENT_JOB, SqlIntents


@dataclass(frozen=True, slots=True)
class Redrive:
    intents: SqlIntents
    ledger: Ledger
    monitors: Monitors
    queue: JobQueue

    async def send_again(self, letter: DeadLetter) -> None:
        """Put its job back in the queue, with 48 hours of its own.

        The job is queued first: after a crash in between, it runs twice, and finds everything done
        the second time. An intent must be reopened before its job can take it.
        """
        if letter.is_intent:
            await self.intents.revive(letter)
            key = f"{INTENT_JOB}:{letter.letter_id}"
            await self.queue.enqueue(INTENT_JOB, letter.letter_id, key=key)
            return
        if letter.kind == "deliver" and letter.team_id:
            request = decode(DeliverRequest, letter.argument)
            workspace = Workspace(letter.team_id, letter.enterprise_id or None)
            events = await self.ledger.revive(workspace, request.monitor_id, request.group_id)
            await self.monitors.unsettle(workspace, request.monitor_id, events)
        await self.queue.enqueue(letter.kind, letter.argument, key=letter.letter_id)
        await self.intents.revive(letter)
