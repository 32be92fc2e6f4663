"""Monitors on a workspace's own account that no thread shows: another program made them.

Admins see them in the Home tab, and give each a card and a thread there, or cancel it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from monitors.accounts.home import ask_home
from monitors.blocks.notices import note_message
from monitors.delivery.post_once import PostOnce
from monitors.model.account import ParallelAccount
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.requests import ThreadlessRequest
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, JobQueue, MonitorGateway
from monitors.texts import contact_texts, problem_texts
from monitors.watching.adopt import AdoptMonitor
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of


@dataclass(frozen=True, slots=True)
class ThreadlessMonitors:
    """Of the operator's account nothing is shown: its monitors may be anybody's."""

    accounts: AccountStore
    gateway: MonitorGateway

    async def of(self, workspace: Workspace) -> Sequence[Monitor]:
        """The active ones; none if Parallel doesn't say."""
        account = await self._own(workspace)
        if account is None:
            return ()
        try:
            listed = await self.gateway.list_monitors(account)
        except ParallelError:
            return ()
        return [each for each in listed if each.home is None]

    async def find(
        self, workspace: Workspace, monitor_id: str
    ) -> tuple[ParallelAccount, Monitor] | None:
        """None if it has a thread or is cancelled by now. Raises ParallelError."""
        account = await self._own(workspace)
        if account is None:
            return None
        try:
            monitor = await self.gateway.retrieve(account, monitor_id)
        except UnknownMonitorError:
            return None
        is_one = monitor.home is None and monitor.status is MonitorStatus.ACTIVE
        return (account, monitor) if is_one else None

    async def _own(self, workspace: Workspace) -> ParallelAccount | None:
        account = await self.accounts.for_workspace(workspace)
        return account if account is not None and account.team_id else None


@dataclass(frozen=True, slots=True)
class ChangeThreadless:
    """What an admin chose; the Home tab shows what came of it, and a direct message what didn't."""

    threadless: ThreadlessMonitors
    adopt: AdoptMonitor
    gateway: MonitorGateway
    posting: PostOnce
    queue: JobQueue

    async def give_thread(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, ThreadlessRequest)

        async def adopt(_account: ParallelAccount, monitor_id: str) -> Outcome:
            return await self.adopt.run(
                monitor_id,
                request.workspace,
                channel=request.channel,
                user_id=request.user_id,
                attempt=attempt,
            )

        return await self._change(intent, attempt, adopt)

    async def cancel(self, intent: Intent, attempt: Attempt) -> Outcome:
        async def end(account: ParallelAccount, monitor_id: str) -> Outcome:
            await self.gateway.cancel(account, monitor_id)
            return Done()

        return await self._change(intent, attempt, end)

    async def _change(
        self,
        intent: Intent,
        attempt: Attempt,
        change: Callable[[ParallelAccount, str], Awaitable[Outcome]],
    ) -> Outcome:
        """Nothing is left to do for one that has a thread by now, or is cancelled."""
        request = request_of(intent, ThreadlessRequest)
        outcome: Outcome = Done()
        try:
            found = await self.threadless.find(request.workspace, request.monitor_id)
            if found is not None:
                account, monitor = found
                outcome = await change(account, monitor.monitor_id)
        except ParallelError as error:
            outcome = outcome_of(error)
            if not isinstance(outcome, RetryAfter):
                outcome = Failed(problem_texts.explain_parallel(error))
        if isinstance(outcome, RetryAfter):
            return outcome
        text = "" if isinstance(outcome, Done) else contact_texts.not_changed(outcome.reason)
        return await self._end(intent, request, attempt, text=text)

    async def _end(
        self, intent: Intent, request: ThreadlessRequest, attempt: Attempt, *, text: str
    ) -> Outcome:
        workspace, user_id = request.workspace, request.user_id
        await ask_home(self.queue, workspace, user_id, after=intent.intent_id)
        if not text:
            return Done()
        notice = Post.notice(intent.intent_id, "not done", note_message(text))
        told = await self.posting.tell(workspace, user_id, notice, attempt=attempt)
        return told if isinstance(told, RetryAfter) else Done()
