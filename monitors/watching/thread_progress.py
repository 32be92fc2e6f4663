"""What is saved of a command in a thread, and how its answer is named in the ledger."""

from dataclasses import dataclass
from typing import Final

from monitors.delivery.address import Addressed
from monitors.delivery.asked_checks import checking
from monitors.delivery.creation import OpenStart
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.requests import ThreadRequest
from monitors.texts import thread_texts
from monitors.watching.edit import NOT_BEGUN, EditProgress
from monitors.watching.schedule import SCHEDULES
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of

# In the ledger, of answers to one person: by then the thread may be another monitor's.
ANSWERS: Final = "answers"
CANCELLED_ONCE: Final = "cancelled"


_BY_FORM: Final = (IntentKind.EDIT, IntentKind.DELIVERY)
CHANGES: Final = (IntentKind.CANCEL, IntentKind.EDIT, *SCHEDULES)
CHANGING_NOTHING: Final = frozenset(
    {IntentKind.STATUS, IntentKind.HELP, IntentKind.HISTORY, IntentKind.RUN_NOW}
)


@dataclass(frozen=True, slots=True)
class ThreadProgress:
    """The saved steps: `asking` before Parallel is called, `said` once that is done.

    `called_off`: the monitor wasn't created yet, and if it is after all, it is cancelled. `edit`:
    the steps of an edit.
    """

    asking: bool = False
    said: str | None = None
    called_off: bool = False
    edit: EditProgress = NOT_BEGUN


async def is_others_turn(intents: SqlIntents, intent: Intent, request: ThreadRequest) -> bool:
    """Changes of one monitor are made one after another, if a form is among them."""
    kinds = CHANGES if intent.kind in _BY_FORM else _BY_FORM
    mine = intent.created_at, intent.intent_id
    return any(
        (other.created_at, other.intent_id) < mine
        and request_of(other, ThreadRequest).thread == request.thread
        and decode(ThreadProgress, other.progress).said is None
        for other in await intents.open_intents(intent.workspace, *kinds)
    )


def owners_of(located: Addressed | None, start: OpenStart | None) -> tuple[str, ...]:
    if located is not None:
        return located.home.owners
    return (start.request.reply_to.user_id,) if start else ()


def key_of_answer(intent: Intent, text: str, *, monitor_id: str) -> tuple[str, str]:
    """In the ledger. Two who cancel at once read one sentence; a check is answered when it ends.

    Without a monitor's id, it was called off before there was one.
    """
    if text == thread_texts.CANCELLED and monitor_id:
        return monitor_id, CANCELLED_ONCE
    if intent.kind is IntentKind.RUN_NOW and text == thread_texts.RUN_QUEUED:
        return monitor_id, checking(intent.created_at)
    return ANSWERS, f"intent:{intent.intent_id}"
