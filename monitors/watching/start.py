"""Creates a monitor in steps, so that after a crash it resumes from the last saved step.

Never two cards, never two monitors, never one without the other.
"""

from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from monitors.blocks.card import card_message
from monitors.delivery.address import Addressed
from monitors.delivery.creation import StartProgress, WaitsFor, card_of_start
from monitors.delivery.cursor import FROM_START
from monitors.delivery.refresh import state_of
from monitors.model import parallel_errors, slack_errors
from monitors.model.account import ParallelAccount
from monitors.model.card import Card, NotMade, SettingUp, card_of
from monitors.model.codec import decode
from monitors.model.delivery_policy import DeliveryPolicy, known_zone
from monitors.model.intent import Intent
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.policy import Policy
from monitors.model.requests import StartRequest
from monitors.model.workspace import ThreadRef
from monitors.texts import contact_texts, problem_texts
from monitors.watching import baseline, before_start, first_contact, tell
from monitors.watching.before_start import Starting
from monitors.watching.parts import Parts
from monitors.watching.tell import NotDoneError
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished


async def run(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    request = request_of(intent, StartRequest)
    if request.reply_to.replaces and attempt.number == 1:
        await parts.poster.dismiss(request.reply_to)
    progress = decode(StartProgress, intent.progress)
    try:
        await _steps(Starting(parts, intent, request, attempt, progress))
    except NotDoneError as not_done:
        await tell.give_back(parts, request, str(not_done))
    return Done()


async def gave_up(parts: Parts, intent: Intent) -> None:
    """After two days without success, say so on the card, or else in a message."""
    request = request_of(intent, StartRequest)
    progress = decode(StartProgress, intent.progress)
    if progress.card_ts is None:
        await tell.give_back(parts, request, problem_texts.GAVE_UP)
        return
    said = problem_texts.GAVE_UP_IN_DOUBT if progress.creating else problem_texts.GAVE_UP
    thread = ThreadRef(request.reply_to.channel, progress.card_ts)
    await _show(parts, request, thread, card_of_start(request, NotMade(said)))


async def _steps(now: Starting) -> None:
    parts, request, workspace = now.parts, now.request, now.request.workspace
    account = await parts.accounts.for_workspace(workspace)
    app_id = await parts.installations.app_id(workspace)
    if app_id is None:
        # Uninstalled in the meantime: no one can be told, and an operator has nothing to do.
        return
    if now.progress.waits_for is not None:
        await before_start.wait(now, now.progress.waits_for)
    if now.progress.card_ts is None:
        if account is None:
            await first_contact.not_connected(parts, request)
            return
        if not now.progress.posting:
            await before_start.check(now, account)
        await _post_card(now)
    thread = ThreadRef(request.reply_to.channel, now.progress.card_ts or "")
    if account is None:
        await _refuse(now, thread, contact_texts.not_connected(prefix=parts.prefix))
    home = MonitorHome(
        thread=thread,
        team_id=workspace.team_id,
        app_id=app_id,
        user_id=request.reply_to.user_id,
        policy=Policy(workspace.enterprise_id, delivery=await _delivery_of(now)),
    )
    monitor = await _create(now, account, home)
    row = Addressed(account, monitor, home, workspace).row
    # Its cursor is at the start: all of its findings are posted.
    await parts.monitors.put(replace(row, cursor=FROM_START))
    await now.save(replace(now.progress, creating=True, monitor_id=monitor.monitor_id))
    try:
        # It may have been cancelled while a crashed attempt waited to resume.
        await _show(parts, request, thread, card_of(monitor, state_of(monitor)))
        await first_contact.explain(parts, request)
    except (
        slack_errors.SlackRefusedError,
        slack_errors.BadMessageError,
        slack_errors.DeadInstallationError,
    ):
        # The card stands, or its first finding tells how it is: the monitor is made.
        return
    except slack_errors.DeadDestinationError as error:
        # The card was deleted or its channel closed: a monitor must not stay without a thread.
        await _undo(now, account, monitor, why=error)


async def _undo(
    now: Starting,
    account: ParallelAccount,
    monitor: Monitor,
    *,
    why: slack_errors.DeadDestinationError,
) -> NoReturn:
    try:
        await now.parts.gateway.cancel(account, monitor.monitor_id)
    except parallel_errors.ParallelError as error:
        raise Finished(RetryAfter(f"parallel: {error}", error.retry_after_seconds)) from error
    reason = await tell.explain(now.parts, why, now.request)
    if why.code in slack_errors.CARD_GONE:
        reason = problem_texts.THREAD_GONE
    elif isinstance(why, slack_errors.NotInChannelError):
        reason = problem_texts.CHANNEL_LOST
    raise NotDoneError(reason)


async def _post_card(now: Starting) -> None:
    parts, request, was_posting, ts = now.parts, now.request, now.progress.posting, None
    place = request.workspace, request.reply_to.channel
    key = f"card/{now.intent.intent_id}"
    # Whatever stops this attempt, whether the card was posted stays in doubt.
    try:
        if was_posting:
            since = now.intent.created_at
            ts = await parts.poster.find(*place, message_key=key, since=since)
        if ts is None:
            await _take_place(now)
            await now.save(replace(now.progress, posting=True))
            message = card_message(card_of_start(request, SettingUp()))
            ts = await parts.poster.post(*place, message, message_key=key)
    except slack_errors.PostUncertainError:
        raise
    except slack_errors.NotNowError:
        if not was_posting:
            # Nothing was posted, so the next attempt needn't look for it.
            await now.save(replace(now.progress, posting=False))
        raise
    except slack_errors.DeadInstallationError as error:
        # The token no longer works, but the response URL needs none: the person can be told.
        await tell.give_back(parts, request, await tell.explain(parts, error, request))
        raise
    except slack_errors.NotInChannelError as error:
        reason = await tell.explain(parts, error, request)
        if request.reply_to.is_direct:
            raise NotDoneError(reason) from error
        await now.save(replace(now.progress, posting=False, waits_for=WaitsFor.INVITATION))
        await tell.asker(parts, request, reason)
        await before_start.wait(now, WaitsFor.INVITATION)
    except slack_errors.SlackPostError as error:
        raise NotDoneError(await tell.explain(parts, error, request)) from error
    await now.save(replace(now.progress, card_ts=ts))


async def _take_place(now: Starting) -> None:
    """Join a public channel: only members receive its thread replies.

    It's only an attempt: the post itself shows whether the bot is allowed.
    """
    place = now.request.workspace, now.request.reply_to.channel
    with suppress(*slack_errors.REFUSALS):
        await now.parts.poster.join(*place)
    wait = await now.parts.limits.wait_seconds(*place)
    if wait > 0:
        raise Finished(RetryAfter("posts to Slack take turns", wait))


async def _create(now: Starting, account: ParallelAccount, home: MonitorHome) -> Monitor:
    parts, request, monitor = now.parts, now.request, None
    may_exist = bool(now.progress.creating or now.progress.monitor_id)
    try:
        await baseline.take(now, account, home)
        if may_exist:
            monitor = await parts.gateway.find_by_thread(account, home)
            if monitor is not None and monitor.status is MonitorStatus.ACTIVE:
                # The create may have ended before it was signed for its id.
                await parts.gateway.update(account, monitor, home)
            may_exist = False
        if monitor is None:
            wait = await parts.limits.create_wait_seconds(account.endpoint_id, request.workspace)
            if wait > 0:
                raise Finished(RetryAfter("Parallel takes 300 creates a minute", wait))
            await now.save(replace(now.progress, creating=True))
            spec = replace(request.spec, baseline=now.progress.baseline)
            monitor = await parts.gateway.create(account, spec, home=home)
    except NotDoneError as not_done:
        await _refuse(now, home.thread, str(not_done))
    except parallel_errors.TryLaterError as error:
        # Unless it was called off in the meantime.
        await now.save(now.progress)
        await tell.on_card(parts, request, home.thread, problem_texts.parallel_waiting(error))
        raise
    except parallel_errors.ParallelError as error:
        reason = problem_texts.explain_parallel(error, prefix=parts.prefix, is_query=not may_exist)
        if may_exist:
            # Who is told that nothing was made would pay for it unawares.
            await tell.on_card(parts, request, home.thread, reason)
            raise Finished(RetryAfter(f"parallel: {error}")) from error
        await _refuse(now, home.thread, reason)
    await now.save(replace(now.progress, monitor_id=monitor.monitor_id))
    return monitor


async def _show(parts: Parts, request: StartRequest, thread: ThreadRef, card: Card) -> None:
    await parts.poster.update(request.workspace, thread, card_message(card))


async def _refuse(now: Starting, thread: ThreadRef, reason: str) -> NoReturn:
    """No monitor is created: say why on the card, or else only to the person."""
    parts, request = now.parts, now.request
    card = card_message(card_of_start(request, NotMade(reason)))
    if not await tell.redraw(parts, request.workspace, thread, card):
        await tell.asker(parts, request, reason)
    raise Finished(Done())


async def _delivery_of(now: Starting) -> DeliveryPolicy:
    """What was chosen for a new monitor, in its owner's time zone. Raises SlackPostError."""
    delivery, reply_to = now.request.spec.delivery, now.request.reply_to
    if delivery.may_hold:
        with suppress(*slack_errors.REFUSALS):
            person = await now.parts.people.person(now.request.workspace, reply_to.user_id)
            return replace(delivery, zone=known_zone(person.zone))
    return delivery
