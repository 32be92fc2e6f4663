"""Jobs on docket: durable, keyed, tried again as their outcome says.

Arguments are short JSON strings, for docket unpickles what it reads. A job that asks to be tried
again is put back under its own key with its next attempt, so nothing sleeps while it holds a job.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol, assert_never
from uuid import uuid4

import structlog
from docket import CurrentExecution, Docket, Execution, TaskCall, Worker
from redis.exceptions import RedisError
from structlog.contextvars import bind_contextvars, get_contextvars

from monitors.model.clock import Clock
from monitors.model.codec import decode, encode
from monitors.model.dead_letter import DeadLetter
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter, Suspended
from monitors.ports import DeadLetters, QueueDownError, StoreDownError
from monitors.storage.batching import Batching

Handler = Callable[[str, Attempt], Awaitable[Outcome]]

TASK: Final = "perform"
KEEP_TRYING: Final = timedelta(hours=48)
# A job that took its worker down this often is given up: docket does not count a crash as an
# attempt, and would try it for ever.
MOST_CRASHES: Final = 5
# Those that went down together are tried again this far apart, times how often it happened.
APART_SECONDS: Final = 5.0
# The next one does the same: drawing a card anew, a pass over every account, opening a tab again.
NOT_BURIED: Final = frozenset({"refresh", "reconcile", "housekeeping", "home", "modal"})
BURY_AGAIN_SECONDS: Final = 30.0
PUT_BACK_TRIES: Final = 20
PUT_BACK_SECONDS: Final = 0.5
# In one way there and back. As many single adds at once exhaust the connection pool (400 did).
MOST_ADDS: Final = 256
# Under the 3 s that Slack waits for an answer: docket's own connections wait for ever.
ADD_SECONDS: Final = 2.0
# Longer than any one call's time-outs together, shorter than a person's patience.
REDELIVERY_SECONDS: Final = 30.0
# docket's default of 250 ms leaves a worker idle at a few hundred jobs a second.
CHECK_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Job:
    """What travels through the queue."""

    kind: str
    argument: str
    since: datetime
    trace_id: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, each wait somewhere in its upper half so that failures do not march in step."""

    first_seconds: float = 2.0
    longest_seconds: float = 900.0

    def seconds(self, attempt: int, rng: random.Random) -> float:
        """The wait after an attempt, counted from 1."""
        full = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempt - 1, 20))
        return full * rng.uniform(0.5, 1.0)


BACKOFF: Final = Backoff()


def open_docket(url: str) -> Docket:
    """The queue.

    Records of ended jobs are dropped at once: what must be remembered after a job's end stands in
    SQL.
    """
    return Docket(name="threadwatch", url=url, execution_ttl=timedelta(0))


class DocketQueue:
    """The JobQueue port on docket."""

    def __init__(self, docket: Docket, *, clock: Clock, add_seconds: float = ADD_SECONDS) -> None:
        self._docket = docket
        self._clock = clock
        self._add_seconds = add_seconds
        self._adds = Batching(self._add, most=MOST_ADDS)

    async def enqueue(
        self, kind: str, argument: str, *, key: str, delay_seconds: float = 0
    ) -> None:
        """Adding a key that already waits or runs changes nothing. Raises QueueDownError."""
        now = self._clock.now()
        job = Job(kind=kind, argument=argument, since=now, trace_id=uuid4().hex[:16])
        call = self._docket.call(TASK, when=now + timedelta(seconds=delay_seconds), key=key)
        try:
            async with asyncio.timeout(self._add_seconds):
                failure = await self._adds.add(call(encode(job)))
        except (RedisError, OSError) as error:
            raise QueueDownError(str(error)) from error
        if failure is not None:
            raise QueueDownError(str(failure)) from failure

    async def _add(self, calls: Sequence[TaskCall]) -> list[BaseException | None]:
        """Why each was not added; None for those that were, or waited or ran already."""
        async with asyncio.timeout(self._add_seconds):
            if len(calls) == 1:  # add_many asks one thing more of Redis for each batch
                add = self._docket.add(TASK, when=calls[0].when, key=calls[0].key)
                added = [await add(*calls[0].args)]
            else:
                added = await self._docket.add_many(calls)
        return [execution.schedule_exception for execution in added]

    async def again(self, job: Job, *, key: str, delay_seconds: float) -> None:
        """Put a running job back under its own key. Raises QueueDownError."""
        now = self._clock.now()
        when = now + timedelta(seconds=delay_seconds)
        try:
            async with self._docket.redis() as redis:
                # docket tells attempts apart by a count that Redis forgets when it is emptied: the
                # next attempt would count as the one that ends now, and its record go with it.
                record = self._docket.runs_key(key)
                if await redis.hget(record, "generation") is None:
                    await redis.hset(record, "generation", str(int(now.timestamp() * 1000)))
            await self._docket.replace(TASK, when, key)(encode(job))
        except (RedisError, OSError) as error:
            raise QueueDownError(str(error)) from error


class Requeue(Protocol):
    async def again(self, job: Job, *, key: str, delay_seconds: float) -> None:
        """Put a running job back under its own key. Raises QueueDownError."""
        ...


class CrashCounter(Protocol):
    """How often a job was met again after its worker went down."""

    async def crashed(self, key: str) -> int:
        """Count one more, and say how many it is. 0 while it cannot tell."""
        ...

    async def forget(self, key: str) -> None:
        """It did well: whatever brought its workers down was not this job."""
        ...


class JobRunner:
    """Runs jobs and does with each what its outcome says."""

    def __init__(  # noqa: PLR0913 - time, randomness and counting are given, by name
        self,
        queue: Requeue,
        handlers: Mapping[str, Handler],
        *,
        letters: DeadLetters,
        crashes: CrashCounter,
        clock: Clock,
        rng: random.Random,
        count: Callable[[str, str], None],
        backoff: Backoff = BACKOFF,
        apart_seconds: float = APART_SECONDS,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._letters = letters
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
        """One attempt, and what follows from it."""
        bind_contextvars(job=job.kind, key=key, attempt=job.attempt, trace_id=job.trace_id)
        outcome = await self._attempt(job, key=key, redelivered=redelivered)
        self._count(job.kind, type(outcome).__name__)
        match outcome:
            case Done():
                self._log.info("job done")
                if redelivered or job.attempt > 1:
                    await self._crashes.forget(key)
            case RetryAfter(reason, seconds):
                await self._again(job, key=key, reason=reason, seconds=seconds)
            case Suspended(reason):
                self._log.warning("job held", reason=reason)
            case Failed(reason, redo=redo):
                key, argument = redo or (key, job.argument)
                await self._bury(replace(job, argument=argument), key=key, reason=reason)
            case _:
                assert_never(outcome)

    async def _attempt(self, job: Job, *, key: str, redelivered: bool) -> Outcome:
        handler = self._handlers.get(job.kind)
        if handler is None:
            return Failed(f"no such kind of job: {job.kind}")
        if redelivered and (suspicion := await self._suspicion(key)) is not None:
            return suspicion
        age = self._clock.now() - job.since
        is_last = age + timedelta(seconds=self._backoff.longest_seconds) > KEEP_TRYING
        try:
            return await handler(job.argument, Attempt(job.attempt, is_last=is_last))
        except (StoreDownError, QueueDownError) as error:
            return RetryAfter(str(error))
        except Exception:  # noqa: BLE001 - one of the two places (STYLE rule 10): logged, put back
            reference = uuid4().hex[:12]
            self._log.exception("job crashed", reference=reference)
            return RetryAfter(f"crashed, reference {reference}")

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
            return RetryAfter("its worker went down, perhaps over it", apart)
        return None

    async def _again(self, job: Job, *, key: str, reason: str, seconds: float | None) -> None:
        if self._clock.now() - job.since > KEEP_TRYING:
            await self._bury(job, key=key, reason=f"48 hours of trying: {reason}")
            return
        wait = self._backoff.seconds(job.attempt, self._rng) if seconds is None else seconds
        self._log.warning("job put back", reason=reason, wait_seconds=round(wait, 2))
        await self._put_back(replace(job, attempt=job.attempt + 1), key=key, seconds=wait)

    async def _put_back(self, job: Job, *, key: str, seconds: float) -> None:
        """A job that ended while it could not be put back might count as done, and be forgotten.

        So it waits for Redis, the one time that a job sleeps: without Redis no other could run.
        """
        for _ in range(PUT_BACK_TRIES):
            try:
                await self._queue.again(job, key=key, delay_seconds=seconds)
            except QueueDownError:
                await asyncio.sleep(PUT_BACK_SECONDS)
            else:
                return
        await self._queue.again(job, key=key, delay_seconds=seconds)

    async def _bury(self, job: Job, *, key: str, reason: str) -> None:
        """Keep what was given up where an operator finds it (`threadwatch redrive`)."""
        letter_id = uuid4().hex[:12]
        self._log.error("job given up", reason=reason, letter=letter_id)
        if job.kind in NOT_BURIED:
            return
        letter = DeadLetter(
            letter_id=letter_id,
            team_id=str(get_contextvars().get("team_id", "")),
            kind=job.kind,
            key=key,
            argument=job.argument,
            reason=reason,
            attempts=job.attempt,
            trace_id=job.trace_id,
            since=job.since,
            buried_at=self._clock.now(),
        )
        try:
            await self._letters.bury(letter)
        except StoreDownError:
            await self._put_back(job, key=key, seconds=BURY_AGAIN_SECONDS)
        else:
            self._count(job.kind, "Buried")


def open_worker(
    docket: Docket, *, concurrency: int, redelivery_seconds: float = REDELIVERY_SECONDS
) -> Worker:
    """A worker with docket's traps closed (see the constants above)."""
    return Worker(
        docket,
        concurrency=concurrency,
        redelivery_timeout=timedelta(seconds=redelivery_seconds),
        reconnection_delay=timedelta(seconds=1),
        minimum_check_interval=timedelta(seconds=CHECK_SECONDS),
        scheduling_resolution=timedelta(seconds=0.1),
        schedule_automatic_tasks=False,
    )
