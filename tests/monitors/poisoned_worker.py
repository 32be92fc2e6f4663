"""A worker with the production queue and stores, and one kind of job that kills it.

`python -m tests.monitors.poisoned_worker <data dir>`: runs until it is killed, by itself or others.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docket import Docket
from redis.asyncio import Redis

from bot.web.logs import configure_logs
from monitors.model.clock import SystemClock
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import Tick
from monitors.model.view_requests import HomeRequest
from monitors.storage.database import open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from monitors.work.crashes import RedisCrashes
from monitors.work.intent_store import SqlIntents
from monitors.work.queue import DocketQueue, open_docket, open_worker
from monitors.work.runner import JobKind, Runner

REDELIVERY_SECONDS: Final = 1.0
# A good job's one call: long enough to be under way when the poison next to it is swallowed.
CALL_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Parts:
    """What the worker has, and what a test looks at."""

    redis: Redis
    docket: Docket
    queue: DocketQueue
    intents: SqlIntents
    runner: Runner


@asynccontextmanager
async def open_parts(data_dir: Path) -> AsyncGenerator[Parts]:
    clock = SystemClock()
    with EmbeddedValkey(data_dir) as server:
        database = open_database(None, data_dir)
        await upgrade(database)
        async with open_redis(server.start()) as redis, open_docket(server.start()) as docket:

            async def swallow(_request: Tick, _attempt: Attempt) -> Outcome:
                os.kill(os.getpid(), signal.SIGKILL)
                return Done()

            async def do_well(request: HomeRequest, _attempt: Attempt) -> Outcome:
                await asyncio.sleep(CALL_SECONDS)
                await redis.hincrby("done", request.user_id, 1)
                return Done()

            queue = DocketQueue(docket, clock=clock)
            runner = Runner(
                queue,
                {"poison": JobKind(Tick, swallow), "good": JobKind(HomeRequest, do_well)},
                {},
                intents=(intents := SqlIntents(database)),
                crashes=RedisCrashes(redis),
                clock=clock,
                rng=random.Random(),  # noqa: S311 - spreads waits
                count=lambda _kind, _outcome: None,
                apart_seconds=0.5,
            )
            runner.register(docket)
            yield Parts(redis, docket, queue, intents, runner)
        await database.aclose()


async def work(data_dir: Path) -> None:
    async with open_parts(data_dir) as parts:
        worker = open_worker(parts.docket, concurrency=32, redelivery_seconds=REDELIVERY_SECONDS)
        async with worker:
            await worker.run_forever()


if __name__ == "__main__":
    configure_logs("info", "json")
    asyncio.run(work(Path(sys.argv[1])))
