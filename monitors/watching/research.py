"""*Research this* on a finding: a Task run at Parallel that follows it up, once for each finding.

The message that says so is the claim: the ledger takes it for one intent, whose id is in its key.
Parallel has no key for a create, and lists no runs. So a create that may have been done is never
repeated: it is said that nobody can tell, and the claim is given up, so that a person may decide.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.creation import Finished, save_step
from monitors.delivery.ledger import Ledger
from monitors.delivery.post_once import PostOnce
from monitors.model.account import ParallelAccount
from monitors.model.codec import decode
from monitors.model.event import EventGroup, MonitorEvent
from monitors.model.intent import Intent
from monitors.model.ledger import EventPart, LedgerRow, Post
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.requests import ResearchRequest
from monitors.model.research import RESEARCH_PROCESSOR
from monitors.model.slack_errors import DeadDestinationError, DeadInstallationError
from monitors.model.task import Task, TaskState
from monitors.model.workspace import ThreadRef
from monitors.ports import AccountStore
from monitors.texts import contact_texts, problem_texts, research_texts
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.post_answer import PostAnswer
from monitors.watching.quota import Quota
from monitors.watching.task_runs import ResearchProgress, TaskRuns
from monitors.watching.tell import NotDoneError, Tell
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of
from monitors.work.outcomes import outcome_of

# Of a run that takes minutes, each look comes a little later than the last, up to so many times.
SLOWEST_LOOK: Final = 6


@dataclass(frozen=True, slots=True)
class ResearchFinding:
    """Every attempt does one step, and comes back until the run has ended."""

    accounts: AccountStore
    locate: LocateMonitor
    tasks: TaskRuns
    intents: SqlIntents
    ledger: Ledger
    posting: PostOnce
    answers: PostAnswer
    tell: Tell
    permissions: Permissions
    quota: Quota
    prefix: str
    poll_seconds: float
    retry_closed_after: timedelta

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, ResearchRequest)
        progress = decode(ResearchProgress, intent.progress)
        try:
            account = await self._account(request)
            if not progress.run_id:
                return await self._begin(intent, request, progress, account, attempt)
            return await self._look(intent, request, progress, account, attempt)
        except Finished as finished:
            return finished.outcome
        except NotDoneError as not_done:
            return await self._end(intent, request, str(not_done))
        except ParallelError as error:
            outcome = outcome_of(error)
            if not isinstance(outcome, RetryAfter):
                reason = research_texts.research_refused(error, prefix=self.prefix)
                return await self._end(intent, request, reason)
            if attempt.number == 1:
                await self.tell(request, problem_texts.parallel_waiting(error))
            return outcome

    async def gave_up(self, intent: Intent) -> None:
        request = request_of(intent, ResearchRequest)
        await self._end(intent, request, research_texts.RESEARCH_GAVE_UP)

    async def _begin(
        self,
        intent: Intent,
        request: ResearchRequest,
        progress: ResearchProgress,
        account: ParallelAccount,
        attempt: Attempt,
    ) -> Outcome:
        if progress.asking:
            raise NotDoneError(research_texts.RESEARCH_UNCERTAIN)
        located = await self.locate.in_thread(request.workspace, request.thread)
        if located is None:
            raise NotDoneError(research_texts.NOTHING_TO_RESEARCH)
        await self._check_person(request, account, attempt)
        by = progress.by or await self.permissions.rules.name(
            request.workspace, request.reply_to.user_id, otherwise=""
        )
        progress = ResearchProgress(located.monitor.monitor_id, by)
        await save_step(self.intents, intent, progress)
        claimed = await self._claim(intent, request, progress, attempt)
        if claimed is not None:
            return claimed
        uncertain = research_texts.RESEARCH_UNCERTAIN
        run_id = await self.tasks.start(
            intent, progress, account, _task(request), uncertain=uncertain
        )
        await save_step(self.intents, intent, replace(progress, run_id=run_id))
        return RetryAfter("it is being researched", self.poll_seconds)

    async def _account(self, request: ResearchRequest) -> ParallelAccount:
        account = await self.accounts.for_workspace(request.workspace)
        if account is None:
            raise NotDoneError(contact_texts.not_connected(prefix=self.prefix))
        return account

    async def _check_person(
        self, request: ResearchRequest, account: ParallelAccount, attempt: Attempt
    ) -> None:
        """The same people may do this who may start a monitor."""
        await self.permissions.check(request, attempt, is_change=False)
        refusal = await self.quota.not_allowed(request, is_operators=account.team_id is None)
        refusal = refusal or await self.quota.budget.refuses_task(account, request)
        if refusal is not None:
            raise NotDoneError(research_texts.by_the_rules(refusal))

    async def _claim(
        self, intent: Intent, request: ResearchRequest, progress: ResearchProgress, attempt: Attempt
    ) -> Outcome | None:
        """Post that it is being researched; None if no other intent has."""
        mine = _key(intent, progress)
        text = research_texts.researching(request.finding.about, progress.by)
        shows = (EventPart(request.claim),)
        post = Post(progress.monitor_id, shows, note_message(text), mine)
        try:
            outcome = await self.posting.post(
                request.workspace, post, thread=request.thread, attempt=attempt
            )
        except (DeadDestinationError, DeadInstallationError) as error:
            raise NotDoneError(await self.tell.explain(error, request)) from error
        if isinstance(outcome, Failed):
            raise NotDoneError(research_texts.ANSWER_REFUSED)
        if not isinstance(outcome, Done):
            return outcome
        row = await self._row(request, progress.monitor_id)
        if row is not None and row.message_key == mine:
            return None
        owner = row.message_key.rpartition("/")[2] if row else ""
        is_open = await self.intents.get(owner) is not None
        text = research_texts.BEING_RESEARCHED if is_open else research_texts.RESEARCHED_ALREADY
        await self.tell(request, text)
        return Done()

    async def _look(
        self,
        intent: Intent,
        request: ResearchRequest,
        progress: ResearchProgress,
        account: ParallelAccount,
        attempt: Attempt,
    ) -> Outcome:
        try:
            run = await self.tasks.gateway.task(account, progress.run_id)
        except UnknownMonitorError:
            raise NotDoneError(research_texts.RESEARCH_UNKNOWN) from None
        if run.state is TaskState.FAILED:
            raise NotDoneError(research_texts.research_failed(run.error))
        if run.answer is None:
            looks = min(attempt.number, SLOWEST_LOOK)
            return RetryAfter("it is being researched", self.poll_seconds * looks)
        return await self._post(intent, request, progress, account, run.answer, attempt)

    async def _post(  # noqa: PLR0913, PLR0917 - one step of run, whose parts it is given
        self,
        intent: Intent,
        request: ResearchRequest,
        progress: ResearchProgress,
        account: ParallelAccount,
        answer: MonitorEvent,
        attempt: Attempt,
    ) -> Outcome:
        addressed = await self._addressed(request, progress, account)
        title = research_texts.research_title(request.finding.about)
        group = EventGroup(progress.monitor_id, answer.group_id, (answer,), title=title)
        try:
            outcome = await self.answers.post(
                addressed,
                group,
                attempt=attempt,
                uploaded=progress.uploaded,
                keep=lambda file: save_step(self.intents, intent, replace(progress, uploaded=file)),
            )
        except DeadDestinationError as error:
            return await self._not_posted(request, progress, error, attempt)
        if isinstance(outcome, Failed):
            raise NotDoneError(research_texts.ANSWER_REFUSED)
        if isinstance(outcome, Done):
            text = research_texts.researched(request.finding.about, progress.by)
            await self._rewrite(intent, request, progress, text)
        return outcome

    async def _not_posted(
        self,
        request: ResearchRequest,
        progress: ResearchProgress,
        error: DeadDestinationError,
        attempt: Attempt,
    ) -> Outcome:
        """The thread is closed: the person gets one direct message, and it is tried again."""
        reason = await self.tell.explain(error, request)
        note = note_message(research_texts.answer_not_posted(reason))
        name = f"research-waits:{progress.run_id}"
        post, person = Post.notice(progress.monitor_id, name, note), request.reply_to.user_id
        told = await self.posting.direct(request.workspace, person, post, attempt=attempt)
        waits = RetryAfter(f"slack: {error.code}", self.retry_closed_after.total_seconds())
        return told if isinstance(told, RetryAfter) else waits

    async def _addressed(
        self, request: ResearchRequest, progress: ResearchProgress, account: ParallelAccount
    ) -> Addressed:
        """Where the monitor lives now; where it lived, if it is gone."""
        workspace, monitor_id = request.workspace, progress.monitor_id
        try:
            monitor = await self.tasks.gateway.retrieve(account, monitor_id)
        except UnknownMonitorError:
            gone = MonitorStatus.CANCELLED
            monitor = Monitor(monitor_id, gone, "", "", "", "", created_at=None, last_run_at=None)
        home = monitor.home or MonitorHome(request.thread, workspace.team_id, "", "")
        return Addressed(account, monitor, home, workspace)

    async def _end(self, intent: Intent, request: ResearchRequest, reason: str) -> Outcome:
        """Say why on the message, and to the person; then it may be pressed again."""
        progress = decode(ResearchProgress, (await self._current(intent)).progress)
        text = research_texts.not_researched(request.finding.about, progress.by, reason)
        await self._rewrite(intent, request, progress, text)
        await self.tell(request, reason)
        key = _key(intent, progress)
        await self.ledger.forget(request.workspace, progress.monitor_id, key)
        return Done()

    async def _current(self, intent: Intent) -> Intent:
        return await self.intents.get(intent.intent_id) or intent

    async def _rewrite(
        self, intent: Intent, request: ResearchRequest, progress: ResearchProgress, text: str
    ) -> None:
        """Our message that it is being researched, if there is one."""
        row = await self._row(request, progress.monitor_id)
        if row is None or row.ts is None or row.message_key != _key(intent, progress):
            return
        place, note = ThreadRef(row.channel, row.ts), note_message(text)
        await self.tell.redraw(request.workspace, place, note)

    async def _row(self, request: ResearchRequest, monitor_id: str) -> LedgerRow | None:
        rows = await self.ledger.rows(request.workspace, monitor_id, [request.claim])
        return rows.get(EventPart(request.claim))


def _key(intent: Intent, progress: ResearchProgress) -> str:
    return f"{progress.monitor_id}/research/{intent.intent_id}"


def _task(request: ResearchRequest) -> Task:
    """Parallel knows the finding by its id; the words only say which is meant."""
    question = (
        "Research this finding in depth: what happened, who is affected, how certain it is, and "
        "what to expect next."
    )
    if request.finding.about:
        question += f" The finding: {request.finding.about}"
    return Task(question, RESEARCH_PROCESSOR, follows=request.finding.event_id)
