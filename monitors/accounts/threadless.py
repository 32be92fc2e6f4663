"""Monitors on a workspace's own account that no thread shows: another program made them.

Admins see them in the Home tab, and give each a card and a thread there, or cancel it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.accounts.home import ask_home
from monitors.accounts.store import SqlAccounts
from monitors.blocks.notices import note_message
from monitors.delivery.post_once import PostOnce
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.requests import ThreadlessRequest
from monitors.model.workspace import Workspace
from monitors.ports import JobQueue, MonitorGateway
from monitors.texts import contact_texts, problem_texts
from monitors.watching.adopt import AdoptMonitor
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of


@dataclass(frozen=True, slots=True)
class ThreadlessMonitors:
    """Of the operator's account nothing is shown: its monitors may be anybody's."""

    accounts: SqlAccounts
    gateway: MonitorGateway
    adopt: AdoptMonitor
    posting: PostOnce
    queue: JobQueue

    async def of(self, workspace: Workspace) -> Sequence[Monitor]:
        """The active ones; none if Parallel doesn't say."""
        account = await self.accounts.own(workspace)
        if account is None:
            return ()
        try:
            listed = await self.gateway.list_monitors(account)
        except ParallelError:
            return ()
        return [each for each in listed if each.home is None]

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        """What an admin chose; the Home tab shows what came of it, a direct message what didn't."""
        request = request_of(intent, ThreadlessRequest)
        workspace, user_id = request.workspace, request.user_id
        try:
            outcome = await self._change(intent.kind, request, attempt)
        except ParallelError as error:
            outcome = outcome_of(error)
            if not isinstance(outcome, RetryAfter):
                outcome = Failed(problem_texts.explain_parallel(error))
        if isinstance(outcome, RetryAfter):
            return outcome
        await ask_home(self.queue, workspace, user_id, after=intent.intent_id)
        if isinstance(outcome, Done):
            return outcome
        note = note_message(contact_texts.not_changed(outcome.reason))
        notice = Post.notice(intent.intent_id, "not done", note)
        told = await self.posting.tell(workspace, user_id, notice, attempt=attempt)
        return told if isinstance(told, RetryAfter) else Done()

    async def _change(
        self, kind: IntentKind, request: ThreadlessRequest, attempt: Attempt
    ) -> Outcome:
        """Nothing is left to do for one that has a thread by now, or is cancelled."""
        account = await self.accounts.own(request.workspace)
        if account is None:
            return Done()
        try:
            monitor = await self.gateway.retrieve(account, request.monitor_id)
        except UnknownMonitorError:
            return Done()
        if monitor.home is not None or monitor.status is not MonitorStatus.ACTIVE:
            return Done()
        if kind is IntentKind.CANCEL_THREADLESS:
            await self.gateway.cancel(account, monitor.monitor_id)
            return Done()
        return await self.adopt.run(
            monitor.monitor_id,
            request.workspace,
            channel=request.channel,
            user_id=request.user_id,
            attempt=attempt,
        )
