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

GIVE_UP_AFTER: Final = timedelta(hours=48)
CREATION_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class DisconnectAccount:
    """Cancels every monitor of the workspace on the account, then deletes the key."""

    parts: Parts
    accounts: SqlAccounts

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
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
            outcome = await self._end_all(intent, request, account, attempt)
            if isinstance(outcome, RetryAfter):
                return outcome
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
        self, intent: Intent, request: DisconnectRequest, account: ParallelAccount, attempt: Attempt
    ) -> Outcome:
        """RetryAfter while monitors are left, or may still be created."""
        app_id, by_name = request.app_id, request.by_name
        outcome = await end_monitors(Ending(self.parts, intent, attempt, account, app_id, by_name))
        is_expired = self.parts.clock.now() - intent.created_at > GIVE_UP_AFTER
        if isinstance(outcome, RetryAfter) and not is_expired:
            return outcome
        if isinstance(outcome, Done):
            return outcome if is_expired else await self._wait_for_creations(intent, request)
        structlog.get_logger("accounts").error(
            "monitors not cancelled", team_id=request.workspace.team_id, outcome=repr(outcome)
        )
        if not account.team_id:
            # Only the operator can look into this account, so log it for them.
            return Done()
        return await self._notify_not_cancelled(intent, request, account, attempt)

    async def _wait_for_creations(self, intent: Intent, request: DisconnectRequest) -> Outcome:
        """A request that started with the account may still create a monitor there."""
        for start in await self.parts.intents.open_intents(request.workspace, IntentKind.START):
            if start.created_at <= intent.created_at:
                return RetryAfter("a monitor may still be created", CREATION_SECONDS)
        return Done()

    async def _notify_not_cancelled(
        self, intent: Intent, request: DisconnectRequest, account: ParallelAccount, attempt: Attempt
    ) -> Outcome:
        """DM the admin that monitors could not be cancelled: only they can cancel them now."""
        notice = Post.notice(
            f"account:{account.endpoint_id}",
            f"unlinked:{intent.intent_id}",
            note_message(account_texts.not_cancelled(account.last_four)),
        )
        return await self.parts.posting.tell(
            request.workspace, request.by_user_id, notice, attempt=attempt
        )
