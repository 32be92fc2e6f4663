"""*Track these fields*: a Task run looks up their first values; the monitor starts from it."""

from contextlib import suppress
from dataclasses import dataclass, replace

from monitors.delivery.address import Addressed
from monitors.delivery.creation import Finished, StartProgress, save_step
from monitors.delivery.post_findings import PostFindings
from monitors.model.account import ParallelAccount
from monitors.model.event import EventGroup, MonitorEvent
from monitors.model.intent import Intent
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.outcome import Attempt, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import StartRequest
from monitors.model.research import BASELINE_PROCESSOR
from monitors.model.slack_errors import DeadDestinationError
from monitors.model.task import Task, TaskRun, TaskState
from monitors.texts import problem_texts, track_texts
from monitors.watching.task_runs import TaskRuns
from monitors.watching.tell import NotDoneError, Tell
from monitors.work.intent_store import SqlIntents
from monitors.work.outcomes import outcome_of


@dataclass(frozen=True, slots=True)
class TakeBaseline:
    """Asks Parallel once, comes back until it has answered, and posts the values."""

    tasks: TaskRuns
    intents: SqlIntents
    tell: Tell
    findings: PostFindings
    prefix: str
    poll_seconds: float

    async def take(
        self,
        intent: Intent,
        request: StartRequest,
        progress: StartProgress,
        *,
        account: ParallelAccount,
        home: MonitorHome,
    ) -> StartProgress:
        """The steps with the run to start from. Raises Finished, NotDoneError."""
        if not request.spec.tracks or progress.baseline or progress.creating:
            return progress
        try:
            if not progress.task_id:
                task_id = await self._ask(intent, request.spec, progress, account)
                progress = replace(progress, asking=True, task_id=task_id)
                await save_step(self.intents, intent, progress)
            run = await self.tasks.gateway.task(account, progress.task_id)
        except ParallelError as error:
            outcome = outcome_of(error)
            if not isinstance(outcome, RetryAfter):
                reason = problem_texts.explain_parallel(error, prefix=self.prefix, is_query=True)
                raise NotDoneError(reason) from error
            await self.tell.on_card(request, home.thread, problem_texts.parallel_waiting(error))
            raise Finished(outcome) from error
        if run.state is TaskState.FAILED:
            raise NotDoneError(track_texts.baseline_failed(run.error))
        if run.answer is None:
            await self._wait(intent, request, progress, run, home)
        else:
            await self._tell(request.spec, run.answer, account, home)
        progress = replace(progress, baseline=run.run_id)
        await save_step(self.intents, intent, progress)
        return progress

    async def _ask(
        self, intent: Intent, spec: MonitorSpec, progress: StartProgress, account: ParallelAccount
    ) -> str:
        task = Task(
            spec.query,
            BASELINE_PROCESSOR,
            fields=spec.fields,
            include_domains=spec.include_domains,
            exclude_domains=spec.exclude_domains,
            location=spec.location,
        )
        uncertain = track_texts.BASELINE_UNCERTAIN
        return await self.tasks.start(intent, progress, account, task, uncertain=uncertain)

    async def _wait(
        self,
        intent: Intent,
        request: StartRequest,
        progress: StartProgress,
        run: TaskRun,
        home: MonitorHome,
    ) -> None:
        """The card says how far it is, once for each step."""
        if progress.shown != run.state:
            is_queued = run.state is TaskState.QUEUED
            said = track_texts.looking_up(request.spec.fields, is_queued=is_queued)
            await self.tell.on_card(request, home.thread, said)
            await save_step(self.intents, intent, replace(progress, shown=run.state))
        raise Finished(RetryAfter("the first values are looked up", self.poll_seconds))

    async def _tell(
        self, spec: MonitorSpec, answer: MonitorEvent, account: ParallelAccount, home: MonitorHome
    ) -> None:
        """The first values, in the thread; there is no monitor yet."""
        run_id, active = answer.event_id, MonitorStatus.ACTIVE
        monitor = Monitor(run_id, active, "", spec.query, "", "", created_at=None, last_run_at=None)
        title = track_texts.first_values(spec.query)
        group = EventGroup(run_id, run_id, (answer,), title=title)
        addressed = Addressed(account, monitor, home, home.workspace)
        # A card that was deleted is noticed when it is to say watching.
        with suppress(DeadDestinationError):
            outcome = await self.findings.post(addressed, group, attempt=Attempt(1))
            if isinstance(outcome, RetryAfter):
                raise Finished(outcome)
