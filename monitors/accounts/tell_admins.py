"""Tells a workspace's admins, by direct message, that someone connected a Parallel account."""

from typing import Final

from monitors.accounts.disconnect import CONNECT_WITHIN, CONNECTING_SECONDS
from monitors.blocks.notices import note_message
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import ConnectedRequest
from monitors.texts import account_texts
from monitors.watching.parts import Parts
from monitors.work.intents import request_of

MOST_ADMINS: Final = 25


async def tell_admins(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    """Everyone who could undo it, the person who did it among them: it may not have been them.

    The ledger posts each message once. Raises SlackPostError.
    """
    request = request_of(intent, ConnectedRequest)
    account = await parts.accounts.own(request.workspace)
    if account is None or account.last_four != request.last_four:
        if parts.clock.now() - intent.created_at < CONNECT_WITHIN:
            return RetryAfter("the account is not connected yet", CONNECTING_SECONDS)
        return Done()
    note = note_message(account_texts.account_connected(request.by_name, request.last_four))
    for admin in await parts.people.admins(request.workspace, at_most=MOST_ADMINS):
        notice = Post.notice(intent.intent_id, admin, note)
        told = await parts.posting.tell(request.workspace, admin, notice, attempt=attempt)
        if isinstance(told, RetryAfter):
            return told
    return Done()
