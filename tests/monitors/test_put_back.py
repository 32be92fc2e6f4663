"""Jobs that are put back while their Redis loses everything, on a real worker."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitors.model.clock import SystemClock
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import Tick
from monitors.storage.database import open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import SqlIntents
from monitors.work.queue import DocketQueue, open_docket, open_worker
from monitors.work.runner import JobKind, Runner

pytestmark = pytest.mark.anyio

DEADLINE_SECONDS = 20


async def test_a_job_whose_redis_was_emptied_while_it_ran_comes_back(tmp_path: Path) -> None:
    """Its next attempt must not be taken for the one that just ended, whose record is gone."""
    clock, done = SystemClock(), asyncio.Event()
    with EmbeddedValkey(tmp_path) as server, capture_logs() as lines:
        database = open_database(None, tmp_path)
        await upgrade(database)
        async with open_redis(server.start()) as redis, open_docket(server.start()) as docket:

            async def lose_everything_once(_request: Tick, attempt: Attempt) -> Outcome:
                if attempt.number == 1:
                    await redis.flushall()  # pyright: ignore[reportUnknownMemberType] - its options are untyped
                    return RetryAfter("emptied", 0.2)
                done.set()
                return Done()

            queue = DocketQueue(docket, clock=clock)
            runner = Runner(
                queue,
                {"lose": JobKind(Tick, lose_everything_once)},
                {},
                intents=SqlIntents(database),
                crashes=RedisCrashes(redis),
                clock=clock,
                rng=random.Random(1),  # noqa: S311 - spreads waits
                count=lambda _kind, _outcome: None,
            )
            runner.register(docket)
            async with open_worker(docket, concurrency=4) as worker:
                working = asyncio.create_task(worker.run_forever())
                await queue.enqueue("lose", "", key="lose")
                async with asyncio.timeout(DEADLINE_SECONDS):
                    await done.wait()
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working
        await database.aclose()
    # A wait that was planned is no warning.
    assert [each["log_level"] for each in lines if each["event"] == "job put back"] == ["info"]
