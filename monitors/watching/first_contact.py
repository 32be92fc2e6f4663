"""The first things that people hear from the app: each once, and nobody else hears them."""

from datetime import timedelta
from typing import Final

from monitors.blocks.decisions import not_started_message
from monitors.blocks.notices import note_message, offering_account
from monitors.delivery.ledger import Taken
from monitors.model.ledger import Post
from monitors.model.outcome import Done, Outcome
from monitors.model.requests import ListRequest, StartRequest
from monitors.model.slack_errors import REFUSALS, SlackPostError
from monitors.model.workspace import Workspace
from monitors.texts import contact_texts
from monitors.watching.parts import Parts

# In the ledger, in a monitor's place; and what was said.
CONTACT: Final = "first contact"
WELCOME: Final = "welcome"
FIRST_MONITOR: Final = "first monitor"


async def welcome(parts: Parts, workspace: Workspace) -> Outcome:
    """One direct message for each workspace, however often the app is installed there.

    Raises SlackPostError.
    """
    user_id = await parts.installations.installer(workspace)
    if user_id is None:
        return Done()
    is_connected = await parts.accounts.for_workspace(workspace) is not None
    try:
        is_admin = (await parts.people.person(workspace, user_id)).is_admin
    except REFUSALS:
        is_admin = False
    text = contact_texts.welcome(prefix=parts.prefix, is_connected=is_connected, is_admin=is_admin)
    message = note_message(text)
    if is_admin and not is_connected:
        message = offering_account(message)
    notice = Post.notice(CONTACT, WELCOME, message)
    return await parts.posting.tell(workspace, user_id, notice)


async def not_connected(parts: Parts, request: StartRequest | ListRequest) -> None:
    """No Parallel account serves the workspace; an admin can connect one on the spot."""
    workspace, reply_to = request.workspace, request.reply_to
    try:
        is_admin = (await parts.people.person(workspace, reply_to.user_id)).is_admin
    except SlackPostError:
        is_admin = False
    text = contact_texts.not_connected(prefix=parts.prefix, is_admin=is_admin)
    message = (
        not_started_message(text, typed=request.typed)
        if isinstance(request, StartRequest)
        else note_message(text)
    )
    if is_admin:
        message = offering_account(message)
    await parts.posting.poster.post_ephemeral(workspace, reply_to, message)


async def explain(parts: Parts, request: StartRequest) -> None:
    """In one line, after the first monitor of a workspace has started."""
    workspace, reply_to, ledger = request.workspace, request.reply_to, parts.ledger
    if await parts.monitors.count(workspace) != 1:
        return
    now = parts.posting.clock.now()
    post = Post.notice(CONTACT, FIRST_MONITOR, note_message(contact_texts.FIRST_MONITOR))
    mine = Taken(workspace, post.monitor_id, post.message_key, now + timedelta(minutes=1))
    # Recorded before it is said: a line of help is better lost than said twice.
    if await ledger.take(mine, post, channel=reply_to.channel, at=now):
        await ledger.posted(mine, ts="")
        await parts.posting.poster.post_ephemeral(workspace, reply_to, post.message)
