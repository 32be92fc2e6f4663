"""Creates a monitor in steps, so that after a crash it resumes from the last saved step.

Never two cards, never two monitors, never one without the other.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from monitors.blocks.card import card_message
from monitors.delivery.address import Addressed
from monitors.delivery.creation import Finished, StartProgress, WaitsFor, card_of_start, save_step
from monitors.delivery.cursor import FROM_START
from monitors.delivery.monitors import Monitors
from monitors.delivery.refresh import state_of
from monitors.model.account import ParallelAccount
from monitors.model.card import Card, NotMade, SettingUp, card_of
from monitors.model.codec import decode
from monitors.model.delivery_policy import DeliveryPolicy, known_zone
from monitors.model.intent import Intent
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import (
    AnswerLostError,
    ParallelError,
    RateLimitedError,
    UnavailableError,
)
from monitors.model.policy import Policy
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import (
    CARD_GONE,
    REFUSALS,
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    NotInChannelError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackRefusedError,
    SlackUnavailableError,
)
from monitors.model.workspace import ThreadRef
from monitors.ports import (
    AccountStore,
    InstallationStore,
    Limits,
    MonitorGateway,
    People,
)
from monitors.texts import contact_texts, problem_texts
from monitors.watching.baseline import TakeBaseline
from monitors.watching.before_start import BeforeStart
from monitors.watching.first_contact import FirstContact
from monitors.watching.tell import NotDoneError, Tell
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class StartMonitor:
    """`/monitor` and `/hourly`: a card, then a monitor whose metadata names the card's thread."""

    accounts: AccountStore
    installations: InstallationStore
    intents: SqlIntents
    gateway: MonitorGateway
    monitors: Monitors
    limits: Limits
    before: BeforeStart
    tell: Tell
    first_contact: FirstContact
    baseline: TakeBaseline
    prefix: str

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, StartRequest)
        progress = decode(StartProgress, intent.progress)
        if request.reply_to.replaces and attempt.number == 1:
            await self.tell.poster.dismiss(request.reply_to)
        try:
            await self._steps(intent, request, progress, attempt)
        except Finished as finished:
            return finished.outcome
        except NotDoneError as not_done:
            await self.tell.give_back(request, str(not_done))
        return Done()

    async def gave_up(self, intent: Intent) -> None:
        """After two days without success, say so on the card, or else in a message."""
        request = request_of(intent, StartRequest)
        card_ts = decode(StartProgress, intent.progress).card_ts
        if card_ts is None:
            await self.tell.give_back(request, problem_texts.GAVE_UP)
            return
        card = card_of_start(request, NotMade(problem_texts.GAVE_UP))
        await self._show(request, ThreadRef(request.reply_to.channel, card_ts), card)

    async def _steps(
        self, intent: Intent, request: StartRequest, progress: StartProgress, attempt: Attempt
    ) -> None:
        account = await self.accounts.for_workspace(request.workspace)
        app_id = await self.installations.app_id(request.workspace)
        if app_id is None:
            # Uninstalled in the meantime: no one can be told, and an operator has nothing to do.
            raise Finished(Done())
        if progress.waits_for is not None:
            await self.before.wait(intent, request, progress.waits_for)
        if account is None and progress.card_ts is None:
            await self.first_contact.not_connected(request)
            raise Finished(Done())
        if account is not None and not progress.posting and progress.card_ts is None:
            await self.before.check(intent, request, attempt, account=account, app_id=app_id)
        if progress.card_ts is None:
            progress = await self._post_card(intent, request, progress)
        thread = ThreadRef(request.reply_to.channel, progress.card_ts or "")
        delivery = await _delivery_of(request, self.tell.people)
        home = MonitorHome(
            thread=thread,
            team_id=request.workspace.team_id,
            app_id=app_id or "",
            user_id=request.reply_to.user_id,
            policy=Policy(request.workspace.enterprise_id, delivery=delivery),
        )
        if account is None:
            await self._refuse(request, thread, contact_texts.not_connected(prefix=self.prefix))
        monitor = await self._create(intent, request, progress, account=account, home=home)
        row = Addressed(account, monitor, home, request.workspace).row
        # Its cursor is at the start: all of its findings are posted.
        await self.monitors.put(replace(row, cursor=FROM_START))
        await save_step(
            self.intents, intent, replace(progress, creating=True, monitor_id=monitor.monitor_id)
        )
        try:
            # It may have been cancelled while a crashed attempt waited to resume.
            await self._show(request, thread, card_of(monitor, state_of(monitor)))
            await self.first_contact.explain(request)
        except (SlackRefusedError, BadMessageError, DeadInstallationError):
            # The card stands, or its first finding tells how it is: the monitor is made.
            return
        except DeadDestinationError as error:
            # The card was deleted or its channel closed: a monitor must not stay without a thread.
            await self._undo(request, account, monitor, why=error)

    async def _undo(
        self,
        request: StartRequest,
        account: ParallelAccount,
        monitor: Monitor,
        *,
        why: DeadDestinationError,
    ) -> None:
        try:
            await self.gateway.cancel(account, monitor.monitor_id)
        except ParallelError as error:
            raise Finished(RetryAfter(f"parallel: {error}", error.retry_after_seconds)) from error
        reason = await self.tell.explain(why, request)
        if why.code in CARD_GONE:
            reason = problem_texts.THREAD_GONE
        elif isinstance(why, NotInChannelError):
            reason = problem_texts.CHANNEL_LOST
        raise NotDoneError(reason)

    async def _post_card(
        self, intent: Intent, request: StartRequest, progress: StartProgress
    ) -> StartProgress:
        workspace, channel = request.workspace, request.reply_to.channel
        message_key, poster, ts = f"card/{intent.intent_id}", self.tell.poster, None
        # Whatever stops this attempt, whether the card was posted stays in doubt.
        was_posting = progress.posting
        try:
            if was_posting:
                ts = await poster.find(
                    workspace, channel, message_key=message_key, since=intent.created_at
                )
            if ts is None:
                await self._join_if_public(request)
                await self._wait_for_a_place(request)
                progress = replace(progress, posting=True)
                await save_step(self.intents, intent, progress)
                message = card_message(card_of_start(request, SettingUp()))
                ts = await self.tell.poster.post(
                    workspace, channel, message, message_key=message_key
                )
        except PostUncertainError:
            raise
        except (SlackBusyError, SlackUnavailableError):
            if not was_posting:
                # Nothing was posted, so the next attempt needn't look for it.
                await save_step(self.intents, intent, replace(progress, posting=False))
            raise
        except DeadInstallationError as error:
            # The token no longer works, but the response URL needs none: the person can be told.
            await self.tell.give_back(request, await self.tell.explain(error, request))
            raise
        except NotInChannelError as error:
            reason = await self.tell.explain(error, request)
            if request.reply_to.is_direct:
                raise NotDoneError(reason) from error
            progress = replace(progress, posting=False, waits_for=WaitsFor.INVITATION)
            await save_step(self.intents, intent, progress)
            await self.tell(request, reason)
            await self.before.wait(intent, request, WaitsFor.INVITATION)
        except SlackPostError as error:
            raise NotDoneError(await self.tell.explain(error, request)) from error
        progress = replace(progress, card_ts=ts)
        await save_step(self.intents, intent, progress)
        return progress

    async def _wait_for_a_place(self, request: StartRequest) -> None:
        wait = await self.limits.wait_seconds(request.workspace, request.reply_to.channel)
        if wait > 0:
            raise Finished(RetryAfter("one message a second per channel", wait))

    async def _join_if_public(self, request: StartRequest) -> None:
        """Join a public channel: only members receive its thread replies.

        It's only an attempt: the post itself shows whether the bot is allowed.
        """
        with suppress(*REFUSALS):
            await self.tell.poster.join(request.workspace, request.reply_to.channel)

    async def _create(
        self,
        intent: Intent,
        request: StartRequest,
        progress: StartProgress,
        *,
        account: ParallelAccount,
        home: MonitorHome,
    ) -> Monitor:
        monitor = None
        try:
            progress = await self.baseline.take(
                intent, request, progress, account=account, home=home
            )
            if progress.creating or progress.monitor_id:
                monitor = await self.gateway.find_by_thread(account, home)
                if monitor is not None and monitor.status is MonitorStatus.ACTIVE:
                    # The create may have ended before it was signed for its id.
                    await self.gateway.update(account, monitor, home)
            if monitor is None:
                await self._wait_for_a_create(request, account)
                progress = replace(progress, creating=True)
                await save_step(self.intents, intent, progress)
                spec = replace(request.spec, baseline=progress.baseline)
                monitor = await self.gateway.create(account, spec, home=home)
        except NotDoneError as not_done:
            await self._refuse(request, home.thread, str(not_done))
        except (RateLimitedError, UnavailableError, AnswerLostError) as error:
            await save_step(self.intents, intent, progress)
            await self.tell.on_card(request, home.thread, problem_texts.parallel_waiting(error))
            raise
        except ParallelError as error:
            reason = problem_texts.explain_parallel(error, prefix=self.prefix, is_query=True)
            await self._refuse(request, home.thread, reason)
        await save_step(self.intents, intent, replace(progress, monitor_id=monitor.monitor_id))
        return monitor

    async def _wait_for_a_create(self, request: StartRequest, account: ParallelAccount) -> None:
        wait = await self.limits.create_wait_seconds(account.endpoint_id, request.workspace)
        if wait > 0:
            raise Finished(RetryAfter("Parallel takes 300 creates a minute", wait))

    async def _show(self, request: StartRequest, thread: ThreadRef, card: Card) -> None:
        await self.tell.poster.update(request.workspace, thread, card_message(card))

    async def _refuse(self, request: StartRequest, thread: ThreadRef, reason: str) -> NoReturn:
        """No monitor is created: say why on the card, or else only to the person."""
        card = card_message(card_of_start(request, NotMade(reason)))
        if not await self.tell.redraw(request.workspace, thread, card):
            await self.tell(request, reason)
        raise Finished(Done())


async def _delivery_of(request: StartRequest, people: People) -> DeliveryPolicy:
    """What was chosen for a new monitor, in its owner's time zone. Raises SlackPostError."""
    delivery = request.spec.delivery
    if not delivery.may_hold:
        return delivery
    with suppress(*REFUSALS):
        person = await people.person(request.workspace, request.reply_to.user_id)
        return replace(delivery, zone=known_zone(person.zone))
    return delivery
