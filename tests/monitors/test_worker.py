"""A worker meets entries that it can't read: the others are done, and it goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from docket import Docket

from monitors.model.clock import SystemClock
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import parse_redis_url
from monitors.work.queue import TASK, DocketQueue, open_docket, open_worker
from monitors.work.worker import run_worker

pytestmark = pytest.mark.anyio

UNREADABLE = [
    {b"what": b"is this"},
    {
        b"key": b"torn",
        b"function": TASK.encode(),
        b"args": b"torn",
        b"kwargs": b"",
        b"when": b"now",
        b"attempt": b"1",
    },
]


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    with EmbeddedValkey(tmp_path) as server:
        yield server.start()


async def work_until(docket: Docket, done: asyncio.Event) -> None:
    async with open_worker(docket, concurrency=4) as worker:
        working = asyncio.create_task(run_worker(worker))
        waiting = asyncio.create_task(done.wait())
        try:
            async with asyncio.timeout(20):
                await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            assert not working.done(), working
        finally:
            waiting.cancel()
            working.cancel()
            await asyncio.wait({working})


@pytest.mark.parametrize("entry", UNREADABLE)
@pytest.mark.parametrize("options", ["", "?protocol=3"])
async def test_an_entry_that_cannot_be_read_is_put_aside_and_the_others_are_done(
    url: str, entry: dict[bytes, bytes], options: str
) -> None:
    done: dict[str, asyncio.Event] = {}

    async def perform(job: str) -> None:
        done[next(key for key in done if key in job)].set()

    async with open_docket(parse_redis_url(url + options)) as docket:
        docket.register(perform, names=[TASK])
        queue = DocketQueue(docket, clock=SystemClock())
        await queue.enqueue("deliver", "torn", key="torn")
        async with docket.redis() as redis:
            ((entry_id, _),) = await redis.xrange(docket.stream_key)
            await redis.xdel(docket.stream_key, entry_id)
            await redis.xadd(docket.stream_key, {**entry})
        done["beside"] = asyncio.Event()
        await queue.enqueue("deliver", "beside", key="beside")
        await work_until(docket, done["beside"])
        async with docket.redis() as redis:
            left = await redis.xpending(docket.stream_key, docket.worker_group_name)
            assert (left["pending"], await redis.xlen(docket.stream_key)) == (0, 0)
        # The next worker meets nothing, and the job can be asked for again.
        if b"key" in entry:
            done["torn"] = asyncio.Event()
            await queue.enqueue("deliver", "torn", key="torn")
            await work_until(docket, done["torn"])
