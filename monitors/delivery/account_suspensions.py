"""A Parallel account that Parallel refuses: its key does not work, or its credit is spent.

Parallel's status says so, never the text of a failed run. The account's monitors wait; the person
who installed the app is notified once. The reconciler's next successful read ends it, and brings
what was found in the meantime.
"""

from dataclasses import dataclass

import structlog

from monitors import texts
from monitors.delivery.ledger import Ledger
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.model.account import (
    AccountProblem,
    AccountSuspension,
    ParallelAccount,
    account_problem,
)
from monitors.model.codec import encode
from monitors.model.ledger import Post
from monitors.model.message import Message
from monitors.model.outcome import Attempt, Done, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import NotifyRequest
from monitors.model.slack_errors import DeadDestinationError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import AccountStore, InstallationStore, JobQueue, Renderer, ThreadPoster
from monitors.work.outcomes import outcome_of


@dataclass(frozen=True, slots=True)
class SuspendAccounts:
    """Suspends accounts that Parallel refuses, and resumes them."""

    accounts: AccountStore
    installations: InstallationStore
    monitors: Monitors
    ledger: Ledger
    queue: JobQueue

    async def stopped(self, endpoint_id: str, monitor_id: str, error: ParallelError) -> Outcome:
        """What becomes of a monitor's job that Parallel stopped."""
        reason = account_problem(error)
        account = await self.accounts.by_endpoint(endpoint_id)
        workspace = await self.monitors.owner(endpoint_id, monitor_id)
        if reason is None or account is None or workspace is None:
            return outcome_of(error)
        await self._suspend(account, reason, workspace)
        return Suspended(f"parallel: {reason.value}")

    async def not_read(self, account: ParallelAccount, error: ParallelError) -> None:
        """The reconciler could not list the account's monitors."""
        reason = account_problem(error)
        if reason is not None:
            workspaces = await self.monitors.workspaces_on(account.endpoint_id)
            await self._suspend(account, reason, *workspaces)

    async def read(self, account: ParallelAccount) -> None:
        """The reconciler could: the account works."""
        if await self.accounts.suspension(account.endpoint_id) is not None:
            await self.accounts.resume(account.endpoint_id)

    async def _suspend(
        self, account: ParallelAccount, reason: AccountProblem, *workspaces: Workspace
    ) -> None:
        suspension = await self.accounts.suspend(account.endpoint_id, reason)
        if suspension is None:
            return
        for workspace in workspaces:
            user_id = await self.installations.installer(workspace)
            if user_id is None:
                continue
            request = NotifyRequest(
                workspace, account.endpoint_id, user_id, reason, suspension.since
            )
            account_name, name = _notice_name(request)
            rows = await self.ledger.rows(workspace, account_name, [name])
            if any(row.is_final for row in rows.values()):
                continue
            structlog.get_logger("accounts").error(
                "account suspended",
                reason=reason.value,
                team_id=workspace.team_id,
                is_operators=not account.team_id,
            )
            named = (account.endpoint_id, workspace.team_id, user_id, reason.value)
            await self.queue.enqueue(
                "tell_trouble", encode(request), key=":".join(("tell_trouble", *named))
            )


@dataclass(frozen=True, slots=True)
class NotifySuspended:
    """One direct message for one suspension of an account."""

    accounts: AccountStore
    installations: InstallationStore
    direct: ThreadPoster
    posting: PostOnce
    renderer: Renderer
    prefix: str

    async def run(self, request: NotifyRequest, attempt: Attempt) -> Outcome:
        suspension = await self.accounts.suspension(request.endpoint_id)
        account = await self.accounts.by_endpoint(request.endpoint_id)
        workspace = await self.installations.installed(request.workspace)
        is_over = suspension != AccountSuspension(request.reason, request.since)
        if is_over or account is None or workspace is None:
            return Done()
        text = texts.account_suspended(
            request.reason, is_operators=not account.team_id, prefix=self.prefix
        )
        try:
            channel = await self.direct.open_direct(workspace, request.user_id)
            notified = await self.posting.begin(
                workspace,
                _notice(request, self.renderer.note(text)),
                channel=channel,
                attempt=attempt,
            )
        except DeadDestinationError as error:
            structlog.get_logger("accounts").warning("person not notified", code=error.code)
            return Done()
        return Done() if isinstance(notified, ThreadRef) else notified


def _notice_name(request: NotifyRequest) -> tuple[str, str]:
    """The ledger knows by it who was notified of which suspension."""
    named = f"{request.reason.value}:{request.user_id}:{request.since.isoformat()}"
    return f"account:{request.endpoint_id}", named


def _notice(request: NotifyRequest, message: Message) -> Post:
    return Post.notice(*_notice_name(request), message)
