"""Runs a worker beside or without the web server: jobs, the sweeper, and what is due regularly."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog
from docket import Worker
from sqlalchemy.exc import SQLAlchemyError

from bot.web.crowd import Crowd
from bot.wiring import Wiring
from monitors.ports import QueueDownError, StoreDownError
from monitors.work.pulse import Pulse
from monitors.work.queue import open_worker, take_over
from monitors.work.worker import run_worker

CONCURRENCY: Final = 32
# While more requests than these are being answered in the same event loop, jobs leave it to them:
# what they wait for is kept, and no sender waits for it.
MANY_REQUESTS: Final = 16
CONCURRENCY_THEN: Final = 2
LOOK_SECONDS: Final = 0.05
HOUSEKEEPING_SECONDS: Final = 3600.0
_log: structlog.stdlib.BoundLogger = structlog.get_logger("worker")


class WorkerEndedError(Exception):
    """The worker ended by itself: nothing that is acknowledged would be done any more."""


class WorkerHealth:
    """Whether this process's worker is running, and jobs are done."""

    def __init__(self, pulse: Pulse) -> None:
        self.running = False
        self.ended = asyncio.Event()
        self._pulse = pulse

    async def check(self) -> bool:
        return self.running and await self._pulse.check()

    def end(self, task: asyncio.Task[None]) -> None:
        """One of its loops ended, which nobody asked for: the process can't go on."""
        self.running = False
        error = None if task.cancelled() else task.exception()
        _log.error("worker ended", part=task.get_name(), exc_info=error)
        self.ended.set()


@asynccontextmanager
async def working(
    wiring: Wiring, health: WorkerHealth, crowd: Crowd | None
) -> AsyncGenerator[None]:
    """Run jobs and the sweeper while the body runs; then finish the current ones within a deadline.

    A job that doesn't finish in time is cancelled: once its lease ends, another worker resumes it
    from the last saved step.
    """
    timings, embedded = wiring.timings, wiring.stores.embedded
    if embedded is not None and embedded.was_alone:
        await wiring.services.intents.take_over(after_seconds=timings.take_over_after_seconds)
        await take_over(wiring.stores.docket)
    async with open_worker(
        wiring.stores.docket, concurrency=CONCURRENCY, redelivery_seconds=timings.redelivery_seconds
    ) as worker:
        tasks = {
            asyncio.create_task(run_worker(worker), name="jobs"),
            asyncio.create_task(_sweep(wiring), name="sweeper"),
            asyncio.create_task(_beat(wiring), name="beat"),
            asyncio.create_task(wiring.pulse.run(), name="pulse"),
        }
        if crowd is not None:
            tasks.add(asyncio.create_task(give_way(worker, crowd), name="giving way"))
        health.running = True
        for task in tasks:
            task.add_done_callback(health.end)
        try:
            yield
        finally:
            for task in tasks:
                task.remove_done_callback(health.end)
            health.running = False
            for task in tasks:
                task.cancel()
            _, unfinished = await asyncio.wait(tasks, timeout=timings.drain_seconds)
            for task in unfinished:
                # docket waits for its jobs on the first cancellation, cancels them on the
                # second, and leaves those pending.
                task.cancel()
            if unfinished:
                await asyncio.wait(unfinished)


async def give_way(worker: Worker, crowd: Crowd) -> None:
    """Have few jobs run while many requests are being answered."""
    while True:
        is_crowded = crowd.answering > MANY_REQUESTS
        worker.concurrency = CONCURRENCY_THEN if is_crowded else CONCURRENCY
        await asyncio.sleep(LOOK_SECONDS)


async def _sweep(wiring: Wiring) -> None:
    log = structlog.get_logger("sweeper")
    while True:
        try:
            found = await wiring.sweep.run()
            if found:
                log.info("stale intents enqueued", count=found)
        except (QueueDownError, StoreDownError, SQLAlchemyError, OSError) as error:
            log.warning("sweep postponed", error=type(error).__name__)
        await asyncio.sleep(wiring.timings.sweep_seconds)


async def _beat(wiring: Wiring) -> None:
    """Have the passes over all accounts made, as jobs that may fail alone.

    One job of a kind waits for its time, whichever process asks for it: so all workers together
    make one pass in each period, and each process one more soon after its start.
    """
    every = {
        "reconcile": float(wiring.settings.reconcile_every_seconds),
        "housekeeping": HOUSEKEEPING_SECONDS,
    }
    beat = min(wiring.timings.beat_seconds, every["reconcile"])
    first = min(wiring.timings.first_reconcile_seconds, every["reconcile"])
    regular = [(kind, "next", seconds - beat) for kind, seconds in every.items()]
    wanted = [*((kind, "first", first) for kind in every), *regular]
    while True:
        # Redis isn't responding: the next beat tries again.
        with suppress(QueueDownError):
            for kind, named, delay in wanted:
                await wiring.queue.enqueue(kind, "", key=f"{kind}:{named}", delay_seconds=delay)
            wanted = regular
        await asyncio.sleep(beat)
