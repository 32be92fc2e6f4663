"""Commands in a monitor's thread: cancel, check now, status, help, pause and the like.

Each is an intent: saved before it was acknowledged, finished here, answered once.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.blocks.card import card_message
from monitors.blocks.help import thread_help_message
from monitors.blocks.history import history_message
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.asked_checks import checking
from monitors.delivery.creation import OpenStart, card_of_start, creation_in_progress
from monitors.delivery.deliver import RUN_LOST_AFTER
from monitors.delivery.refresh import cancelled_by, card_now, left_out, who_cancelled
from monitors.model import slack_errors
from monitors.model.card import Cancelled
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.message import Message
from monitors.model.monitor import MonitorStatus
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import (
    AnswerLostError,
    ParallelError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.model.requests import ThreadRequest
from monitors.texts import delivery_texts, problem_texts, thread_texts
from monitors.watching import edit, locate, permissions, schedule, tell
from monitors.watching.edit import NOT_BEGUN, EditProgress
from monitors.watching.intent_attempt import IntentAttempt
from monitors.watching.parts import Parts
from monitors.watching.schedule import SCHEDULES, scheduled
from monitors.watching.tell import NotDoneError
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

CALLED_OFF_SECONDS: Final = 3.0  # and a call to Parallel lasts 45 s at most (HOLD_SECONDS)
CALLED_OFF_LOOKS: Final = 16
TURN_SECONDS: Final = 0.5  # between two looks whether an earlier change is made
LATEST: Final = 10  # of a monitor's history, in one message

# In the ledger, of answers to one person: by then the thread may be another monitor's.
ANSWERS: Final = "answers"
CANCELLED_ONCE: Final = "cancelled"

_BY_FORM: Final = (IntentKind.EDIT, IntentKind.DELIVERY)
CHANGES: Final = (IntentKind.CANCEL, IntentKind.EDIT, *SCHEDULES)
_CHANGING_NOTHING: Final = frozenset(
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


@dataclass(slots=True)
class _Command(IntentAttempt[ThreadRequest, ThreadProgress]):
    async def post(self, text: str, message: Message, *, monitor_id: str) -> Outcome:
        """The answer, once in the thread. Without a monitor's id, there is none yet.

        Two who cancel at once read one sentence; a check is answered when it ends.
        """
        key = ANSWERS, f"intent:{self.intent.intent_id}"
        if text == thread_texts.CANCELLED and monitor_id:
            key = monitor_id, CANCELLED_ONCE
        elif self.intent.kind is IntentKind.RUN_NOW and text == thread_texts.RUN_QUEUED:
            key = monitor_id, checking(self.intent.created_at)
        request, post = self.request, Post.notice(*key, message)
        return await self.parts.posting.post(request.workspace, post, thread=request.thread)


async def gave_up(parts: Parts, intent: Intent) -> None:
    request, kept = request_of(intent, ThreadRequest), decode(ThreadProgress, intent.progress).edit
    text = problem_texts.explain_parallel(UnavailableError(""), prefix=parts.prefix)
    if intent.kind is IntentKind.EDIT:
        try:
            located = await locate.in_thread(parts, request.workspace, request.thread)
            if located is not None:
                old_id = request.monitor_id or located.monitor.monitor_id
                await edit.undo(parts, located, old_id, kept)
        except ParallelError:
            if kept.creating and not kept.ending:
                text = problem_texts.EDIT_GAVE_UP_IN_DOUBT
    if await _is_ours(parts, request):
        await tell.asker(parts, request, text)


async def run(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    request = request_of(intent, ThreadRequest)
    now = _Command(parts, intent, request, attempt, decode(ThreadProgress, intent.progress))
    try:
        if await _is_others_turn(now):
            return RetryAfter("an earlier change of this monitor comes first", TURN_SECONDS)
        return await _answer(now)
    except NotDoneError as not_done:
        await tell.asker(parts, request, str(not_done))
        return Done()
    except ParallelError as error:
        return await _parallel_stopped(now, error)


async def _is_others_turn(now: _Command) -> bool:
    """Changes of one monitor are made one after another, if a form is among them."""
    intent = now.intent
    if now.progress.said is not None or intent.kind not in CHANGES:
        return False
    kinds = CHANGES if intent.kind in _BY_FORM else _BY_FORM
    mine = intent.created_at, intent.intent_id
    return any(
        (other.created_at, other.intent_id) < mine
        and request_of(other, ThreadRequest).thread == now.request.thread
        and decode(ThreadProgress, other.progress).said is None
        for other in await now.parts.intents.open_intents(intent.workspace, *kinds)
    )


async def _answer(now: _Command) -> Outcome:
    """Find the thread's monitor, or the start that makes one, and do what is asked."""
    parts, intent, request, start = now.parts, now.intent, now.request, None
    workspace, thread = request.workspace, request.thread
    located = await locate.in_thread(parts, workspace, thread, hint=request.monitor_id)
    if located is None or intent.kind is IntentKind.CANCEL:
        start = await creation_in_progress(parts.intents, workspace, thread)
    if located is None and start is None and not now.progress.called_off:
        if not await _is_ours(parts, request):
            return Done()
        if request.is_reply:
            raise UnknownMonitorError
        raise NotDoneError(thread_texts.NO_MONITOR_HERE)
    owners, is_change = permissions.owners_of(located, start), intent.kind not in _CHANGING_NOTHING
    await permissions.check(parts, request, now.attempt, owners=owners, is_change=is_change)
    if start is not None and intent.kind is IntentKind.CANCEL:
        await _call_off(now, start)
    if located is None:
        return await _not_yet(now)
    text = now.progress.said or await _do(now, located)
    await now.save(replace(now.progress, said=text))
    await _redraw(now, located, said=text)
    message = note_message(text)
    if intent.kind is IntentKind.HISTORY:
        message = await _history(parts, located)
    if intent.kind is IntentKind.HELP:
        message = thread_help_message()
    monitor_id = "" if now.progress.called_off else located.monitor.monitor_id
    try:
        return await now.post(text, message, monitor_id=monitor_id)
    except slack_errors.ClosedError:
        # It is done; if the thread takes no replies, only the person is told.
        await parts.poster.post_ephemeral(workspace, request.reply_to, message)
        return Done()


async def _call_off(now: _Command, start: OpenStart) -> None:
    """End the creation; the card says so."""
    await now.save(replace(now.progress, called_off=True))
    await now.parts.intents.finish(start.intent.intent_id)
    cancelled = Cancelled(by_user_id=now.request.reply_to.user_id)
    card = card_message(card_of_start(start.request, cancelled))
    with suppress(slack_errors.SlackPostError):
        await now.parts.poster.update(now.request.workspace, now.request.thread, card)


async def _not_yet(now: _Command) -> Outcome:
    """Answer; of what was called off, look as long as any call to Parallel may last."""
    if not now.progress.called_off:
        await tell.asker(now.parts, now.request, thread_texts.STILL_SETTING_UP)
        return Done()
    text = thread_texts.CANCELLED
    outcome = await now.post(text, note_message(text), monitor_id="")
    if isinstance(outcome, Done) and now.attempt.number < CALLED_OFF_LOOKS:
        return RetryAfter("its creation may still be under way", CALLED_OFF_SECONDS)
    return outcome


async def _do(now: _Command, located: Addressed) -> str:
    """Returns the sentence to post in the thread. Raises ParallelError and NotDoneError."""
    match now.intent.kind:
        case IntentKind.CANCEL:
            return await _cancel(now, located)
        case IntentKind.RUN_NOW:
            return await _run_now(now, located)
        case IntentKind.STATUS | IntentKind.HISTORY | IntentKind.HELP:
            ledger, monitor = now.parts.ledger, located.monitor
            below = await left_out(ledger, now.request.workspace, monitor)
            return thread_texts.status(monitor, left_out=below)
        case IntentKind.EDIT:
            return await _edit(now, located)
        case _:
            return await _schedule(now, located)


async def _cancel(now: _Command, located: Addressed) -> str:
    parts, monitor, called_off = now.parts, located.monitor, now.progress.called_off
    if monitor.status is not MonitorStatus.CANCELLED:
        await now.save(replace(now.progress, asking=True))
        await parts.gateway.cancel(located.account, monitor.monitor_id)
    elif not (now.progress.asking or called_off):
        is_listed = now.request.is_listed
        return thread_texts.CANCELLED if is_listed else thread_texts.ALREADY_CANCELLED
    if called_off or not (monitor.hold or monitor.delivery.may_hold):
        return thread_texts.CANCELLED
    await schedule.deliver(parts, located.account, monitor, is_last=True)
    return delivery_texts.CANCELLED_AND_DELIVERED


async def _run_now(now: _Command, located: Addressed) -> str:
    """A run costs money, so if one may already be queued, it isn't queued again."""
    parts, workspace, monitor = now.parts, now.request.workspace, located.monitor
    if now.progress.asking:
        raise NotDoneError(thread_texts.RUN_UNCERTAIN)
    if monitor.status is MonitorStatus.CANCELLED:
        return thread_texts.CANNOT_RUN_CANCELLED
    if monitor.hold is not None:
        return thread_texts.RUN_ON_HOLD
    if not await parts.monitors.claim_run(
        workspace, monitor, asked_at=now.intent.created_at, lost_after=RUN_LOST_AFTER
    ):
        raise NotDoneError(thread_texts.ALREADY_CHECKING)
    await now.save(ThreadProgress(asking=True))
    try:
        await parts.gateway.trigger(located.account, monitor.monitor_id)
    except AnswerLostError as error:
        raise NotDoneError(thread_texts.RUN_UNCERTAIN) from error
    except ParallelError:
        await now.save(ThreadProgress())
        await parts.monitors.release_run(workspace, monitor.monitor_id)
        raise
    if monitor.delivery.may_hold:
        # What waits is posted now too: it was found before.
        await schedule.deliver(parts, located.account, monitor)
    return thread_texts.RUN_QUEUED


async def _schedule(now: _Command, located: Addressed) -> str:
    """Pause, resume, snooze, or check more or less often."""
    parts, monitor, is_asking = now.parts, located.monitor, now.progress.asking
    if monitor.status is MonitorStatus.CANCELLED:
        return thread_texts.CANNOT_RUN_CANCELLED
    wanted = scheduled(now.intent, now.request, monitor)
    if isinstance(wanted, str):
        return wanted
    if not is_asking and (why := wanted.overtaken(monitor, now.request)):
        raise NotDoneError(why)
    refusal = await schedule.refusal(parts, located, wanted)
    if refusal is not None:
        return refusal
    said = wanted.said if is_asking else wanted.already
    if not wanted.is_set_on(monitor):
        await now.save(replace(now.progress, asking=True))
        await schedule.apply(parts, located, wanted)
        said = wanted.said
    # What waits is posted at once, or when the snooze ends; the reconciler finds it, too.
    until = wanted.hold.until if wanted.hold else None
    if until or not wanted.hold:
        await schedule.deliver(parts, located.account, monitor, at=until)
    return said


async def _history(parts: Parts, located: Addressed) -> Message:
    page = await parts.gateway.history(located.account, located.monitor.monitor_id, limit=LATEST)
    return history_message(located.monitor, page)


async def _edit(now: _Command, located: Addressed) -> str:
    async def save(kept: EditProgress) -> None:
        await now.save(replace(now.progress, edit=kept))

    return await edit.apply(now.parts, now.request, located, now.progress.edit, save)


async def _redraw(now: _Command, located: Addressed, *, said: str) -> None:
    parts, request, kind = now.parts, now.request, now.intent.kind
    workspace, thread = request.workspace, request.thread
    if kind is IntentKind.RUN_NOW:
        return
    if kind is IntentKind.EDIT:
        # Another one may have taken its place.
        located = await locate.in_thread(parts, workspace, thread) or located
    monitor = located.monitor
    row = await parts.monitors.get(workspace, monitor.monitor_id)
    is_cancelled = said in {thread_texts.CANCELLED, delivery_texts.CANCELLED_AND_DELIVERED}
    who = request.reply_to.user_id if is_cancelled else who_cancelled(row)
    shows = cancelled_by(who) if who else now.intent.intent_id
    await parts.monitors.will_show(workspace, monitor.monitor_id, shows)
    if kind in SCHEDULES:
        monitor = await parts.gateway.retrieve(located.account, monitor.monitor_id)
    state = Cancelled(by_user_id=who) if who else None
    card = await card_now(parts.ledger, workspace, monitor, state)
    # The monitor can be cancelled even if its card was deleted or locked.
    await tell.redraw(parts, workspace, thread, card_message(card))


async def _parallel_stopped(now: _Command, error: ParallelError) -> Outcome:
    parts, request, outcome = now.parts, now.request, outcome_of(error)
    if not await _is_ours(parts, request):
        return outcome
    if not isinstance(outcome, RetryAfter):
        is_edit = request.edit is not None
        text = problem_texts.explain_parallel(error, prefix=parts.prefix, is_query=is_edit)
        if await is_over(parts, request):
            text = thread_texts.CANNOT_RUN_CANCELLED
        await tell.asker(parts, request, text)
        return Done()
    if now.attempt.number == 1:
        await tell.asker(parts, request, problem_texts.parallel_waiting(error))
    return outcome


async def is_over(parts: Parts, request: ThreadRequest) -> bool:
    """Whether it is cancelled by now, by anyone; False if Parallel doesn't say."""
    thread, hint = request.thread, request.monitor_id
    with suppress(ParallelError):
        now = await locate.in_thread(parts, request.workspace, thread, hint=hint)
        return now is not None and now.monitor.status is MonitorStatus.CANCELLED
    return False


async def _is_ours(parts: Parts, request: ThreadRequest) -> bool:
    """True if the app should answer: not to words typed in other threads."""
    if not request.is_reply:
        return True
    return await parts.monitors.in_thread(request.workspace, request.thread) is not None
