"""A job's round trip: shown by a tiny job of one's own, by any other, and by nothing else."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from docket import Docket
from redis.asyncio import Redis

from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.work.pulse import Pulse
from monitors.work.queue import open_docket, open_worker
from monitors.work.worker import run_worker

pytestmark = pytest.mark.anyio
YOUNG_SECONDS = 0.4


@pytest.fixture
async def url(tmp_path: Path) -> AsyncGenerator[str]:
    with EmbeddedValkey(tmp_path / "data") as server:
        yield server.start()


async def until(pulse: Pulse, *, wanted: bool) -> None:
    async with asyncio.timeout(20):
        while await pulse.check() is not wanted:  # noqa: ASYNC110 - what is asked is Redis
            await asyncio.sleep(0.01)


@pytest.fixture
async def redis(url: str) -> AsyncGenerator[Redis]:
    async with open_redis(url) as client:
        yield client


def pulse_on(docket: Docket, redis: Redis) -> Pulse:
    return Pulse(docket, redis, beat_seconds=0.05, young_seconds=YOUNG_SECONDS)


async def test_a_worker_that_hangs_is_noticed_and_one_that_goes_on_too(
    url: str, redis: Redis
) -> None:
    free = asyncio.Event()

    async def hang() -> None:
        await free.wait()

    async with open_docket(url) as docket, open_worker(docket, concurrency=1) as worker:
        pulse = pulse_on(docket, redis)
        docket.register(hang)
        assert not await pulse.check()
        tasks = [asyncio.create_task(run_worker(worker)), asyncio.create_task(pulse.run())]
        await until(pulse, wanted=True)
        await docket.add(hang)()
        await until(pulse, wanted=False)
        # What others do here shows it as well.
        pulse.felt()
        assert await pulse.check()
        await until(pulse, wanted=False)
        free.set()
        await until(pulse, wanted=True)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_another_processs_worker_may_do_it(url: str, redis: Redis) -> None:
    async with open_docket(url) as docket, open_docket(url) as other:
        pulse = pulse_on(docket, redis)
        pulse_on(other, redis)
        async with open_worker(other, concurrency=1) as worker:
            tasks = [asyncio.create_task(run_worker(worker)), asyncio.create_task(pulse.run())]
            await until(pulse, wanted=True)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await until(pulse, wanted=False)
