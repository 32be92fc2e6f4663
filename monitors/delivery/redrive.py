"""Retries failed jobs."""

from monitors.delivery.parts import DeliveryParts
from monitors.model.codec import decode
from monitors.model.dead_letter import DeadLetter
from monitors.model.requests import DeliverRequest
from monitors.model.workspace import Workspace
from monitors.work.intent_store import INTENT_JOB


async def send_again(parts: DeliveryParts, letter: DeadLetter) -> None:
    """Put its job back in the queue, with 48 hours of its own.

    The job is queued first: after a crash in between, it runs twice, and finds everything done
    the second time. An intent must be reopened before its job can take it.
    """
    if letter.is_intent:
        await parts.intents.revive(letter)
        key = f"{INTENT_JOB}:{letter.letter_id}"
        await parts.queue.enqueue(INTENT_JOB, letter.letter_id, key=key)
        return
    if letter.kind == "deliver" and letter.team_id:
        request = decode(DeliverRequest, letter.argument)
        workspace = Workspace(letter.team_id, letter.enterprise_id or None)
        events = await parts.ledger.revive(workspace, request.monitor_id, request.group_id)
        await parts.monitors.unsettle(workspace, request.monitor_id, events)
    await parts.queue.enqueue(letter.kind, letter.argument, key=letter.letter_id)
    await parts.intents.revive(letter)
