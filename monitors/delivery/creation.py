"""What is kept of a monitor while it is being made."""

from dataclasses import dataclass
from enum import StrEnum

from monitors.model.card import Card, CardState
from monitors.model.codec import decode, encode
from monitors.model.edit import settings_of_spec
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Done, Outcome
from monitors.model.requests import StartRequest
from monitors.model.workspace import ThreadRef, Workspace
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of


class WaitsFor(StrEnum):
    ANSWER = "answer"
    INVITATION = "invitation"
    APPROVAL = "approval"


class Finished(Exception):  # noqa: N818 - not an error: a step ended the attempt
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class StartProgress:
    """The steps kept.

    `posting` and `creating` are written before the call they name, so that a resumed job looks
    before it repeats. `asking`, `task_id`, `shown` and `baseline` are those of a lookup of first
    values (monitors.watching.baseline). `waits_for`: nothing is done until the person answers or
    invites the app, or an admin approves it (monitors.watching.waiting).
    """

    posting: bool = False
    card_ts: str | None = None
    creating: bool = False
    monitor_id: str | None = None
    waits_for: WaitsFor | None = None
    asking: bool = False
    task_id: str = ""
    shown: str = ""
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class OpenStart:
    """A monitor's creation in progress."""

    intent: Intent
    request: StartRequest
    progress: StartProgress


async def creation_in_progress(
    intents: SqlIntents, workspace: Workspace, thread: ThreadRef
) -> OpenStart | None:
    """The open request whose card began the thread.

    Parallel may run the monitor as soon as it exists, which is before the request is finished.
    """
    for intent in await intents.open_intents(workspace, IntentKind.START):
        progress = decode(StartProgress, intent.progress)
        request = request_of(intent, StartRequest)
        if (request.reply_to.channel, progress.card_ts) == (thread.channel, thread.ts):
            return OpenStart(intent, request, progress)
    return None


def card_of_start(request: StartRequest, state: CardState) -> Card:
    spec = request.spec
    return Card(
        settings=settings_of_spec(spec),
        user_id=request.reply_to.user_id,
        state=state,
        delivery=spec.delivery,
        fields=spec.fields,
        tracks=spec.tracks,
    )


async def save_step(intents: SqlIntents, intent: Intent, progress: object) -> None:
    """Keep a step before it's taken. Raises Finished if the request was called off."""
    if not await intents.save_progress(intent.intent_id, encode(progress)):
        raise Finished(Done())
