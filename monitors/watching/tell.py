"""What is said beside the ledger: to one person alone, and where a message of ours stands."""

from contextlib import suppress

from monitors.blocks.card import card_message
from monitors.blocks.decisions import not_started_message
from monitors.blocks.notices import note_message
from monitors.delivery.creation import card_of_start
from monitors.model import slack_errors
from monitors.model.card import SettingUp
from monitors.model.message import Message
from monitors.model.requests import (
    AdminAnswer,
    MoveRequest,
    ResearchRequest,
    StartRequest,
    ThreadRequest,
)
from monitors.model.workspace import ThreadRef, Workspace
from monitors.texts import problem_texts
from monitors.watching.parts import Parts

PersonsRequest = StartRequest | ThreadRequest | MoveRequest | ResearchRequest | AdminAnswer


class NotDoneError(Exception):
    """Nothing was done. The text is for the person alone."""


async def asker(parts: Parts, request: PersonsRequest, text: str) -> None:
    """The person who asked, and nobody else."""
    note = note_message(text)
    await parts.poster.post_ephemeral(request.workspace, request.reply_to, note)


async def give_back(parts: Parts, request: StartRequest, reason: str) -> None:
    """There will be no monitor: the person gets what they typed."""
    message = not_started_message(reason, typed=request.typed)
    await parts.poster.post_ephemeral(request.workspace, request.reply_to, message)


async def on_card(parts: Parts, request: StartRequest, thread: ThreadRef, said: str) -> None:
    """Why a start takes longer, so that no one thinks it hangs."""
    card = card_message(card_of_start(request, SettingUp(said)))
    with suppress(slack_errors.SlackPostError):
        await parts.poster.update(request.workspace, thread, card)


async def redraw(parts: Parts, workspace: Workspace, thread: ThreadRef, message: Message) -> bool:
    """False if it was deleted, or can't be changed any more.

    Raises SlackPostError if Slack may take it later.
    """
    try:
        await parts.poster.update(workspace, thread, message)
    except slack_errors.REFUSALS:
        return False
    return True


async def explain(parts: Parts, error: slack_errors.SlackPostError, request: PersonsRequest) -> str:
    """Why nothing could be posted, and what to do."""
    reply_to = request.reply_to
    name = problem_texts.BOT_NAME
    if isinstance(error, slack_errors.NotInChannelError) and not reply_to.is_direct:
        name = await parts.people.bot_name(request.workspace)
    return problem_texts.explain_slack(error, bot_name=name, is_direct=reply_to.is_direct)
