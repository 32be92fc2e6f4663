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
from monitors.model.message import Uploaded
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
class _Research:
    """One attempt at it."""

    intent: Intent
    request: ResearchRequest
    progress: ResearchProgress
    attempt: Attempt

    @property
    def key(self) -> str:
        """Of the message that says that the finding is being researched."""
        return f"{self.progress.monitor_id}/research/{self.intent.intent_id}"

    @property
    def task(self) -> Task:
        """Parallel knows the finding by its id; the words only say which is meant."""
        question = (
            "Research this finding in depth: what happened, who is affected, how certain it is, "
            "and what to expect next."
        )
        finding = self.request.finding
        if finding.about:
            question += f" The finding: {finding.about}"
        return Task(question, RESEARCH_PROCESSOR, follows=finding.event_id)


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
        now = _Research(intent, request, decode(ResearchProgress, intent.progress), attempt)
        try:
            return await self._go_on(now)
        except Finished as finished:
            return finished.outcome
        except NotDoneError as not_done:
            return await self._end(now, str(not_done))
        except ParallelError as error:
            outcome = outcome_of(error)
            if not isinstance(outcome, RetryAfter):
                reason = research_texts.research_refused(error, prefix=self.prefix)
                return await self._end(now, reason)
            if attempt.number == 1:
                await self.tell(request, problem_texts.parallel_waiting(error))
            return outcome

    async def gave_up(self, intent: Intent) -> None:
        request = request_of(intent, ResearchRequest)
        last = _Research(intent, request, ResearchProgress(), Attempt(1, is_last=True))
        await self._end(last, research_texts.RESEARCH_GAVE_UP)

    async def _go_on(self, now: _Research) -> Outcome:
        account = await self.accounts.for_workspace(now.request.workspace)
        if account is None:
            raise NotDoneError(contact_texts.not_connected(prefix=self.prefix))
        return await (self._look if now.progress.run_id else self._begin)(now, account)

    async def _begin(self, now: _Research, account: ParallelAccount) -> Outcome:
        request, uncertain = now.request, research_texts.RESEARCH_UNCERTAIN
        if now.progress.asking:
            raise NotDoneError(uncertain)
        located = await self.locate.in_thread(request.workspace, request.thread)
        if located is None:
            raise NotDoneError(research_texts.NOTHING_TO_RESEARCH)
        await self._check_person(now, account)
        by = now.progress.by or await self.permissions.rules.name(
            request.workspace, request.reply_to.user_id, otherwise=""
        )
        now = replace(now, progress=ResearchProgress(located.monitor.monitor_id, by))
        await save_step(self.intents, now.intent, now.progress)
        claimed = await self._claim(now)
        if claimed is not None:
            return claimed
        run_id = await self.tasks.start(
            now.intent, now.progress, account, now.task, uncertain=uncertain
        )
        await save_step(self.intents, now.intent, replace(now.progress, run_id=run_id))
        return RetryAfter("it is being researched", self.poll_seconds)

    async def _check_person(self, now: _Research, account: ParallelAccount) -> None:
        """The same people may do this who may start a monitor."""
        request, is_operators = now.request, account.team_id is None
        await self.permissions.check(request, now.attempt, is_change=False)
        refusal = await self.quota.not_allowed(request, is_operators=is_operators)
        refusal = refusal or await self.quota.budget.refuses_task(account, request)
        if refusal is not None:
            raise NotDoneError(research_texts.by_the_rules(refusal))

    async def _claim(self, now: _Research) -> Outcome | None:
        """Post that it is being researched; None if no other intent has."""
        request, progress = now.request, now.progress
        text = research_texts.researching(request.finding.about, progress.by)
        shows = (EventPart(request.claim),)
        post = Post(progress.monitor_id, shows, note_message(text), now.key)
        try:
            outcome = await self.posting.post(
                request.workspace, post, thread=request.thread, attempt=now.attempt
            )
        except (DeadDestinationError, DeadInstallationError) as error:
            raise NotDoneError(await self.tell.explain(error, request)) from error
        if isinstance(outcome, Failed):
            raise NotDoneError(research_texts.ANSWER_REFUSED)
        if not isinstance(outcome, Done):
            return outcome
        row = await self._row(now)
        if row is not None and row.message_key == now.key:
            return None
        owner = row.message_key.rpartition("/")[2] if row else ""
        is_open = await self.intents.get(owner) is not None
        text = research_texts.BEING_RESEARCHED if is_open else research_texts.RESEARCHED_ALREADY
        await self.tell(request, text)
        return Done()

    async def _look(self, now: _Research, account: ParallelAccount) -> Outcome:
        try:
            run = await self.tasks.gateway.task(account, now.progress.run_id)
        except UnknownMonitorError:
            raise NotDoneError(research_texts.RESEARCH_UNKNOWN) from None
        if run.state is TaskState.FAILED:
            raise NotDoneError(research_texts.research_failed(run.error))
        if run.answer is None:
            looks = min(now.attempt.number, SLOWEST_LOOK)
            return RetryAfter("it is being researched", self.poll_seconds * looks)
        return await self._post(now, account, run.answer)

    async def _post(
        self, now: _Research, account: ParallelAccount, answer: MonitorEvent
    ) -> Outcome:
        about, progress = now.request.finding.about, now.progress
        title = research_texts.research_title(about)
        group = EventGroup(progress.monitor_id, answer.group_id, (answer,), title=title)

        async def keep(file: Uploaded) -> None:
            await save_step(self.intents, now.intent, replace(progress, uploaded=file))

        try:
            outcome = await self.answers.post(
                await self._addressed(now, account),
                group,
                attempt=now.attempt,
                uploaded=progress.uploaded,
                keep=keep,
            )
        except DeadDestinationError as error:
            return await self._not_posted(now, error)
        if isinstance(outcome, Failed):
            raise NotDoneError(research_texts.ANSWER_REFUSED)
        if isinstance(outcome, Done):
            await self._rewrite(now, research_texts.researched(about, progress.by))
        return outcome

    async def _not_posted(self, now: _Research, error: DeadDestinationError) -> Outcome:
        """The thread is closed: the person gets one direct message, and it is tried again."""
        request, progress = now.request, now.progress
        reason = await self.tell.explain(error, request)
        note = note_message(research_texts.answer_not_posted(reason))
        name = f"research-waits:{progress.run_id}"
        post, person = Post.notice(progress.monitor_id, name, note), request.reply_to.user_id
        told = await self.posting.direct(request.workspace, person, post, attempt=now.attempt)
        waits = RetryAfter(f"slack: {error.code}", self.retry_closed_after.total_seconds())
        return told if isinstance(told, RetryAfter) else waits

    async def _addressed(self, now: _Research, account: ParallelAccount) -> Addressed:
        """Where the monitor lives now; where it lived, if it is gone."""
        workspace, monitor_id = now.request.workspace, now.progress.monitor_id
        try:
            monitor = await self.tasks.gateway.retrieve(account, monitor_id)
        except UnknownMonitorError:
            gone = MonitorStatus.CANCELLED
            monitor = Monitor(monitor_id, gone, "", "", "", "", created_at=None, last_run_at=None)
        home = monitor.home or MonitorHome(now.request.thread, workspace.team_id, "", "")
        return Addressed(account, monitor, home, workspace)

    async def _end(self, now: _Research, reason: str) -> Outcome:
        """Say why on the message, and to the person; then it may be pressed again."""
        current = await self.intents.get(now.intent.intent_id) or now.intent
        now = replace(now, progress=decode(ResearchProgress, current.progress))
        about, by = now.request.finding.about, now.progress.by
        await self._rewrite(now, research_texts.not_researched(about, by, reason))
        await self.tell(now.request, reason)
        await self.ledger.forget(now.request.workspace, now.progress.monitor_id, now.key)
        return Done()

    async def _rewrite(self, now: _Research, text: str) -> None:
        """Our message that it is being researched, if there is one."""
        row = await self._row(now)
        if row is None or row.ts is None or row.message_key != now.key:
            return
        place, note = ThreadRef(row.channel, row.ts), note_message(text)
        await self.tell.redraw(now.request.workspace, place, note)

    async def _row(self, now: _Research) -> LedgerRow | None:
        request, monitor_id = now.request, now.progress.monitor_id
        rows = await self.ledger.rows(request.workspace, monitor_id, [request.claim])
        return rows.get(EventPart(request.claim))
