"""Before a card is posted: is it allowed, is there room, is it meant, is it watched here?"""

from typing import NoReturn

from monitors.blocks.decisions import approval_message, question_message
from monitors.delivery.creation import StartProgress, WaitsFor, open_starts
from monitors.model.account import ParallelAccount
from monitors.model.command import plain_words
from monitors.model.message import Message
from monitors.model.monitor import Monitor
from monitors.model.outcome import Done, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import REFUSALS, DeadInstallationError
from monitors.texts import problem_texts, rule_texts, start_texts
from monitors.watching import ask_admins, locate, permissions, quota, tell
from monitors.watching.budget import OverBudgetError
from monitors.watching.intent_attempt import IntentAttempt
from monitors.watching.tell import NotDoneError
from monitors.watching.waiting import WAIT, WAIT_FOR_APPROVAL
from monitors.work.outcomes import Finished

Starting = IntentAttempt[StartRequest, StartProgress]


async def check(now: Starting, account: ParallelAccount) -> None:
    """Raises NotDoneError if it isn't, and Finished while someone is asked."""
    parts, request = now.parts, now.request
    try:
        refusal = await quota.refusal(parts, now.intent, request, account)
    except OverBudgetError as over:
        await _ask_approval(now, str(over))
    except DeadInstallationError as error:
        await tell.give_back(parts, request, await tell.explain(parts, error, request))
        raise
    except REFUSALS as error:
        refusal = problem_texts.not_looked_up(error)
    if refusal is not None:
        raise NotDoneError(refusal)
    question = await _question(now, account)
    if question is not None:
        await now.save(StartProgress(waits_for=WaitsFor.ANSWER))
        await parts.poster.post_ephemeral(request.workspace, request.reply_to, question)
        await wait(now, WaitsFor.ANSWER)


async def wait(now: Starting, what: WaitsFor) -> NoReturn:
    """Until someone has acted (monitors.watching.waiting), or it is too late."""
    parts, request, intent = now.parts, now.request, now.intent
    is_approval = what is WaitsFor.APPROVAL
    over_at = intent.created_at + (WAIT_FOR_APPROVAL if is_approval else WAIT)
    left = (over_at - parts.clock.now()).total_seconds()
    if left > 0:
        who = "an admin" if is_approval else "the person"
        raise Finished(RetryAfter(f"waits for {who}", left))
    if is_approval:
        over = rule_texts.APPROVAL_OVER
        await ask_admins.answered(parts, intent.workspace, intent.intent_id, over)
        await tell.asker(parts, request, rule_texts.not_answered(request.spec.query))
    raise Finished(Done())


async def _ask_approval(now: Starting, reason: str) -> NoReturn:
    """An admin who wants it is asked where they stand, anyone else's admins directly."""
    said = await _asked(now, reason)
    await now.save(StartProgress(waits_for=WaitsFor.APPROVAL))
    if said:
        await tell.asker(now.parts, now.request, said)
    await wait(now, WaitsFor.APPROVAL)


async def _asked(now: Starting, reason: str) -> str:
    """What to tell the person; empty if it is they who are asked. Raises SlackPostError."""
    parts, request, intent_id = now.parts, now.request, now.intent.intent_id
    workspace, reply_to = request.workspace, request.reply_to
    is_own = await permissions.is_admin(parts, workspace, reply_to.user_id)
    message = approval_message(request, reason, intent_id=intent_id, is_own=is_own)
    if is_own:
        await parts.poster.post_ephemeral(workspace, reply_to, message)
        return ""
    asked = await ask_admins.ask(parts, workspace, intent_id, message)
    names = [await permissions.name_of(parts, workspace, each) for each in asked]
    return (
        rule_texts.waits_for_approval(reason, names)
        if names
        else rule_texts.nobody_to_approve(reason)
    )


async def _question(now: Starting, account: ParallelAccount) -> Message | None:
    """What a person is asked before a start; None where there is nothing to ask."""
    request, intent_id = now.request, now.intent.intent_id
    query = request.spec.query
    if request.is_confirmed:
        return None
    if request.is_control_word:
        return question_message(
            start_texts.a_command_perhaps(query),
            intent_id=intent_id,
            yes=start_texts.watch_the_word(query),
        )
    frequency, home = await _being_set_up(now), None
    if frequency is None:
        known = await _watched_here(now, account)
        if known is None:
            return None
        frequency, home = known.frequency_when_on, known.home
    return question_message(
        start_texts.watched_already(frequency),
        intent_id=intent_id,
        yes=start_texts.START_ANOTHER,
        thread=home,
    )


async def _being_set_up(now: Starting) -> str | None:
    """How often an earlier start of the same words here, still under way, is to check."""
    request = now.request
    for other in await open_starts(now.parts.intents, request.workspace, before=now.intent):
        earlier = other.request
        is_here = earlier.reply_to.channel == request.reply_to.channel
        if is_here and plain_words(earlier.spec.query) == plain_words(request.spec.query):
            return str(earlier.spec.frequency)
    return None


async def _watched_here(now: Starting, account: ParallelAccount) -> Monitor | None:
    """The monitor with the same words, whatever their case and the other settings.

    Parallel knows the queries; it is asked only for channels that have monitors. None also if it
    doesn't say.
    """
    parts, workspace, channel = now.parts, now.request.workspace, now.request.reply_to.channel
    if not await parts.monitors.is_any_in(workspace, channel):
        return None
    try:
        listed = await locate.monitors_on(parts, account, workspace)
    except ParallelError:
        return None
    wanted = plain_words(now.request.spec.query)
    here = (each for each in listed if each.home and each.home.thread.channel == channel)
    return next((each for each in here if plain_words(each.query) == wanted), None)
