"""Tells a workspace's admins, by direct message, that someone connected a Parallel account."""

from dataclasses import dataclass
from typing import Final

from monitors.accounts.disconnect import CONNECT_WITHIN, CONNECTING_SECONDS
from monitors.accounts.store import SqlAccounts
from monitors.blocks.notices import note_message
from monitors.delivery.post_once import PostOnce
from monitors.model.clock import Clock
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import ConnectedRequest
from monitors.ports import People
from monitors.texts import account_texts
from monitors.work.intents import request_of

MOST_ADMINS: Final = 25


@dataclass(frozen=True, slots=True)
class TellAdmins:
    """Everyone who could undo it, the person who did it among them: it may not have been them."""

    accounts: SqlAccounts
    people: People
    posting: PostOnce
    clock: Clock

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        """The ledger posts each message once. Raises SlackPostError."""
        request = request_of(intent, ConnectedRequest)
        account = await self.accounts.own(request.workspace)
        if account is None or account.last_four != request.last_four:
            if self.clock.now() - intent.created_at < CONNECT_WITHIN:
                return RetryAfter("the account is not connected yet", CONNECTING_SECONDS)
            return Done()
        text = account_texts.account_connected(request.by_name, request.last_four)
        note = note_message(text)
        for admin in await self.people.admins(request.workspace, at_most=MOST_ADMINS):
            notice = Post.notice(intent.intent_id, admin, note)
            told = await self.posting.tell(request.workspace, admin, notice, attempt=attempt)
            if isinstance(told, RetryAfter):
                return told
        return Done()
