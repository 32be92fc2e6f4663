"""A monitor's thread goes on elsewhere: a new first message, and the monitor's metadata names it.

Every step can be taken twice: the new card and the sentence under it are posted once by the
ledger, under the old thread's name, and Parallel is told last.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.blocks.card import card_message
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.creation import Finished
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.delivery.refresh import card_now
from monitors.delivery.suspend import SuspendMonitors
from monitors.model.card import Cancelled, card_of
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import MonitorStatus
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, RefusedError, UnknownMonitorError
from monitors.model.requests import MoveRequest
from monitors.model.slack_errors import (
    CARD_GONE,
    REFUSALS,
    DeadDestinationError,
    NotInChannelError,
    SlackPostError,
)
from monitors.model.workspace import ThreadRef
from monitors.ports import AccountStore, MonitorGateway, ThreadPoster
from monitors.texts import problem_texts, thread_texts
from monitors.watching.permissions import Permissions
from monitors.watching.tell import NotDoneError, Tell
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

NEW_CARD: Final = "card:"


def new_card(left: ThreadRef) -> str:
    """The ledger's name of the card that takes the place of a thread's."""
    return f"{NEW_CARD}{left.ts}"


@dataclass(frozen=True, slots=True)
class MoveThread:
    """The steps of a move."""

    gateway: MonitorGateway
    poster: ThreadPoster
    posting: PostOnce
    monitors: Monitors
    suspend_monitors: SuspendMonitors

    async def to_channel(
        self, addressed: Addressed, channel: str, *, said: str, attempt: Attempt
    ) -> Outcome:
        """A card in the channel, `said` under it, then the monitor's metadata.

        Raises ParallelError, DeadDestinationError, DeadInstallationError.
        """
        workspace, monitor = addressed.workspace, addressed.monitor
        # The old thread is the key: moving it twice, or by two people, makes one card.
        old = addressed.home.thread
        card = card_message(await card_now(self.posting.ledger, workspace, monitor))
        with suppress(*REFUSALS):
            await self.poster.join(workspace, channel)
        begun = await self.posting.begin(
            workspace,
            Post.notice(monitor.monitor_id, new_card(old), card),
            channel=channel,
            attempt=attempt,
        )
        if not isinstance(begun, ThreadRef):
            return begun
        note = note_message(said)
        try:
            noted = await self.posting.post(
                workspace,
                Post.notice(monitor.monitor_id, f"moved:{old.ts}", note),
                thread=begun,
                attempt=attempt,
            )
        except DeadDestinationError as error:
            # Deleted already: the next finding meets that as with any card.
            if error.code not in CARD_GONE:
                raise
        else:
            if isinstance(noted, RetryAfter):
                return noted
        await self.rename(addressed, begun)
        return Done()

    async def rename(self, addressed: Addressed, thread: ThreadRef) -> None:
        """Say at Parallel where the thread is, remember it, and go on delivering there."""
        workspace, monitor = addressed.workspace, addressed.monitor
        home = replace(addressed.home, thread=thread)
        try:
            await self.gateway.update(addressed.account, monitor, home)
        except (RefusedError, UnknownMonitorError):
            # Cancelled meanwhile: the new card must not promise anything.
            card = card_of(monitor, Cancelled())
            with suppress(SlackPostError):
                await self.poster.update(workspace, thread, card_message(card))
            raise
        await self.monitors.put(replace(addressed.row, thread=thread, is_signed=True))
        await self.suspend_monitors.deliver_again(addressed)


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """The thread that is left, kept before anything is done."""

    left: ThreadRef | None = None


@dataclass(frozen=True, slots=True)
class MoveMonitor:
    """The owner chose another channel."""

    accounts: AccountStore
    addresses: AddressMonitor
    intents: SqlIntents
    moving: MoveThread
    tell: Tell
    prefix: str
    permissions: Permissions

    async def gave_up(self, intent: Intent) -> None:
        await self.tell(request_of(intent, MoveRequest), thread_texts.NOT_MOVED)

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, MoveRequest)
        try:
            said = await self._move(intent, request, attempt)
        except Finished as finished:
            return finished.outcome
        except NotDoneError as not_done:
            said = str(not_done)
        except (ParallelError, SlackPostError) as error:
            outcome = outcome_of(error)
            if isinstance(outcome, RetryAfter):
                return outcome
            said = await self._why_not(request, error)
        await self.tell(request, said)
        return Done()

    async def _why_not(self, request: MoveRequest, error: ParallelError | SlackPostError) -> str:
        if isinstance(error, ParallelError):
            return problem_texts.explain_parallel(error, prefix=self.prefix)
        if isinstance(error, NotInChannelError):
            bot_name = await self.tell.people.bot_name(request.workspace)
            return problem_texts.invite_first(bot_name=bot_name)
        return problem_texts.explain_slack(error)

    async def _move(self, intent: Intent, request: MoveRequest, attempt: Attempt) -> str:
        """What to tell the person."""
        account = await self.accounts.for_workspace(request.workspace)
        addressed = None
        if account is not None:
            addressed = await self.addresses.address(account.endpoint_id, request.monitor_id)
        if addressed is None or addressed.workspace.team_id != request.workspace.team_id:
            return thread_texts.NOT_KNOWN
        await self.permissions.check(request, attempt, owners=addressed.home.owners)
        if addressed.monitor.status is MonitorStatus.CANCELLED:
            return thread_texts.ALREADY_CANCELLED
        left = decode(MoveProgress, intent.progress).left
        if left is None:
            left = addressed.home.thread
            await self.intents.save_progress(intent.intent_id, encode(MoveProgress(left)))
        is_moved = addressed.home.thread != left
        if is_moved or left.channel == request.channel:
            # An earlier attempt came as far as Parallel; or it lives there: it is tried again now.
            await self.moving.suspend_monitors.deliver_again(addressed)
            return thread_texts.MOVED if is_moved else thread_texts.SAME_CHANNEL
        outcome = await self.moving.to_channel(
            addressed, request.channel, said=thread_texts.GOES_ON_HERE, attempt=attempt
        )
        if isinstance(outcome, RetryAfter):
            raise Finished(outcome)
        return thread_texts.MOVED
