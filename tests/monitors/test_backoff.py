"""How long a job waits that nobody told how long."""

import random
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
from monitors.storage.database import Database, closing
from monitors.storage.engine import open_engine
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import INTENT_JOB, SqlIntents
from monitors.work.queue import DocketQueue, Job
from monitors.work.runner import BACKOFF, KEEP_TRYING, Backoff, IntentHandler, JobKind, Runner

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


class Delays(DocketQueue):
    """Keeps when a job is to come back, instead of the job."""

    def __init__(self, docket: Docket) -> None:
        super().__init__(docket, clock=SystemClock())
        self.seconds: list[float] = []

    async def again(self, job: Job, *, key: str, delay_seconds: float) -> None:
        del job, key
        self.seconds.append(delay_seconds)


async def away(_request: object, _attempt: Attempt) -> Outcome:
    return RetryAfter("Parallel is away")


@pytest.mark.anyio
async def test_a_person_who_waits_is_never_far_from_the_next_try(tmp_path: Path) -> None:
    """However often it failed already; what nobody waits for is tried ever more rarely."""
    engine, now = open_engine(None, tmp_path), SystemClock().now()
    await upgrade(engine)
    async with (
        closing(Database(engine)) as database,
        Docket(name="t", url="memory://delays") as docket,
    ):
        queue, intents = Delays(docket), SqlIntents(database)
        runner = Runner(
            queue,
            {"tick": JobKind(Tick, away)},
            {IntentKind.START: IntentHandler(away)},
            intents=intents,
            crashes=RedisCrashes(Redis()),
            clock=SystemClock(),
            rng=random.Random(1),  # noqa: S311 - likewise
            count=lambda _kind, _outcome: None,
        )
        await intents.add(Intent("Tr1", Workspace("T1"), IntentKind.START, "{}", now))
        for failures in range(40):
            job = Job(INTENT_JOB, "Tr1", now, failures=failures, trace_id="t")
            await runner.run(job, key="intent:Tr1")
        assert len(queue.seconds) == 40
        assert max(queue.seconds) <= 30
        await runner.run(Job("tick", "", now, failures=40, trace_id="t"), key="tick")
        assert queue.seconds[-1] > 300
