"""Cancelling a monitor from a list, which is then shown without it."""

from dataclasses import dataclass, replace

from monitors.model.codec import encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import ListRequest
from monitors.model.view_requests import CancelListedRequest, HomeRequest
from monitors.ports import JobQueue
from monitors.texts import list_texts
from monitors.watching.listing import ListMonitors
from monitors.watching.thread_commands import AnswerThread
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class CancelListed:
    """The same as the card's button, but for what the person sees of it."""

    answer: AnswerThread
    lists: ListMonitors
    queue: JobQueue

    async def gave_up(self, intent: Intent) -> None:
        await self.answer.gave_up(_as_cancel(intent, request_of(intent, CancelListedRequest)))

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, CancelListedRequest)
        # By this press if there is progress; else its thread needn't hear that it is over.
        if intent.progress == "{}" and await self.answer.is_over(request.cancel):
            await self._show(intent, request.then, list_texts.ALREADY_CANCELLED)
            return Done()
        outcome = await self.answer.run(_as_cancel(intent, request), attempt)
        if isinstance(outcome, Done):
            is_over = await self.answer.is_over(request.cancel)
            await self._show(intent, request.then, list_texts.CANCELLED if is_over else "")
        return outcome

    async def _show(self, intent: Intent, then: ListRequest | HomeRequest, said: str) -> None:
        if isinstance(then, ListRequest):
            await self.lists.show(replace(then, said=said))
            return
        key = f"home:{then.workspace.team_id}:{then.user_id}:{intent.intent_id}"
        await self.queue.enqueue("show", encode(replace(then, said=said)), key=key)


def _as_cancel(intent: Intent, request: CancelListedRequest) -> Intent:
    return replace(intent, kind=IntentKind.CANCEL, argument=encode(request.cancel))
