"""A monitor's thread goes on elsewhere: a new first message, and the monitor's metadata names it.

Every step can be taken twice: the new card and the sentence under it are posted once by the
ledger, under the old thread's name, and Parallel is told last.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.blocks.card import card_message
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed, address
from monitors.delivery.refresh import card_now
from monitors.delivery.suspend import deliver_again
from monitors.model import slack_errors
from monitors.model.card import Cancelled, card_of
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, RefusedError, UnknownMonitorError
from monitors.model.requests import MoveRequest
from monitors.model.workspace import ThreadRef
from monitors.texts import problem_texts, rule_texts, thread_texts
from monitors.watching import budget, permissions, tell
from monitors.watching.parts import Parts
from monitors.watching.tell import NotDoneError
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

NEW_CARD: Final = "card:"


def new_card(left: ThreadRef) -> str:
    """The ledger's name of the card that takes the place of a thread's."""
    return f"{NEW_CARD}{left.ts}"


async def to_channel(
    parts: Parts, addressed: Addressed, channel: str, *, said: str
) -> Done | Failed:
    """A card in the channel, `said` under it, then the monitor's metadata.

    Raises ParallelError, ClosedError, and Finished to try again.
    """
    workspace, monitor = addressed.workspace, addressed.monitor
    # The old thread is the key: moving it twice, or by two people, makes one card.
    old = addressed.home.thread
    card = card_message(await card_now(parts.ledger, workspace, monitor))
    with suppress(*slack_errors.REFUSALS):
        await parts.poster.join(workspace, channel)
    first = Post.notice(monitor.monitor_id, new_card(old), card)
    begun = await parts.posting.begin(workspace, first, channel=channel)
    if not isinstance(begun, ThreadRef):
        return begun
    note = Post.notice(monitor.monitor_id, f"moved:{old.ts}", note_message(said))
    try:
        await parts.posting.post(workspace, note, thread=begun)
    except slack_errors.DeadDestinationError as error:
        # Deleted already: the next finding meets that as with any card.
        if error.code not in slack_errors.CARD_GONE:
            raise
    await rename(parts, addressed, begun)
    return Done()


async def rename(parts: Parts, addressed: Addressed, thread: ThreadRef) -> None:
    """Say at Parallel where the thread is, remember it, and go on delivering there."""
    workspace, monitor = addressed.workspace, addressed.monitor
    home = replace(addressed.home, thread=thread)
    try:
        await parts.gateway.update(addressed.account, monitor, home)
    except (RefusedError, UnknownMonitorError):
        # Cancelled meanwhile: the new card must not promise anything.
        card = card_of(monitor, Cancelled())
        with suppress(slack_errors.SlackPostError):
            await parts.poster.update(workspace, thread, card_message(card))
        raise
    await parts.monitors.put(replace(addressed.row, thread=thread, is_signed=True))
    await deliver_again(parts, addressed)


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """The thread that is left, kept before anything is done."""

    left: ThreadRef | None = None


async def gave_up(parts: Parts, intent: Intent) -> None:
    await tell.asker(parts, request_of(intent, MoveRequest), thread_texts.NOT_MOVED)


async def run(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    request = request_of(intent, MoveRequest)
    try:
        said = await _move(parts, intent, request, attempt)
    except NotDoneError as not_done:
        said = str(not_done)
    except (ParallelError, slack_errors.SlackPostError) as error:
        outcome = outcome_of(error)
        if isinstance(outcome, RetryAfter):
            return outcome
        if isinstance(error, ParallelError):
            said = problem_texts.explain_parallel(error, prefix=parts.prefix)
        elif isinstance(error, slack_errors.NotInChannelError):
            bot_name = await parts.people.bot_name(request.workspace)
            said = problem_texts.invite_first(bot_name=bot_name)
        else:
            said = problem_texts.explain_slack(error)
    await tell.asker(parts, request, said)
    return Done()


async def _move(parts: Parts, intent: Intent, request: MoveRequest, attempt: Attempt) -> str:
    """What to tell the person."""
    account = await parts.accounts.for_workspace(request.workspace)
    addressed = None
    if account is not None:
        addressed = await address(parts, account.endpoint_id, request.monitor_id)
    if addressed is None or addressed.workspace.team_id != request.workspace.team_id:
        return thread_texts.NOT_KNOWN
    await permissions.check(parts, request, attempt, owners=addressed.home.owners)
    if addressed.monitor.status is MonitorStatus.CANCELLED:
        return thread_texts.ALREADY_CANCELLED
    left = decode(MoveProgress, intent.progress).left
    if left is None:
        left = addressed.home.thread
        await parts.intents.save_progress(intent.intent_id, encode(MoveProgress(left)))
    is_moved = addressed.home.thread != left
    if is_moved or left.channel == request.channel:
        # An earlier attempt came as far as Parallel; or it lives there: it is tried again now.
        await deliver_again(parts, addressed)
        return thread_texts.MOVED if is_moved else thread_texts.SAME_CHANNEL
    refusal = await _why_not_there(parts, addressed, request.channel)
    if refusal is not None:
        raise NotDoneError(rule_texts.not_moved(refusal))
    outcome = await to_channel(parts, addressed, request.channel, said=thread_texts.GOES_ON_HERE)
    return thread_texts.MOVED if isinstance(outcome, Done) else thread_texts.CARD_REFUSED


async def _why_not_there(parts: Parts, addressed: Addressed, channel: str) -> str | None:
    """By the rules that a start in that channel is held to. Raises ParallelError."""
    rules = (await parts.rules.of(addressed.workspace)).rules
    if not rules.allow(channel):
        return rule_texts.NOT_IN_THAT_CHANNEL
    return await budget.refuses_move(parts, addressed, channel)
