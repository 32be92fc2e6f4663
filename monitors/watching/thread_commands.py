"""Commands in a monitor's thread: cancel, check now, status, help, pause and the like.

Each is an intent: saved before it was acknowledged, finished here, answered once.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.blocks.card import card_message
from monitors.blocks.history import history_message
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.creation import Finished, OpenStart, card_of_start, creation_in_progress
from monitors.delivery.deliver import RUN_LOST_AFTER
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.delivery.refresh import cancelled_by, card_now, left_out, who_cancelled
from monitors.model.card import Cancelled
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.message import Message
from monitors.model.monitor import MonitorStatus
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import AnswerLostError, ParallelError, UnavailableError
from monitors.model.requests import ThreadRequest
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
    SlackPostError,
)
from monitors.ports import MonitorGateway
from monitors.texts import delivery_texts, problem_texts, thread_texts
from monitors.watching.edit import EditMonitor, EditProgress
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.schedule import SCHEDULES, ScheduleMonitor, scheduled
from monitors.watching.tell import NotDoneError, Tell
from monitors.watching.thread_progress import (
    CHANGES,
    CHANGING_NOTHING,
    ThreadProgress,
    is_others_turn,
    key_of_answer,
    owners_of,
)
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

CALLED_OFF_SECONDS: Final = 3.0  # and a call to Parallel lasts 45 s at most (HOLD_SECONDS)
CALLED_OFF_LOOKS: Final = 16
TURN_SECONDS: Final = 0.5  # between two looks whether an earlier change is made
LATEST: Final = 10  # of a monitor's history, in one message


@dataclass(frozen=True, slots=True)
class AnswerThread:
    """Finds the thread's monitor, carries out the command, and answers once in the thread."""

    locate: LocateMonitor
    gateway: MonitorGateway
    intents: SqlIntents
    monitors: Monitors
    tell: Tell
    posting: PostOnce
    prefix: str
    permissions: Permissions
    scheduling: ScheduleMonitor
    editing: EditMonitor

    async def gave_up(self, intent: Intent) -> None:
        request = request_of(intent, ThreadRequest)
        if intent.kind is IntentKind.EDIT:
            await self._undo_edit(intent, request)
        if await self._is_ours(request):
            text = problem_texts.explain_parallel(UnavailableError(""), prefix=self.prefix)
            await self.tell(request, text)

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, ThreadRequest)
        progress = decode(ThreadProgress, intent.progress)
        is_open = progress.said is None and intent.kind in CHANGES
        if is_open and await is_others_turn(self.intents, intent, request):
            return RetryAfter("an earlier change of this monitor comes first", TURN_SECONDS)
        try:
            return await self._answer(intent, request, progress, attempt)
        except Finished as finished:
            return finished.outcome
        except NotDoneError as not_done:
            await self.tell(request, str(not_done))
            return Done()
        except ParallelError as error:
            return await self._parallel_stopped(request, error, attempt=attempt)

    async def _answer(
        self, intent: Intent, request: ThreadRequest, progress: ThreadProgress, attempt: Attempt
    ) -> Outcome:
        located, start = await self._found(intent, request)
        if located is None and start is None and not progress.called_off:
            if request.is_reply:
                return Done()
            raise NotDoneError(thread_texts.NO_MONITOR_HERE)
        owners, is_change = owners_of(located, start), intent.kind not in CHANGING_NOTHING
        await self.permissions.check(request, attempt, owners=owners, is_change=is_change)
        if start is not None and intent.kind is IntentKind.CANCEL:
            progress = await self._call_off(intent, request, start, progress)
        if located is None:
            return await self._not_yet(intent, request, progress, attempt)
        text = progress.said or await self._do(intent, located, progress)
        await self._save(intent, replace(progress, said=text))
        await self._redraw(intent, request, located, said=text)
        message = note_message(text)
        if intent.kind is IntentKind.HISTORY:
            message = await self._history(located)
        monitor_id = "" if progress.called_off else located.monitor.monitor_id
        answer = Post.notice(*key_of_answer(intent, text, monitor_id=monitor_id), message)
        try:
            return await self.posting.post(
                request.workspace, answer, thread=request.thread, attempt=attempt
            )
        except (DeadDestinationError, DeadInstallationError):
            # It is done; if the thread takes no replies, only the person is told.
            await self.tell.poster.post_ephemeral(request.workspace, request.reply_to, message)
            return Done()

    async def _found(
        self, intent: Intent, request: ThreadRequest
    ) -> tuple[Addressed | None, OpenStart | None]:
        """The thread's monitor, or the start that makes one."""
        workspace, thread, start = request.workspace, request.thread, None
        located = await self.locate.in_thread(workspace, thread, hint=request.monitor_id)
        if located is None or intent.kind is IntentKind.CANCEL:
            start = await creation_in_progress(self.intents, workspace, thread)
        return located, start

    async def _call_off(
        self, intent: Intent, request: ThreadRequest, start: OpenStart, progress: ThreadProgress
    ) -> ThreadProgress:
        """End the creation; the card says so."""
        progress = replace(progress, called_off=True)
        await self._save(intent, progress)
        await self.intents.finish(start.intent.intent_id)
        cancelled = Cancelled(by_user_id=request.reply_to.user_id)
        card = card_message(card_of_start(start.request, cancelled))
        with suppress(SlackPostError):
            await self.tell.poster.update(request.workspace, request.thread, card)
        return progress

    async def _not_yet(
        self, intent: Intent, request: ThreadRequest, progress: ThreadProgress, attempt: Attempt
    ) -> Outcome:
        """Answer; of what was called off, look as long as any call to Parallel may last."""
        if not progress.called_off:
            await self.tell(request, thread_texts.STILL_SETTING_UP)
            return Done()
        note = note_message(thread_texts.CANCELLED)
        answer = Post.notice(*key_of_answer(intent, thread_texts.CANCELLED, monitor_id=""), note)
        outcome = await self.posting.post(
            request.workspace, answer, thread=request.thread, attempt=attempt
        )
        if isinstance(outcome, Done) and attempt.number < CALLED_OFF_LOOKS:
            return RetryAfter("its creation may still be under way", CALLED_OFF_SECONDS)
        return outcome

    async def _do(self, intent: Intent, located: Addressed, progress: ThreadProgress) -> str:
        """Returns the sentence to post in the thread. Raises ParallelError and NotDoneError."""
        match intent.kind:
            case IntentKind.CANCEL:
                return await self._cancel(intent, located, progress)
            case IntentKind.RUN_NOW:
                return await self._run_now(intent, located, progress)
            case IntentKind.STATUS | IntentKind.HISTORY:
                below = await left_out(self.posting.ledger, intent.workspace, located.monitor)
                return thread_texts.status(located.monitor, left_out=below)
            case IntentKind.HELP:
                return thread_texts.THREAD_HELP
            case IntentKind.EDIT:
                return await self._edit(intent, located, progress)
            case _:
                return await self._schedule(intent, located, progress)

    async def _cancel(self, intent: Intent, located: Addressed, progress: ThreadProgress) -> str:
        if located.monitor.status is MonitorStatus.CANCELLED:
            if not (progress.asking or progress.called_off):
                is_listed = request_of(intent, ThreadRequest).is_listed
                return thread_texts.CANCELLED if is_listed else thread_texts.ALREADY_CANCELLED
        else:
            await self._save(intent, replace(progress, asking=True))
            await self.gateway.cancel(located.account, located.monitor.monitor_id)
        monitor = located.monitor
        if progress.called_off or not (monitor.hold or monitor.delivery.may_hold):
            return thread_texts.CANCELLED
        await self.scheduling.deliver(located.account, monitor, is_last=True)
        return delivery_texts.CANCELLED_AND_DELIVERED

    async def _run_now(self, intent: Intent, located: Addressed, progress: ThreadProgress) -> str:
        """A run costs money, so if one may already be queued, it isn't queued again."""
        if progress.asking:
            raise NotDoneError(thread_texts.RUN_UNCERTAIN)
        if located.monitor.status is MonitorStatus.CANCELLED:
            return thread_texts.CANNOT_RUN_CANCELLED
        if located.monitor.hold is not None:
            return thread_texts.RUN_ON_HOLD
        workspace, monitor = intent.workspace, located.monitor
        if not await self.monitors.claim_run(
            workspace, monitor, asked_at=intent.created_at, lost_after=RUN_LOST_AFTER
        ):
            raise NotDoneError(thread_texts.ALREADY_CHECKING)
        await self._save(intent, ThreadProgress(asking=True))
        try:
            await self.gateway.trigger(located.account, monitor.monitor_id)
        except AnswerLostError as error:
            raise NotDoneError(thread_texts.RUN_UNCERTAIN) from error
        except ParallelError:
            await self._save(intent, ThreadProgress())
            await self.monitors.release_run(workspace, monitor.monitor_id)
            raise
        if monitor.delivery.may_hold:
            # What waits is posted now too: it was found before.
            await self.scheduling.deliver(located.account, monitor)
        return thread_texts.RUN_QUEUED

    async def _schedule(self, intent: Intent, located: Addressed, progress: ThreadProgress) -> str:
        """Pause, resume, snooze, or check more or less often."""
        if located.monitor.status is MonitorStatus.CANCELLED:
            return thread_texts.CANNOT_RUN_CANCELLED
        request = request_of(intent, ThreadRequest)
        wanted = scheduled(intent, request, located.monitor)
        if isinstance(wanted, str):
            return wanted
        if not progress.asking and (why := wanted.overtaken(located.monitor, request)):
            raise NotDoneError(why)
        refusal = await self.scheduling.refusal(located, wanted)
        if refusal is not None:
            return refusal
        said = wanted.said if progress.asking else wanted.already
        if not wanted.is_set_on(located.monitor):
            await self._save(intent, replace(progress, asking=True))
            await self.scheduling.apply(located, wanted)
            said = wanted.said
        # What waits is posted at once, or when the snooze ends; the reconciler finds it, too.
        until = wanted.hold.until if wanted.hold else None
        if until or not wanted.hold:
            await self.scheduling.deliver(located.account, located.monitor, at=until)
        return said

    async def _history(self, located: Addressed) -> Message:
        page = await self.gateway.history(located.account, located.monitor.monitor_id, limit=LATEST)
        return history_message(located.monitor, page)

    async def _edit(self, intent: Intent, located: Addressed, progress: ThreadProgress) -> str:
        async def save(edit: EditProgress) -> None:
            await self._save(intent, replace(progress, edit=edit))

        request = request_of(intent, ThreadRequest)
        return await self.editing.apply(request, located, progress.edit, save)

    async def _undo_edit(self, intent: Intent, request: ThreadRequest) -> None:
        with suppress(ParallelError):
            located = await self.locate.in_thread(request.workspace, request.thread)
            if located is not None:
                await self.editing.undo(located, decode(ThreadProgress, intent.progress).edit)

    async def _save(self, intent: Intent, progress: ThreadProgress) -> None:
        await self.intents.save_progress(intent.intent_id, encode(progress))

    async def _redraw(
        self, intent: Intent, request: ThreadRequest, located: Addressed, *, said: str
    ) -> None:
        if intent.kind is IntentKind.RUN_NOW:
            return
        if intent.kind is IntentKind.EDIT:
            # Another one may have taken its place.
            located = await self.locate.in_thread(request.workspace, request.thread) or located
        monitor = located.monitor
        row = await self.monitors.get(intent.workspace, monitor.monitor_id)
        is_cancelled = said in {thread_texts.CANCELLED, delivery_texts.CANCELLED_AND_DELIVERED}
        who = request.reply_to.user_id if is_cancelled else who_cancelled(row)
        shows = cancelled_by(who) if who else intent.intent_id
        await self.monitors.will_show(intent.workspace, monitor.monitor_id, shows)
        if intent.kind in SCHEDULES:
            monitor = await self.gateway.retrieve(located.account, monitor.monitor_id)
        state = Cancelled(by_user_id=who) if who else None
        card = await card_now(self.posting.ledger, intent.workspace, monitor, state)
        # The monitor can be cancelled even if its card was deleted or locked.
        await self.tell.redraw(request.workspace, request.thread, card_message(card))

    async def _parallel_stopped(
        self, request: ThreadRequest, error: ParallelError, *, attempt: Attempt
    ) -> Outcome:
        outcome = outcome_of(error)
        if not await self._is_ours(request):
            return outcome
        if not isinstance(outcome, RetryAfter):
            is_edit = request.edit is not None
            text = problem_texts.explain_parallel(error, prefix=self.prefix, is_query=is_edit)
            if await self.is_over(request):
                text = thread_texts.CANNOT_RUN_CANCELLED
            await self.tell(request, text)
            return Done()
        if attempt.number == 1:
            await self.tell(request, problem_texts.parallel_waiting(error))
        return outcome

    async def is_over(self, request: ThreadRequest) -> bool:
        """Whether it is cancelled by now, by anyone; False if Parallel doesn't say."""
        thread, hint = request.thread, request.monitor_id
        with suppress(ParallelError):
            now = await self.locate.in_thread(request.workspace, thread, hint=hint)
            return now is not None and now.monitor.status is MonitorStatus.CANCELLED
        return False

    async def _is_ours(self, request: ThreadRequest) -> bool:
        """True if the app should answer: not to words typed in other threads."""
        if not request.is_reply:
            return True
        return await self.monitors.in_thread(request.workspace, request.thread) is not None
