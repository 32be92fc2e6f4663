"""*Research this* on a finding: a Task run at Parallel that follows it up, once for each finding.

The message that says so is the claim: the ledger takes it for one intent, whose id is in its key.
Parallel has no key for a create, and lists no runs. So a create that may have been done is never
repeated: it is said that nobody can tell, and the claim is given up, so that a person may decide.
"""

from dataclasses import dataclass, replace
from typing import Final

import structlog

from monitors.blocks.files import answer_file
from monitors.blocks.notices import note_message
from monitors.delivery.address import Addressed
from monitors.delivery.post_findings import post_findings
from monitors.delivery.post_once import Place
from monitors.delivery.share_file import share_file, upload_file
from monitors.model.account import ParallelAccount
from monitors.model.codec import decode
from monitors.model.event import EventGroup, MonitorEvent, characters_of
from monitors.model.intent import Intent
from monitors.model.ledger import EventPart, LedgerRow, Post
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.requests import ResearchRequest
from monitors.model.research import RESEARCH_PROCESSOR
from monitors.model.slack_errors import REFUSALS, ClosedError, DeadDestinationError
from monitors.model.task import Task, TaskState
from monitors.model.workspace import ThreadRef
from monitors.texts import contact_texts, file_texts, problem_texts, research_texts
from monitors.watching import budget, locate, permissions, tell
from monitors.watching.intent_attempt import IntentAttempt
from monitors.watching.parts import Parts
from monitors.watching.task_runs import ResearchProgress, start_task
from monitors.watching.tell import NotDoneError
from monitors.work.intents import request_of
from monitors.work.outcomes import Finished, outcome_of

# Of a run that takes minutes, each look comes a little later than the last, up to so many times.
SLOWEST_LOOK: Final = 6
# Two messages.
MOST_IN_MESSAGES: Final = 8000


@dataclass(slots=True)
class _Research(IntentAttempt[ResearchRequest, ResearchProgress]):
    """A step, then it comes back until the run has ended."""

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


async def run(parts: Parts, intent: Intent, attempt: Attempt) -> Outcome:
    request = request_of(intent, ResearchRequest)
    now = _Research(parts, intent, request, attempt, decode(ResearchProgress, intent.progress))
    try:
        account = await parts.accounts.for_workspace(request.workspace)
        if account is None:
            raise NotDoneError(contact_texts.not_connected(prefix=parts.prefix))  # noqa: TRY301
        return await (_look if now.progress.run_id else _begin)(now, account)
    except NotDoneError as not_done:
        return await _end(now, str(not_done))
    except ParallelError as error:
        outcome = outcome_of(error)
        if not isinstance(outcome, RetryAfter):
            return await _end(now, research_texts.research_refused(error, prefix=parts.prefix))
        if attempt.number == 1:
            await tell.asker(parts, request, problem_texts.parallel_waiting(error))
        return outcome


async def gave_up(parts: Parts, intent: Intent) -> None:
    request, last = request_of(intent, ResearchRequest), Attempt(1, is_last=True)
    now = _Research(parts, intent, request, last, ResearchProgress())
    await _end(now, research_texts.RESEARCH_GAVE_UP)


async def _begin(now: _Research, account: ParallelAccount) -> Outcome:
    """The same people may do this who may start a monitor."""
    parts, request, uncertain = now.parts, now.request, research_texts.RESEARCH_UNCERTAIN
    if now.progress.asking:
        raise NotDoneError(uncertain)
    located = await locate.in_thread(parts, request.workspace, request.thread)
    if located is None:
        raise NotDoneError(research_texts.NOTHING_TO_RESEARCH)
    await permissions.check(parts, request, now.attempt, is_change=False)
    refusal = await permissions.why_no_start(parts, request, account)
    refusal = refusal or await budget.refuses_task(parts, account, request)
    if refusal is not None:
        raise NotDoneError(research_texts.by_the_rules(refusal))
    by = now.progress.by or await permissions.name_of(
        parts, request.workspace, request.reply_to.user_id, otherwise=""
    )
    await now.save(ResearchProgress(located.monitor.monitor_id, by))
    await _claim(now)
    run_id = await start_task(now, account, now.task, uncertain=uncertain)
    await now.save(replace(now.progress, asking=False, run_id=run_id))
    return RetryAfter("it is being researched", parts.poll_seconds)


async def _claim(now: _Research) -> None:
    """Post that it is being researched. Raises Finished if another intent has."""
    request, progress = now.request, now.progress
    text = research_texts.researching(request.finding.about, progress.by)
    shows = (EventPart(request.claim),)
    post = Post(progress.monitor_id, shows, note_message(text), now.key)
    try:
        outcome = await now.parts.posting.post(request.workspace, post, thread=request.thread)
    except ClosedError as error:
        raise NotDoneError(await tell.explain(now.parts, error, request)) from error
    if isinstance(outcome, Failed):
        raise NotDoneError(research_texts.ANSWER_REFUSED)
    row = await _row(now)
    if row is not None and row.message_key == now.key:
        return
    owner = row.message_key.rpartition("/")[2] if row else ""
    is_open = await now.parts.intents.get(owner) is not None
    text = research_texts.BEING_RESEARCHED if is_open else research_texts.RESEARCHED_ALREADY
    await tell.asker(now.parts, request, text)
    raise Finished(Done())


async def _look(now: _Research, account: ParallelAccount) -> Outcome:
    try:
        run = await now.parts.gateway.task(account, now.progress.run_id)
    except UnknownMonitorError:
        raise NotDoneError(research_texts.RESEARCH_UNKNOWN) from None
    if run.state is TaskState.FAILED:
        raise NotDoneError(research_texts.research_failed(run.error))
    if run.answer is None:
        looks = min(now.attempt.number, SLOWEST_LOOK)
        return RetryAfter("it is being researched", now.parts.poll_seconds * looks)
    return await _post(now, account, run.answer)


async def _post(now: _Research, account: ParallelAccount, answer: MonitorEvent) -> Outcome:
    about, progress = now.request.finding.about, now.progress
    title = research_texts.research_title(about)
    # In the ledger by the run, not the monitor, whose findings are counted.
    group = EventGroup(progress.run_id, answer.group_id, (answer,), title=title)
    try:
        outcome = await _post_answer(now, await _addressed(now, account), group)
    except DeadDestinationError as error:
        return await _not_posted(now, error)
    if isinstance(outcome, Failed):
        raise NotDoneError(research_texts.ANSWER_REFUSED)
    if isinstance(outcome, Done):
        await _rewrite(now, research_texts.researched(about, progress.by))
    return outcome


async def _post_answer(now: _Research, addressed: Addressed, group: EventGroup) -> Outcome:
    """In a few messages, or its beginning and the whole as a file.

    Where Slack takes no file, the rest is posted in messages, so nothing is missing.
    """
    parts, workspace = now.parts, addressed.workspace
    if sum(map(characters_of, group.events)) > MOST_IN_MESSAGES:
        try:
            uploaded = now.progress.uploaded
            if uploaded is None:
                file, text = answer_file(group), file_texts.WHOLE_ANSWER
                uploaded = await upload_file(parts, workspace, file, text=text)
                await now.save(replace(now.progress, uploaded=uploaded))
            beginning = replace(group, is_begun=True)
            begun = await post_findings(parts, addressed, beginning)
            if not isinstance(begun, Done):
                return begun
            if await share_file(parts, workspace, uploaded, Place.of(addressed.home.thread)):
                return begun
        except REFUSALS as error:
            structlog.get_logger("research").warning("file not shared", code=error.code)
    return await post_findings(parts, addressed, group)


async def _not_posted(now: _Research, error: DeadDestinationError) -> Outcome:
    """The thread is closed: the person gets one direct message, and it is tried again."""
    request, progress = now.request, now.progress
    reason = await tell.explain(now.parts, error, request)
    note = note_message(research_texts.answer_not_posted(reason))
    name = f"research-waits:{progress.run_id}"
    post, person = Post.notice(progress.monitor_id, name, note), request.reply_to.user_id
    await now.parts.posting.direct(request.workspace, person, post)
    return RetryAfter(f"slack: {error.code}", now.parts.retry_closed_after.total_seconds())


async def _addressed(now: _Research, account: ParallelAccount) -> Addressed:
    """Where the monitor lives now; where it lived, if it is gone."""
    workspace, monitor_id = now.request.workspace, now.progress.monitor_id
    try:
        monitor = await now.parts.gateway.retrieve(account, monitor_id)
    except UnknownMonitorError:
        gone = MonitorStatus.CANCELLED
        monitor = Monitor(monitor_id, gone, "", "", "", "", created_at=None, last_run_at=None)
    home = monitor.home or MonitorHome(now.request.thread, workspace.team_id, "", "")
    return Addressed(account, monitor, home, workspace)


async def _end(now: _Research, reason: str) -> Outcome:
    """Say why on the message, and to the person; then it may be pressed again."""
    current = await now.parts.intents.get(now.intent.intent_id) or now.intent
    now.progress = decode(ResearchProgress, current.progress)
    about, by = now.request.finding.about, now.progress.by
    await _rewrite(now, research_texts.not_researched(about, by, reason))
    await tell.asker(now.parts, now.request, reason)
    await now.parts.ledger.forget(now.request.workspace, now.progress.monitor_id, now.key)
    return Done()


async def _rewrite(now: _Research, text: str) -> None:
    """Our message that it is being researched, if there is one."""
    row = await _row(now)
    if row is None or row.ts is None or row.message_key != now.key:
        return
    place, note = ThreadRef(row.channel, row.ts), note_message(text)
    await tell.redraw(now.parts, now.request.workspace, place, note)


async def _row(now: _Research) -> LedgerRow | None:
    request, monitor_id = now.request, now.progress.monitor_id
    rows = await now.parts.ledger.rows(request.workspace, monitor_id, [request.claim])
    return rows.get(EventPart(request.claim))
