"""What is kept of a monitor while it is being made."""

from dataclasses import dataclass
from enum import StrEnum

from monitors.model.card import Card, CardState
from monitors.model.codec import decode, encode
from monitors.model.edit import settings_of_spec
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Done
from monitors.model.requests import StartRequest
from monitors.model.workspace import ThreadRef, Workspace
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished


class WaitsFor(StrEnum):
    ANSWER = "answer"
    INVITATION = "invitation"
    APPROVAL = "approval"


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

    @property
    def thread(self) -> ThreadRef:
        """Before its card is posted, no thread's."""
        return ThreadRef(self.request.reply_to.channel, self.progress.card_ts or "")


async def open_starts(
    intents: SqlIntents, workspace: Workspace, *, before: Intent | None = None
) -> list[OpenStart]:
    """Those asked for `before` an intent only as far as they wait for nobody."""
    found = [
        OpenStart(each, request_of(each, StartRequest), decode(StartProgress, each.progress))
        for each in await intents.open_intents(workspace, IntentKind.START)
    ]
    if before is None:
        return found
    mine = before.created_at, before.intent_id
    return [
        each
        for each in found
        if (each.intent.created_at, each.intent.intent_id) < mine
        and each.progress.waits_for is None
    ]


async def creation_in_progress(
    intents: SqlIntents, workspace: Workspace, thread: ThreadRef
) -> OpenStart | None:
    """The open request whose card began the thread.

    Parallel may run the monitor as soon as it exists, which is before the request is finished.
    """
    return next(
        (each for each in await open_starts(intents, workspace) if each.thread == thread), None
    )


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
