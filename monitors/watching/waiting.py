"""Starts that wait for a person: for an answer, an invitation, or an admin's approval."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from monitors.delivery.creation import OpenStart, WaitsFor, open_starts
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import AdminAnswer, ReplyTo, StartRequest
from monitors.model.workspace import Workspace
from monitors.texts import rule_texts
from monitors.watching import ask_admins, permissions, tell
from monitors.watching.parts import Parts
from monitors.work.intents import request_of

# As long as Slack's own response URL works; an admin has longer.
WAIT: Final = timedelta(minutes=30)
WAIT_FOR_APPROVAL: Final = timedelta(days=1)


async def answered(parts: Parts, workspace: Workspace, intent_id: str, reply_to: ReplyTo) -> bool:
    """False if the question is over, or was another person's. Raises StoreDownError."""
    for start in await _that_wait(parts, workspace, WaitsFor.ANSWER):
        request = start.request
        if start.intent.intent_id == intent_id and request.reply_to.user_id == reply_to.user_id:
            reply_to = replace(reply_to, is_group_dm=request.reply_to.is_group_dm)
            again = replace(request, reply_to=reply_to, is_confirmed=True)
            await _go_on(parts, start.intent, again)
            return True
    return False


async def invited(parts: Parts, workspace: Workspace, channel: str) -> None:
    """The app may post in the channel now. Raises StoreDownError."""
    for start in await _that_wait(parts, workspace, WaitsFor.INVITATION):
        if start.request.reply_to.channel == channel:
            await _go_on(parts, start.intent, replace(start.request, is_confirmed=True))


async def decide(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    """A start would exceed a budget: the first of the admins who were asked decides.

    Their answer's intent is named after the question, which makes it the only one. Slack said at
    the button that an admin pressed it. Done last, the start goes on.
    """
    request = request_of(intent, AdminAnswer)
    workspace, asked = request.workspace, request.asked
    waiting = await _that_wait(parts, workspace, WaitsFor.APPROVAL)
    start = next((each for each in waiting if each.intent.intent_id == asked), None)
    if start is None:
        if await parts.intents.get(asked) is not None:
            return RetryAfter("other admins are still being asked", 0.5)
        if attempt.number == 1:
            await ask_admins.answered(parts, workspace, asked, rule_texts.APPROVAL_OVER)
            await tell.asker(parts, request, rule_texts.APPROVAL_OVER)
        return Done()
    wanted = start.request
    query = wanted.spec.query
    name = await permissions.name_of(parts, workspace, request.reply_to.user_id)
    is_approved = intent.kind is IntentKind.APPROVE
    said = rule_texts.approved if is_approved else rule_texts.declined
    await ask_admins.answered(parts, workspace, asked, said(query, by=name))
    await tell.asker(parts, request, said(query))
    if is_approved:
        await _go_on(parts, start.intent, replace(wanted, is_approved=True))
    else:
        await tell.asker(parts, wanted, rule_texts.declined_by(name, query))
        await parts.intents.finish(asked)
    return Done()


async def _that_wait(parts: Parts, workspace: Workspace, what: WaitsFor) -> list[OpenStart]:
    opened = await open_starts(parts.intents, workspace)
    return [each for each in opened if each.progress.waits_for is what]


async def _go_on(parts: Parts, intent: Intent, request: StartRequest) -> None:
    """As a request of its own: the one that waits ends."""
    await parts.submit_intent(IntentKind.START, request, intent_id=f"{intent.intent_id}:again")
    await parts.intents.finish(intent.intent_id)
