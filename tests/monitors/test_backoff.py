"""How long a job waits that nobody told how long."""

import random
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from docket import Docket
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from monitors.model.clock import SystemClock
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Outcome, RetryAfter
from monitors.model.requests import Tick
from monitors.model.workspace import Workspace
from monitors.storage.database import open_database
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import INTENT_JOB, SqlIntents
from monitors.work.queue import DocketQueue, Job
from monitors.work.runner import BACKOFF, KEEP_TRYING, Backoff, IntentHandler, JobKind, Runner

NOW = SystemClock().now()
BACKOFFS = st.builds(
    Backoff,
    first_seconds=st.floats(0.01, 60),
    longest_seconds=st.floats(60, 3600),
)


@given(BACKOFFS, st.integers(1, 10_000), st.randoms(use_true_random=False))
def test_each_wait_is_in_the_upper_half_of_its_doubled_step(
    backoff: Backoff, attempt: int, rng: random.Random
) -> None:
    full = min(backoff.longest_seconds, backoff.first_seconds * 2.0 ** min(attempt - 1, 40))
    seconds = backoff.seconds(attempt, rng)
    assert full / 2 <= seconds <= full


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_jobs_that_fail_together_do_not_come_back_together(attempt: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
    waits = {BACKOFF.seconds(attempt, rng) for _ in range(20)}
    assert len(waits) > 10


def test_a_job_is_tried_often_and_never_for_longer_than_two_days() -> None:
    rng = random.Random(1)  # noqa: S311 - likewise
    attempt, spent = 1, 0.0
    while spent <= KEEP_TRYING.total_seconds():
        spent += BACKOFF.seconds(attempt, rng)
        attempt += 1
    assert attempt > 190
    assert spent <= KEEP_TRYING.total_seconds() + BACKOFF.longest_seconds


class PutBack(DocketQueue):
    """Keeps which job is to come back, and when, instead of having it come."""

    def __init__(self, docket: Docket) -> None:
        super().__init__(docket, clock=SystemClock())
        self.jobs: list[Job] = []
        self.seconds: list[float] = []

    async def again(self, job: Job, *, key: str, delay_seconds: float) -> None:
        del key
        self.jobs.append(job)
        self.seconds.append(delay_seconds)


async def away(_request: object, _attempt: Attempt) -> Outcome:
    return RetryAfter("Parallel is away")


async def asked_to_wait(_request: object, _attempt: Attempt) -> Outcome:
    return RetryAfter("Parallel names a time", 5.0)


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncGenerator[tuple[PutBack, Runner]]:
    """With an open request of a person, whose attempts keep a step: then Parallel is away."""
    async with (
        aclosing(open_database(None, tmp_path)) as database,
        Docket(name="t", url="memory://backoff") as docket,
    ):
        await upgrade(database)
        queue, intents = PutBack(docket), SqlIntents(database)

        async def steps(intent: Intent, attempt: Attempt) -> Outcome:
            await intents.save_progress(intent.intent_id, f'{{"step": {attempt.number}}}')
            return RetryAfter("Parallel is away")

        runner = Runner(
            queue,
            {"tick": JobKind(Tick, away)},
            {
                IntentKind.START: IntentHandler(away),
                IntentKind.CANCEL: IntentHandler(asked_to_wait),
                IntentKind.EDIT: IntentHandler(steps),
            },
            intents=intents,
            crashes=RedisCrashes(Redis()),
            clock=SystemClock(),
            rng=random.Random(1),  # noqa: S311 - likewise
            count=lambda _kind, _outcome: None,
        )
        for kind in (IntentKind.START, IntentKind.CANCEL, IntentKind.EDIT):
            await intents.add(Intent(kind.value, Workspace("T1"), kind, "{}", NOW))
        yield queue, runner


def failed(kind: IntentKind, times: int) -> Job:
    return Job(INTENT_JOB, kind.value, NOW, failures=times, trace_id="t")


@pytest.mark.anyio
async def test_a_person_who_waits_is_never_far_from_the_next_try(tmp_path: Path) -> None:
    """However often it failed already; what nobody waits for is tried ever more rarely."""
    async with running(tmp_path) as (queue, runner):
        for times in range(40):
            await runner.run(failed(IntentKind.START, times), key="intent")
        assert len(queue.seconds) == 40
        assert max(queue.seconds) <= 30
        await runner.run(Job("tick", "", NOW, failures=40, trace_id="t"), key="tick")
        assert queue.seconds[-1] > 300


@pytest.mark.anyio
async def test_waits_that_were_asked_for_are_no_failures(tmp_path: Path) -> None:
    async with running(tmp_path) as (queue, runner):
        await runner.run(failed(IntentKind.CANCEL, 3), key="intent")
        await runner.run(failed(IntentKind.START, 3), key="intent")
        assert queue.seconds[0] == 5
        assert [job.failures for job in queue.jobs] == [3, 4]


@pytest.mark.anyio
async def test_a_step_that_worked_begins_the_backoff_anew(tmp_path: Path) -> None:
    async with running(tmp_path) as (queue, runner):
        await runner.run(failed(IntentKind.EDIT, 9), key="intent")
        assert [job.failures for job in queue.jobs] == [1]
        assert queue.seconds[0] <= BACKOFF.first_seconds
