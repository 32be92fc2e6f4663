"""Tells a workspace's admins, by direct message, that someone connected a Parallel account."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from monitors.accounts.store import SqlAccounts
from monitors.blocks.notices import note_message
from monitors.delivery.post_once import PostOnce
from monitors.model.clock import Clock
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import ConnectedRequest
from monitors.model.slack_errors import DeadDestinationError, DeadInstallationError, SlackPostError
from monitors.ports import People
from monitors.texts import account_texts
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

MOST_ADMINS: Final = 25
# The request is saved just before the account is.
_CONNECTING_SECONDS: Final = 1.0
_CONNECT_WITHIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TellAdmins:
    """Everyone who could undo it, the person who did it among them: it may not have been them."""

    accounts: SqlAccounts
    intents: SqlIntents
    people: People
    posting: PostOnce
    clock: Clock

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        """One attempt. RetryAfter leaves the intent open; the ledger posts each message once."""
        request = request_of(intent, ConnectedRequest)
        account = await self.accounts.for_workspace(request.workspace)
        if account is None or not account.team_id or account.last_four != request.last_four:
            if self.clock.now() - intent.created_at < _CONNECT_WITHIN:
                return RetryAfter("the account is not connected yet", _CONNECTING_SECONDS)
            await self.intents.finish(intent.intent_id)
            return Done()
        try:
            admins = await self.people.admins(request.workspace, at_most=MOST_ADMINS)
        except SlackPostError as error:
            outcome = outcome_of(error)
        else:
            told = [await self._tell(intent, request, each, attempt) for each in admins]
            outcome = next((each for each in told if isinstance(each, RetryAfter)), Done())
        if not isinstance(outcome, RetryAfter):
            await self.intents.finish(intent.intent_id)
        return outcome

    async def _tell(
        self, intent: Intent, request: ConnectedRequest, admin: str, attempt: Attempt
    ) -> Outcome:
        notice = Post.notice(
            intent.intent_id,
            admin,
            note_message(account_texts.account_connected(request.by_name, request.last_four)),
        )
        try:
            return await self.posting.direct(request.workspace, admin, notice, attempt=attempt)
        except (DeadDestinationError, DeadInstallationError):
            return Done()
        except SlackPostError as error:
            return outcome_of(error)
