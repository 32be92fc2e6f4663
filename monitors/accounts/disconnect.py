"""A workspace disconnects a Parallel account: its monitors there are cancelled.

The account stops serving the workspace at once. Its key is stored, encrypted, until every monitor
is cancelled, and deleted then. Every step can be repeated: cancelling twice is harmless, and the
ledger posts each note once.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from monitors.accounts.connect import CONNECT_WITHIN, CONNECTING_SECONDS
from monitors.accounts.store import SqlAccounts
from monitors.blocks.notices import note_message
from monitors.model.account import ParallelAccount
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import DisconnectRequest
from monitors.model.workspace import Workspace
from monitors.texts import account_texts
from monitors.watching.ask_show import ask_home
from monitors.watching.end_monitors import Ending, end_monitors
from monitors.watching.parts import Parts
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished

GIVE_UP_AFTER: Final = timedelta(hours=48)
CREATION_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class DisconnectAccount:
    """Cancels every monitor of the workspace on the account, then deletes the key."""

    parts: Parts
    accounts: SqlAccounts

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """Raises SlackPostError where the admin can't be told now that monitors are left."""
        request = request_of(intent, DisconnectRequest)
        workspace, endpoint_id = request.workspace, request.endpoint_id
        await self.accounts.disconnect(workspace, endpoint_id, request.linked_at)
        account = await self._account(request)
        if account is not None:
            if not account.team_id and await self._serves_still(workspace, account):
                if self.parts.clock.now() - intent.created_at < CONNECT_WITHIN:
                    return RetryAfter("the next account is not connected yet", CONNECTING_SECONDS)
                # The new account was not connected, so this one stays.
                return Done()
            await self._end_all(intent, request, account)
            await self.accounts.delete_disconnected(workspace, endpoint_id)
        await ask_home(self.parts.queue, workspace, request.by_user_id, after=intent.intent_id)
        return Done()

    async def _account(self, request: DisconnectRequest) -> ParallelAccount | None:
        """The account being disconnected, or the operator's (which is never deleted)."""
        for account in await self.accounts.disconnected(request.workspace):
            if account.endpoint_id == request.endpoint_id:
                return account
        account = await self.accounts.by_endpoint(request.endpoint_id)
        return account if account is not None and account.team_id is None else None

    async def _serves_still(self, workspace: Workspace, account: ParallelAccount) -> bool:
        serving = await self.accounts.for_workspace(workspace)
        return serving is not None and serving.endpoint_id == account.endpoint_id

    async def _end_all(
        self, intent: Intent, request: DisconnectRequest, account: ParallelAccount
    ) -> None:
        """Raises Finished while monitors are left, or may still be created."""
        parts, workspace = self.parts, request.workspace
        app_id, by_name = request.app_id, request.by_name
        outcome = await end_monitors(Ending(parts, intent, account, app_id, by_name))
        is_expired = parts.clock.now() - intent.created_at > GIVE_UP_AFTER
        if isinstance(outcome, RetryAfter) and not is_expired:
            raise Finished(outcome)
        if isinstance(outcome, Done):
            # A request that started with the account may still create a monitor there.
            starts = await parts.intents.open_intents(workspace, IntentKind.START)
            if not is_expired and any(each.created_at <= intent.created_at for each in starts):
                raise Finished(RetryAfter("a monitor may still be created", CREATION_SECONDS))
            return
        structlog.get_logger("accounts").error(
            "monitors not cancelled", team_id=workspace.team_id, outcome=repr(outcome)
        )
        if not account.team_id:
            # Only the operator can look into this account, so it's logged for them.
            return
        # Only the admin can cancel them now.
        note = note_message(account_texts.not_cancelled(account.last_four))
        whose, named = f"account:{account.endpoint_id}", f"unlinked:{intent.intent_id}"
        notice = Post.notice(whose, named, note)
        await parts.posting.tell(workspace, request.by_user_id, notice)
