"""Docket as the queue, on the embedded server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from docket import Docket
from redis.asyncio import Redis

from monitors.delivery.asking import ask_about_failures, ask_delivery, ask_refresh
from monitors.model.clock import SystemClock
from monitors.ports import QueueDownError
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.work.queue import TASK, DocketQueue, open_docket, open_worker
from monitors.work.worker import run_worker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    with EmbeddedValkey(tmp_path) as server:
        async with open_redis(server.start()) as client:
            yield client


@pytest.fixture
async def docket(redis: Redis, tmp_path: Path) -> AsyncIterator[Docket]:
    del redis
    with EmbeddedValkey(tmp_path) as server:
        async with open_docket(server.start()) as opened:

            async def perform(_job: str) -> None:
                pass

            opened.register(perform, names=[TASK])
            yield opened


async def waiting(docket: Docket) -> list[str]:
    snapshot = await docket.snapshot()
    return sorted(execution.key for execution in snapshot.future)


async def test_jobs_that_arrive_together_are_all_kept_and_each_key_once(docket: Docket) -> None:
    queue = DocketQueue(docket, clock=SystemClock())
    keys = ["a", "b", "a", "c", "b"]
    await asyncio.gather(
        *(queue.enqueue("deliver", "{}", key=key, delay_seconds=3600) for key in keys)
    )
    await queue.enqueue("deliver", "{}", key="c", delay_seconds=3600)
    assert await waiting(docket) == ["a", "b", "c"]


async def test_a_server_that_does_not_answer_is_down_for_all_who_wait_and_well_again_afterwards(
    docket: Docket, redis: Redis
) -> None:
    queue = DocketQueue(docket, clock=SystemClock(), add_seconds=0.2)
    await queue.enqueue("deliver", "{}", key="before", delay_seconds=3600)
    # Writes alone: a server told to hold everything would hold the order to go on as well.
    await redis.client_pause(timeout=60_000, all=False)  # pyright: ignore[reportUnknownMemberType] - untyped keyword arguments in redis-py
    answers = await asyncio.gather(
        *(queue.enqueue("deliver", "{}", key=key, delay_seconds=3600) for key in ("a", "b")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [QueueDownError, QueueDownError]
    await redis.client_unpause()  # pyright: ignore[reportUnknownMemberType] - likewise
    await queue.enqueue("deliver", "{}", key="after", delay_seconds=3600)
    assert {"before", "after"} <= set(await waiting(docket))


@pytest.mark.parametrize(("wish", "times"), [("delivery", 3), ("refresh", 3), ("failures", 1)])
async def test_what_changed_while_a_monitor_is_looked_at_has_it_looked_at_once_more(
    tmp_path: Path, wish: str, times: int
) -> None:
    looks, go_on = asyncio.Queue[str](), asyncio.Event()

    async def perform(job: str) -> None:
        looks.put_nowait(job)
        await go_on.wait()

    with EmbeddedValkey(tmp_path) as server:
        async with open_docket(server.start()) as docket:
            docket.register(perform, names=[TASK])
            clock = SystemClock()
            queue = DocketQueue(docket, clock=clock)
            async with open_worker(docket, concurrency=4, redelivery_seconds=60) as worker:
                running = asyncio.create_task(run_worker(worker))
                changed_at = clock.now()

                async def ask() -> None:
                    about = (queue, "endpoint", "monitor_1")
                    match wish:
                        case "delivery":
                            await ask_delivery(*about, changed_at=changed_at)
                        case "refresh":
                            await ask_refresh(*about, delay_seconds=0.2)
                        case _:
                            await ask_about_failures(*about)

                async with asyncio.timeout(30):
                    await ask()
                    await looks.get()
                    changed_at = clock.now()
                    for _ in range(times):
                        await ask()
                    await looks.get()
                go_on.set()
                assert looks.empty()
                running.cancel()
