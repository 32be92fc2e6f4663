"""What is kept of a monitor while it is being made."""

from dataclasses import dataclass

from monitors.model.codec import decode
from monitors.model.intent import IntentKind
from monitors.model.requests import StartRequest
from monitors.model.workspace import ThreadRef, Workspace
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class StartProgress:
    """The steps kept.

    `posting` and `creating` are written before the call they name, so that a resumed job looks
    before it repeats.
    """

    posting: bool = False
    card_ts: str | None = None
    creating: bool = False
    monitor_id: str | None = None


async def is_creation_in_progress(
    intents: SqlIntents, workspace: Workspace, thread: ThreadRef
) -> bool:
    """Whether the thread's monitor is somebody's request that is not finished yet.

    Parallel may run it as soon as it exists, which is before its maker knows.
    """
    for intent in await intents.open_intents(workspace, IntentKind.START):
        progress = decode(StartProgress, intent.progress)
        request = request_of(intent, StartRequest)
        if (request.reply_to.channel, progress.card_ts) == (thread.channel, thread.ts):
            return True
    return False
