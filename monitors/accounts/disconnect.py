"""A workspace leaves a Parallel account: its monitors there are cancelled, and their threads told.

The account stops serving the workspace at once. Its key is kept, sealed, until every monitor is
ended, and deleted then. Every step can be taken twice: cancelling is, and what is said in a thread
is posted once by the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from monitors import texts
from monitors.accounts.home import ask_home
from monitors.delivery.address import parallel_outcome
from monitors.delivery.dead_ends import DirectMessages
from monitors.delivery.post_once import outcome_of
from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import UnlinkRequest
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
    SlackPostError,
)
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import (
    AccountStore,
    IntentStore,
    JobQueue,
    OpenIntents,
)
from monitors.watching.end_monitor import EndMonitor, is_theirs
from monitors.work.intents import request_of

GIVE_UP_AFTER: Final = timedelta(hours=48)
# One attempt's share: shorter than a job's lease, whatever Slack and Parallel take.
BATCH: Final = 10
SOON_SECONDS: Final = 0.2
BEING_MADE_SECONDS: Final = 2.0
# Leaving the operator's account is written down just before the next one is linked.
BEING_LINKED_SECONDS: Final = 1.0
LINK_WITHIN: Final = timedelta(minutes=1)


class LeftAccounts(Protocol):
    """Accounts that workspaces have left, until their monitors there are cancelled."""

    async def leave(
        self, workspace: Workspace, endpoint_id: str, linked_at: datetime | None
    ) -> None:
        """Take the account from the workspace, and keep its key until it is forgotten.

        Nothing happens to an account that was left before, or linked anew since `linked_at`.
        """
        ...

    async def left(self, workspace: Workspace) -> Sequence[ParallelAccount]: ...

    async def forget(self, workspace: Workspace, endpoint_id: str) -> None:
        """Delete its key."""
        ...


@dataclass(frozen=True, slots=True)
class UnlinkProgress:
    """The monitors still to be ended: kept before the first is, for ended ones are not listed."""

    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnlinkAccount:
    """Ends every monitor of the account that is the workspace's, then deletes the key."""

    left: LeftAccounts
    accounts: AccountStore
    intents: IntentStore
    open_intents: OpenIntents
    end: EndMonitor
    direct: DirectMessages
    queue: JobQueue
    clock: Clock

    async def run(self, intent: Intent, *, attempt: Attempt) -> Outcome:
        """One attempt. RetryAfter leaves the intent open; anything else finishes it."""
        request = request_of(intent, UnlinkRequest)
        workspace, endpoint_id = request.workspace, request.endpoint_id
        await self.left.leave(workspace, endpoint_id, request.linked_at)
        account = await self._account(request)
        if account is not None:
            if not account.team_id and await self._serves_still(workspace, account):
                if self.clock.now() - intent.created_at < LINK_WITHIN:
                    return RetryAfter("the next account is not linked yet", BEING_LINKED_SECONDS)
                # It came to nothing, so nothing is left.
                await self.intents.finish(intent.intent_id)
                return Done()
            outcome = await self._end_all(intent, request, account, attempt)
            if isinstance(outcome, RetryAfter):
                return outcome
            await self.left.forget(workspace, endpoint_id)
        await ask_home(self.queue, workspace, request.by_user_id, after=intent.intent_id)
        await self.intents.finish(intent.intent_id)
        return Done()

    async def _account(self, request: UnlinkRequest) -> ParallelAccount | None:
        """The one that is left; the operator's is not the workspace's to give up."""
        for account in await self.left.left(request.workspace):
            if account.endpoint_id == request.endpoint_id:
                return account
        account = await self.accounts.by_endpoint(request.endpoint_id)
        return account if account is not None and account.team_id is None else None

    async def _serves_still(self, workspace: Workspace, account: ParallelAccount) -> bool:
        serving = await self.accounts.for_workspace(workspace)
        return serving is not None and serving.endpoint_id == account.endpoint_id

    async def _end_all(
        self, intent: Intent, request: UnlinkRequest, account: ParallelAccount, attempt: Attempt
    ) -> Outcome:
        """RetryAfter while there is anything left to do, or to wait for."""
        try:
            outcome = await self._end_some(intent, request, account, attempt)
        except ParallelError as error:
            outcome = parallel_outcome(error)
        is_open = isinstance(outcome, RetryAfter) and not self._is_expired(intent)
        if is_open or isinstance(outcome, Done):
            return outcome
        structlog.get_logger("accounts").error(
            "monitors not cancelled", team_id=request.workspace.team_id, outcome=repr(outcome)
        )
        if not account.team_id:
            # Nobody in the workspace can look into the operator's account: the log is theirs.
            return Done()
        return await self._confess(intent, request, account, attempt)

    async def _end_some(
        self, intent: Intent, request: UnlinkRequest, account: ParallelAccount, attempt: Attempt
    ) -> Outcome:
        pending = decode(UnlinkProgress, intent.progress).pending
        if not pending:
            pending = await self._running(request, account)
            await self._save(intent, pending)
        again: list[str] = []
        waits: list[float] = []
        for monitor_id in pending[:BATCH]:
            outcome = await self.end.run(request, account, monitor_id, attempt=attempt)
            if isinstance(outcome, RetryAfter):
                again.append(monitor_id)
                waits.append(SOON_SECONDS if outcome.seconds is None else outcome.seconds)
        # Those that wait go to the end, so that a slow channel does not stop the others.
        left = (*pending[BATCH:], *again)
        if not left:
            left = await self._running(request, account)
        await self._save(intent, left)
        if not left:
            return await self._nothing_runs(intent, request)
        is_waiting = bool(again) and len(again) == len(left)
        return RetryAfter("monitors are left", max(waits) if is_waiting else SOON_SECONDS)

    async def _running(self, request: UnlinkRequest, account: ParallelAccount) -> tuple[str, ...]:
        found = await self.end.gateway.list_monitors(account)
        return tuple(each.monitor_id for each in found if is_theirs(each, request))

    async def _nothing_runs(self, intent: Intent, request: UnlinkRequest) -> Outcome:
        """A request that began with the account may still make a monitor there."""
        if self._is_expired(intent):
            return Done()
        for start in await self.open_intents.open_intents(request.workspace, IntentKind.START):
            if start.created_at <= intent.created_at:
                return RetryAfter("a monitor may still be made", BEING_MADE_SECONDS)
        return Done()

    def _is_expired(self, intent: Intent) -> bool:
        return self.clock.now() - intent.created_at > GIVE_UP_AFTER

    async def _save(self, intent: Intent, pending: tuple[str, ...]) -> None:
        await self.intents.save_progress(intent.intent_id, encode(UnlinkProgress(pending)))

    async def _confess(
        self, intent: Intent, request: UnlinkRequest, account: ParallelAccount, attempt: Attempt
    ) -> Outcome:
        """The admin hears of monitors that go on: nobody else can end them."""
        notice = Post.notice(
            f"account:{account.endpoint_id}",
            f"unlinked:{intent.intent_id}",
            self.end.renderer.note(texts.not_cancelled(account.last_four)),
        )
        try:
            channel = await self.direct.open_direct(request.workspace, request.by_user_id)
            told = await self.end.posting.begin(
                request.workspace, notice, channel=channel, attempt=attempt
            )
        except (DeadDestinationError, DeadInstallationError):
            return Done()
        except SlackPostError as error:
            told = outcome_of(error)
        return Done() if isinstance(told, ThreadRef) else told
