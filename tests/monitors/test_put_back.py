"""What becomes of jobs that are put back: while Redis loses everything, and after a crash."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docket import Docket
from redis.asyncio import Redis
from structlog.testing import capture_logs

from monitors.model.clock import SystemClock
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter, Suspended
from monitors.model.requests import Tick
from monitors.storage.database import open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.keys import crash_key
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import SqlIntents
from monitors.work.queue import DocketQueue, Job, open_docket, open_worker
from monitors.work.runner import JobKind, Runner

pytestmark = pytest.mark.anyio

DEADLINE_SECONDS = 20


@asynccontextmanager
async def running(
    tmp_path: Path, handler: Callable[[Redis, Attempt], Awaitable[Outcome]]
) -> AsyncGenerator[tuple[Runner, DocketQueue, Docket, Redis]]:
    """A runner of one kind of job, `try`, on stores of its own."""
    clock = SystemClock()
    with EmbeddedValkey(tmp_path) as server:
        async with (
            aclosing(open_database(None, tmp_path)) as database,
            open_redis(server.start()) as redis,
            open_docket(server.start()) as docket,
        ):
            await upgrade(database)

            async def handle(_request: Tick, attempt: Attempt) -> Outcome:
                return await handler(redis, attempt)

            queue = DocketQueue(docket, clock=clock)
            runner = Runner(
                queue,
                {"try": JobKind(Tick, handle)},
                {},
                intents=SqlIntents(database),
                crashes=RedisCrashes(redis),
                clock=clock,
                rng=random.Random(1),  # noqa: S311 - spreads waits
                count=lambda _kind, _outcome: None,
            )
            runner.register(docket)
            yield runner, queue, docket, redis


async def test_a_job_whose_redis_was_emptied_while_it_ran_comes_back(tmp_path: Path) -> None:
    """Its next attempt must not be taken for the one that just ended, whose record is gone."""
    done = asyncio.Event()

    async def lose_everything_once(redis: Redis, attempt: Attempt) -> Outcome:
        if attempt.number == 1:
            await redis.flushall()  # pyright: ignore[reportUnknownMemberType] - its options are untyped
            return RetryAfter("emptied", 0.2)
        done.set()
        return Done()

    with capture_logs() as lines:
        async with (
            running(tmp_path, lose_everything_once) as (_, queue, docket, _),
            open_worker(docket, concurrency=4) as worker,
        ):
            working = asyncio.create_task(worker.run_forever())
            await queue.enqueue("try", "", key="lose")
            async with asyncio.timeout(DEADLINE_SECONDS):
                await done.wait()
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
    # A wait that was planned is no warning.
    assert [each["log_level"] for each in lines if each["event"] == "job put back"] == ["info"]


@pytest.mark.parametrize("end", [Done(), Suspended("closed"), Failed("refused")])
async def test_a_job_that_ended_after_a_crash_leaves_nothing_in_redis(
    tmp_path: Path, end: Outcome
) -> None:
    """Its key may name a monitor, which is to be forgotten with its workspace."""

    async def ends_at_last(_redis: Redis, attempt: Attempt) -> Outcome:
        return RetryAfter("not yet", 60) if attempt.number == 1 else end

    async with running(tmp_path, ends_at_last) as (runner, _, _, redis):
        job = Job("try", "", datetime.now(UTC), trace_id="t")
        await runner.run(job, key="job", redelivered=True)
        assert await redis.exists(crash_key("job")), "one more crash would count"
        await runner.run(replace(job, attempt=2), key="job")
        assert not await redis.exists(crash_key("job"))
