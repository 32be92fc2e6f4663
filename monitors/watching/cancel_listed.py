"""Cancelling a monitor from a list, which is then shown without it."""

from dataclasses import replace

from monitors.model.codec import encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import ListRequest
from monitors.model.view_requests import CancelListedRequest, HomeRequest
from monitors.texts import list_texts
from monitors.watching import listing, thread_commands
from monitors.watching.ask_show import ask_home
from monitors.watching.parts import Parts
from monitors.work.intents import request_of


async def gave_up(parts: Parts, intent: Intent) -> None:
    await thread_commands.gave_up(
        parts, _as_cancel(intent, request_of(intent, CancelListedRequest))
    )


async def run(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    request = request_of(intent, CancelListedRequest)
    # By this press if there is progress; else its thread needn't hear that it is over.
    if intent.progress == "{}" and await thread_commands.is_over(parts, request.cancel):
        await _show(parts, intent, request.then, list_texts.ALREADY_CANCELLED)
        return Done()
    outcome = await thread_commands.run(parts, _as_cancel(intent, request), attempt)
    if isinstance(outcome, Done):
        is_over = await thread_commands.is_over(parts, request.cancel)
        await _show(parts, intent, request.then, list_texts.CANCELLED if is_over else "")
    return outcome


async def _show(parts: Parts, intent: Intent, then: ListRequest | HomeRequest, said: str) -> None:
    if isinstance(then, ListRequest):
        await listing.show(parts, replace(then, said=said))
        return
    workspace, user_id, after = then.workspace, then.user_id, intent.intent_id
    await ask_home(parts.queue, workspace, user_id, after=after, look=then.look, said=said)


def _as_cancel(intent: Intent, request: CancelListedRequest) -> Intent:
    return replace(intent, kind=IntentKind.CANCEL, argument=encode(request.cancel))
