"""What a person asks of the monitor in a thread: end it, run it now, say how it is.

Each is an intent: written down before it was acknowledged, finished here, answered once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from monitors.domain.account import ParallelAccount
from monitors.domain.card import Cancelled, card_of
from monitors.domain.clock import Clock
from monitors.domain.codec import decode
from monitors.domain.intent import Intent, IntentKind
from monitors.domain.ledger import LedgerKey
from monitors.domain.monitor import MonitorStatus
from monitors.domain.outcome import Attempt, Delivered, Outcome, RetryAfter
from monitors.domain.parallel_errors import ParallelError
from monitors.domain.requests import ThreadRequest
from monitors.domain.slack_errors import (
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackUnavailableError,
)
from monitors.services import answers, explanations
from monitors.services.check import state_of
from monitors.services.address import parallel_outcome
from monitors.services.locate import Located, LocateMonitor
from monitors.services.ports import (
    IntentStore,
    Renderer,
    ThreadIndex,
    ThreadPoster,
    Whisperer,
)
from monitors.services.posting import Part, PostOnce, outcome_of

GIVE_UP_AFTER: Final = timedelta(hours=48)


class MonitorKeeper(Protocol):
    """Changes existing monitors at Parallel. Raises ParallelError."""

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancelling a cancelled monitor is no error."""
        ...

    async def trigger(self, account: ParallelAccount, monitor_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class AnswerThread:
    """Finds the thread's monitor, does what was asked, and answers in the thread once."""

    locate: LocateMonitor
    gateway: MonitorKeeper
    intents: IntentStore
    threads: ThreadIndex
    poster: ThreadPoster
    posting: PostOnce
    whisperer: Whisperer
    renderer: Renderer
    clock: Clock
    prefix: str

    async def run(self, intent: Intent, *, attempt: Attempt) -> Outcome:
        """One attempt. RetryAfter leaves the intent open; anything else finishes it."""
        request = decode(ThreadRequest, intent.argument)
        outcome = await self._attempt(intent, request, attempt=attempt)
        if isinstance(outcome, RetryAfter) and not self._expired(intent):
            return outcome
        await self.intents.finish(intent.intent_id)
        return outcome

    async def _attempt(self, intent: Intent, request: ThreadRequest, *, attempt: Attempt) -> Outcome:
        try:
            located = await self.locate.in_thread(
                request.workspace, request.thread, hint=request.monitor_id
            )
            if located is None:
                return await self._nothing_here(request)
            text = await self._doing(intent.kind)(request, located)
        except ParallelError as error:
            return await self._parallel_stopped(intent, request, error, attempt=attempt)
        except SlackPostError as error:
            return outcome_of(error)
        key = LedgerKey(located.monitor.monitor_id, f"intent:{intent.intent_id}", 0)
        part = Part(key, 1, self.renderer.note(text))
        return await self.posting.post(
            request.workspace, part, thread=request.thread, attempt=attempt
        )

    def _doing(self, kind: IntentKind) -> Callable[[ThreadRequest, Located], Awaitable[str]]:
        """What each kind does; it returns the sentence to say in the thread."""
        doings = {
            IntentKind.CANCEL: self._cancel,
            IntentKind.RUN_NOW: self._run_now,
            IntentKind.STATUS: self._status,
        }
        return doings[kind]

    async def _cancel(self, request: ThreadRequest, located: Located) -> str:
        user_id = request.reply_to.user_id
        monitor = located.monitor
        if monitor.status is MonitorStatus.CANCELLED:
            await self._redraw(request, located, Cancelled())
            return answers.ALREADY_CANCELLED
        await self.gateway.cancel(located.account, monitor.monitor_id)
        await self._redraw(request, located, Cancelled(by_user_id=user_id))
        return answers.CANCELLED

    async def _run_now(self, _request: ThreadRequest, located: Located) -> str:
        if located.monitor.status is MonitorStatus.CANCELLED:
            return answers.CANNOT_RUN_CANCELLED
        await self.gateway.trigger(located.account, located.monitor.monitor_id)
        return answers.RUN_QUEUED

    async def _status(self, request: ThreadRequest, located: Located) -> str:
        await self._redraw(request, located, None)
        return answers.status(located.monitor)

    async def _redraw(
        self, request: ThreadRequest, located: Located, state: Cancelled | None
    ) -> None:
        card = card_of(located.monitor, state or state_of(located.monitor))
        try:
            await self.poster.update(request.workspace, request.thread, self.renderer.card(card))
        except (SlackBusyError, SlackUnavailableError, PostUncertainError):
            raise
        except SlackPostError:
            # A card that was deleted or locked keeps nobody from ending the monitor.
            return

    async def _nothing_here(self, request: ThreadRequest) -> Outcome:
        if not request.is_reply:
            await self._whisper(request, answers.NO_MONITOR_HERE)
        return Delivered()

    async def _parallel_stopped(
        self, intent: Intent, request: ThreadRequest, error: ParallelError, *, attempt: Attempt
    ) -> Outcome:
        outcome = parallel_outcome(error)
        if not await self._is_ours(request):
            return outcome
        if not isinstance(outcome, RetryAfter) or self._expired(intent):
            await self._whisper(request, explanations.explain_parallel(error, prefix=self.prefix))
            return Delivered()
        if attempt.number == 1:
            await self._whisper(request, answers.parallel_waiting(error))
        return outcome

    async def _is_ours(self, request: ThreadRequest) -> bool:
        """Whether to speak at all: words typed in some other thread deserve silence."""
        if not request.is_reply:
            return True
        return await self.threads.monitor_in(request.workspace, request.thread) is not None

    async def _whisper(self, request: ThreadRequest, text: str) -> None:
        message = self.renderer.note(text)
        await self.whisperer.whisper(request.workspace, request.reply_to, message)

    def _expired(self, intent: Intent) -> bool:
        return self.clock.now() - intent.created_at > GIVE_UP_AFTER
