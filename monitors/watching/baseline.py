"""*Track these fields*: a Task run looks up their first values; the monitor starts from it."""

from contextlib import suppress
from dataclasses import replace

from monitors.delivery.address import Addressed
from monitors.delivery.post_findings import post_findings
from monitors.model.account import ParallelAccount
from monitors.model.event import EventGroup, MonitorEvent
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.research import BASELINE_PROCESSOR
from monitors.model.slack_errors import DeadDestinationError
from monitors.model.task import Task, TaskRun, TaskState
from monitors.texts import problem_texts, track_texts
from monitors.watching import tell
from monitors.watching.before_start import Starting
from monitors.watching.task_runs import start_task
from monitors.watching.tell import NotDoneError
from monitors.work.outcomes import Finished, outcome_of


async def take(now: Starting, account: ParallelAccount, home: MonitorHome) -> None:
    """Ask Parallel once, come back until it has answered, and post the values.

    Then `baseline` in the progress is the run to start from. Raises Finished, NotDoneError.
    """
    parts, progress = now.parts, now.progress
    if not now.request.spec.tracks or progress.baseline or progress.creating:
        return
    try:
        if not progress.task_id:
            task_id = await _ask(now, account)
            await now.save(replace(now.progress, task_id=task_id))
        run = await parts.gateway.task(account, now.progress.task_id)
    except ParallelError as error:
        outcome = outcome_of(error)
        if not isinstance(outcome, RetryAfter):
            reason = problem_texts.explain_parallel(error, prefix=parts.prefix, is_query=True)
            raise NotDoneError(reason) from error
        await tell.on_card(parts, now.request, home.thread, problem_texts.parallel_waiting(error))
        raise Finished(outcome) from error
    if run.state is TaskState.FAILED:
        raise NotDoneError(track_texts.baseline_failed(run.error))
    if run.answer is None:
        await _wait(now, run, home)
    else:
        await _tell(now, run.answer, account, home)
    await now.save(replace(now.progress, baseline=run.run_id))


async def _ask(now: Starting, account: ParallelAccount) -> str:
    """The run's id."""
    spec = now.request.spec
    task = Task(
        spec.query,
        BASELINE_PROCESSOR,
        fields=spec.fields,
        include_domains=spec.include_domains,
        exclude_domains=spec.exclude_domains,
        location=spec.location,
    )
    return await start_task(now, account, task, uncertain=track_texts.BASELINE_UNCERTAIN)


async def _wait(now: Starting, run: TaskRun, home: MonitorHome) -> None:
    """The card says how far it is, once for each step."""
    if now.progress.shown != run.state:
        is_queued = run.state is TaskState.QUEUED
        said = track_texts.looking_up(now.request.spec.fields, is_queued=is_queued)
        await tell.on_card(now.parts, now.request, home.thread, said)
        await now.save(replace(now.progress, shown=run.state))
    raise Finished(RetryAfter("the first values are looked up", now.parts.poll_seconds))


async def _tell(
    now: Starting, answer: MonitorEvent, account: ParallelAccount, home: MonitorHome
) -> None:
    """The first values, in the thread; there is no monitor yet."""
    query, run_id, active = now.request.spec.query, answer.event_id, MonitorStatus.ACTIVE
    monitor = Monitor(run_id, active, "", query, "", "", created_at=None, last_run_at=None)
    group = EventGroup(run_id, run_id, (answer,), title=track_texts.first_values(query))
    addressed = Addressed(account, monitor, home, home.workspace)
    # A card that was deleted is noticed when it is to say watching.
    with suppress(DeadDestinationError):
        outcome = await post_findings(now.parts, addressed, group)
        if isinstance(outcome, RetryAfter):
            raise Finished(outcome)
