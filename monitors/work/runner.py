"""The one runner: every job's attempt begins, is judged and is logged here.

A handler is `(request, attempt) -> Outcome` and raises what Slack, Parallel and the stores raise.
The runner reads the request, maps errors to outcomes, puts back what is to be tried again, and
gives up after 48 hours. A request of a person's is an intent: the runner takes it for one attempt
at a time, finishes it, and has the person told when it gives up.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from docket import CurrentExecution, Docket, Execution
from structlog.contextvars import bind_contextvars, get_contextvars

from monitors.model.clock import Clock
from monitors.model.codec import decode
from monitors.model.dead_letter import DeadLetter, short_id_of
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter, Suspended
from monitors.ports import QueueDownError, StoreDownError
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import INTENT_JOB, SqlIntents
from monitors.work.intents import ForeignRequestError
from monitors.work.outcomes import KNOWN_ERRORS, Finished, outcome_of
from monitors.work.queue import TASK, DocketQueue, Job

KEEP_TRYING: Final = timedelta(hours=48)
# A job that took its worker down this often is given up: docket does not count a crash as an
# attempt, and would try it for ever.
MOST_CRASHES: Final = 5
# Those that went down together are tried again this far apart, times how often it happened.
APART_SECONDS: Final = 5.0
# Another attempt of an intent that is under way, or crashed a moment ago.
UNDER_WAY_SECONDS: Final = 5.0
# Someone waits for what they asked for: never further than this from the next attempt.
LONGEST_INTENT_WAIT_SECONDS: Final = 30.0
SETTLE_AGAIN_SECONDS: Final = 30.0
PUT_BACK_TRIES: Final = 20
PUT_BACK_SECONDS: Final = 0.5

# How the canonical line begins, and its level; a wait that was planned is no warning.
_LINES: Final[dict[type[Outcome], tuple[str, str]]] = {
    Done: ("job done", "info"),
    RetryAfter: ("job put back", "warning"),
    Suspended: ("job suspended", "warning"),
    Failed: ("job given up", "error"),
}


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, each wait somewhere in its upper half so that failures do not march in step."""

    first_seconds: float = 2.0
    longest_seconds: float = 900.0

    def seconds(self, failures: int, rng: random.Random) -> float:
        """The wait after so many failures in a row, counted from 1."""
        full = min(self.longest_seconds, self.first_seconds * 2.0 ** min(failures - 1, 20))
        return full * rng.uniform(0.5, 1.0)


BACKOFF: Final = Backoff()


@dataclass(frozen=True, slots=True)
class JobKind:
    """What does one kind of job; `request` is a dataclass or a union of some.

    `is_kept`: given up, it waits for an operator.
    """

    request: Any
    run: Callable[[Any, Attempt], Awaitable[Outcome]]
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class IntentHandler:
    """What does one kind of intent. `gave_up` tells the person once no attempt is left."""

    run: Callable[[Intent, Attempt], Awaitable[Outcome]]
    gave_up: Callable[[Intent], Awaitable[None]] | None = None


class Runner:
    """Runs jobs and does with each what its outcome says."""

    def __init__(  # noqa: PLR0913 - time, randomness and counting are given, by name
        self,
        queue: DocketQueue,
        jobs: Mapping[str, JobKind],
        intent_handlers: Mapping[IntentKind, IntentHandler],
        *,
        intents: SqlIntents,
        crashes: RedisCrashes,
        clock: Clock,
        rng: random.Random,
        count: Callable[[str, str], None],
        backoff: Backoff = BACKOFF,
        apart_seconds: float = APART_SECONDS,
    ) -> None:
        self._queue = queue
        self._jobs = jobs
        self._intent_handlers = intent_handlers
        self._intents = intents
        self._crashes = crashes
        self._clock = clock
        self._rng = rng
        self._count = count
        self._backoff = backoff
        self._apart_seconds = apart_seconds
        self._log = structlog.get_logger("jobs")

    def register(self, docket: Docket) -> None:
        async def perform(
            job_text: str,
            execution: Execution = CurrentExecution(),  # noqa: B008 - how docket injects it
        ) -> None:
            job = decode(Job, job_text)
            await self.run(job, key=execution.key, redelivered=execution.redelivered)

        docket.register(perform, names=[TASK])

    async def run(self, job: Job, *, key: str, redelivered: bool = False) -> None:
        """One attempt, what follows from it, and one line in the log."""
        begun = time.monotonic()
        bind_contextvars(kind=job.kind, key=key, attempt=job.attempt, trace_id=job.trace_id)
        intent, outcome = None, None
        if redelivered:
            outcome = await self._suspicion(key)
        if outcome is None:
            intent, outcome = await self._attempt(job)
        if isinstance(outcome, RetryAfter) and self._clock.now() - job.since > KEEP_TRYING:
            outcome = await self._give_up(intent, outcome)
        try:
            wait = await self._settle(job, intent, outcome, key=key)
        except StoreDownError:
            wait = SETTLE_AGAIN_SECONDS
            await self._put_back(_next(job, failures=job.failures), key=key, seconds=wait)
        self._note(job, outcome, key=key, seconds=time.monotonic() - begun, wait=wait)
        if wait is None and (redelivered or job.attempt > 1):
            await self._crashes.forget(key)

    async def attempt_intent(self, intent_id: str, number: int) -> Outcome:
        """One attempt outside the queue; the caller tries again."""
        job = Job(INTENT_JOB, intent_id, self._clock.now(), trace_id=uuid4().hex[:16])
        intent, outcome = await self._attempt(replace(job, attempt=number))
        if isinstance(outcome, RetryAfter):
            if intent is not None:
                await self._intents.let_go(intent.intent_id)
            return outcome
        await self._settle(job, intent, outcome, key=f"{INTENT_JOB}:{intent_id}")
        return outcome

    def _note(
        self, job: Job, outcome: Outcome, *, key: str, seconds: float, wait: float | None
    ) -> None:
        """The canonical line: who and what is bound already, with every other line of the job."""
        name = type(outcome).__name__
        self._count(job.kind, name)
        reason = "" if isinstance(outcome, Done) else outcome.reason
        words, level = _LINES[type(outcome)]
        if isinstance(outcome, RetryAfter) and outcome.seconds is not None:
            level = "info"
        more: dict[str, object] = {"reason": reason} if reason else {}
        if wait is not None:
            more["wait_seconds"] = round(wait, 2)
        if isinstance(outcome, Failed):
            more["job_id"] = short_id_of(_letter_id(job, outcome, key=key))
        line = getattr(self._log, level)
        line(words, outcome=name, duration_ms=round(seconds * 1000, 1), **more)

    async def _attempt(self, job: Job) -> tuple[Intent | None, Outcome]:
        """The intent that was taken, where it is one, and how the attempt ended."""
        longest = timedelta(seconds=self._backoff.longest_seconds)
        is_last = self._clock.now() - job.since + longest > KEEP_TRYING
        attempt = Attempt(job.attempt, is_last=is_last)
        intent: Intent | None = None
        try:
            if job.kind != INTENT_JOB:
                return None, await self._run_job(job, attempt)
            intent = await self._intents.hold(job.argument)
            if intent is None:
                return None, await self._not_held(job.argument)
            return intent, await self._run_intent(intent, attempt)
        except Finished as finished:
            return intent, finished.outcome
        except KNOWN_ERRORS as error:
            return intent, outcome_of(error)
        except Exception:  # noqa: BLE001 - one of the two places (STYLE rule 10): logged, put back
            reference = uuid4().hex[:12]
            self._log.exception("job crashed", reference=reference)
            return intent, RetryAfter(f"crashed, reference {reference}")

    async def _run_job(self, job: Job, attempt: Attempt) -> Outcome:
        kind = self._jobs.get(job.kind)
        if kind is None:
            return Failed(f"no such kind of job: {job.kind}")
        return await kind.run(decode(kind.request, job.argument or "{}"), attempt)

    async def _run_intent(self, intent: Intent, attempt: Attempt) -> Outcome:
        bind_contextvars(
            intent=intent.kind.value,
            team_id=intent.workspace.team_id,
            enterprise_id=intent.workspace.enterprise_id,
        )
        handler = self._intent_handlers.get(intent.kind)
        if handler is None:
            return Failed(f"nothing does {intent.kind.value}")
        try:
            return await handler.run(intent, attempt)
        except ForeignRequestError as error:
            return Failed(str(error))

    async def _not_held(self, intent_id: str) -> Outcome:
        if await self._intents.get(intent_id) is None:
            return Done()
        return RetryAfter("another attempt has it", UNDER_WAY_SECONDS)

    async def _suspicion(self, key: str) -> Outcome | None:
        """What becomes of a job that may be why its worker went down; None to try it.

        Those that ran beside a poisonous one went down with it, and would each time they ran
        beside it again. So they are tried apart: then it is found out alone.
        """
        crashes = await self._crashes.crashed(key)
        if crashes > MOST_CRASHES:
            return Failed("it took its worker down too often")
        if crashes > 1:
            apart = self._rng.uniform(0, self._apart_seconds * crashes)
            return RetryAfter("its worker went down, perhaps because of it", apart)
        return None

    async def _give_up(self, intent: Intent | None, outcome: RetryAfter) -> Outcome:
        """Out of time. Where nobody can be told either, the operator still finds it."""
        handler = self._intent_handlers.get(intent.kind) if intent else None
        if intent is not None and handler is not None and handler.gave_up is not None:
            try:
                await handler.gave_up(intent)
            except (Finished, *KNOWN_ERRORS) as error:
                self._log.warning("person not told", error=str(error))
        return Failed(f"48 hours of trying: {outcome.reason}")

    async def _settle(
        self, job: Job, intent: Intent | None, outcome: Outcome, *, key: str
    ) -> float | None:
        """Do what the outcome says; the seconds until the next attempt, if there is one."""
        if isinstance(outcome, RetryAfter):
            progress = await self._intents.let_go(intent.intent_id) if intent else None
            moved = intent is not None and progress != intent.progress
            failures = job.failures if outcome.seconds is not None else job.failures + 1
            again = _next(job, failures=1 if moved and failures else failures)
            wait = outcome.seconds
            if wait is None:
                wait = self._backoff.seconds(again.failures, self._rng)
                if job.kind == INTENT_JOB:
                    wait = min(wait, LONGEST_INTENT_WAIT_SECONDS)
            await self._put_back(again, key=key, seconds=wait)
            return wait
        if isinstance(outcome, Failed):
            await self._keep(job, outcome, key=key)
        elif intent is not None:
            await self._intents.finish(intent.intent_id)
        return None

    async def _put_back(self, job: Job, *, key: str, seconds: float) -> None:
        """Enqueue the next attempt.

        Waits up to 10 s for Redis: docket would otherwise record the job as done and drop it.
        """
        for _ in range(PUT_BACK_TRIES):
            try:
                await self._queue.again(job, key=key, delay_seconds=seconds)
            except QueueDownError:
                await asyncio.sleep(PUT_BACK_SECONDS)
            else:
                return
        await self._queue.again(job, key=key, delay_seconds=seconds)

    async def _keep(self, job: Job, failed: Failed, *, key: str) -> None:
        """What was given up stays where an operator finds it (`threadwatch redrive`)."""
        kind = self._jobs.get(job.kind)
        if job.kind != INTENT_JOB and kind is not None and not kind.is_kept:
            return
        argument = failed.redo[1] if failed.redo else job.argument
        bound = get_contextvars()
        letter = DeadLetter(
            letter_id=_letter_id(job, failed, key=key),
            team_id=str(bound.get("team_id") or ""),
            enterprise_id=str(bound.get("enterprise_id") or ""),
            kind=job.kind,
            argument=argument,
            reason=failed.reason,
            attempts=job.attempt,
            trace_id=job.trace_id,
            since=job.since,
            failed_at=self._clock.now(),
        )
        await self._intents.fail(letter)
        self._count(job.kind, "Buried")


def _next(job: Job, *, failures: int) -> Job:
    return replace(job, attempt=job.attempt + 1, failures=failures)


def _letter_id(job: Job, failed: Failed, *, key: str) -> str:
    if job.kind == INTENT_JOB:
        return job.argument
    return failed.redo[0] if failed.redo else key
