"""The queue, on docket: durable, keyed.

Arguments are short JSON strings, for docket unpickles what it reads. A job to be tried again is put
back under its own key with its next attempt, so nothing sleeps while it holds a job.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from docket import Disposition, Docket, Execution, ExecutionState, TaskCall, Worker
from docket._redis import RedisClient
from redis.exceptions import RedisError, ResponseError

from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.ports import QueueDownError
from monitors.storage.batching import Batching

TASK: Final = "perform"
# In one way there and back. As many single adds at once exhaust the connection pool (400 did).
MOST_ADDS: Final = 256
# Under the 3 s that Slack waits for an answer: docket's own connections wait for ever.
ADD_SECONDS: Final = 2.0
# Longer than any one call's time-outs together, shorter than a person's patience.
REDELIVERY_SECONDS: Final = 30.0
# docket's default of 250 ms leaves a worker idle at a few hundred jobs a second.
CHECK_SECONDS: Final = 0.02
MOST_TAKEN_OVER: Final = 10_000
_KNOWN: Final = Disposition.ALREADY_SCHEDULED
_WAITING: Final = {
    each.value.encode() for each in (ExecutionState.SCHEDULED, ExecutionState.QUEUED)
}


@dataclass(frozen=True, slots=True)
class Job:
    """What travels through the queue."""

    kind: str
    argument: str
    since: datetime
    trace_id: str
    attempt: int = 1
    failures: int = 0
    """Attempts in a row that failed and kept no step: what the back-off counts."""


def open_docket(url: str) -> Docket:
    # Records of ended jobs are dropped: what must be remembered after a job's end stands in SQL.
    return Docket(name="threadwatch", url=url, execution_ttl=timedelta(0))


class DocketQueue:
    def __init__(self, docket: Docket, *, clock: Clock, add_seconds: float = ADD_SECONDS) -> None:
        self._docket = docket
        self._clock = clock
        self._add_seconds = add_seconds
        self._adds = Batching(self._add, most=MOST_ADDS)

    async def enqueue(
        self,
        kind: str,
        argument: str,
        *,
        key: str,
        delay_seconds: float = 0,
        since: datetime | None = None,
    ) -> bool:
        """As the port says. Raises QueueDownError."""
        now = self._clock.now()
        job = Job(kind=kind, argument=argument, since=since or now, trace_id=uuid4().hex[:16])
        call = self._docket.call(TASK, when=now + timedelta(seconds=delay_seconds), key=key)
        try:
            async with asyncio.timeout(self._add_seconds):
                added, has_begun = await self._adds.add(call(encode(job)))
        except (RedisError, OSError) as error:
            raise QueueDownError(str(error)) from error
        if added.schedule_exception is not None:
            raise QueueDownError(str(added.schedule_exception)) from added.schedule_exception
        return not has_begun

    async def _add(self, calls: Sequence[TaskCall]) -> list[tuple[Execution, bool]]:
        """What was added, or not, each with whether a job of its key has begun already."""
        async with asyncio.timeout(self._add_seconds):
            if len(calls) == 1:  # add_many asks one thing more of Redis for each batch
                add = self._docket.add(TASK, when=calls[0].when, key=calls[0].key)
                added = [await add(*calls[0].args)]
            else:
                added = await self._docket.add_many(calls)
            known = [each.key for each in added if each.disposition is _KNOWN]
            begun = await self._begun(known) if known else set[str]()
        return [(each, each.key in begun) for each in added]

    async def _begun(self, keys: Sequence[str]) -> set[str]:
        async with self._docket.redis() as redis, redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.hgetall(self._docket.runs_key(key))
            records = await pipeline.execute()
        found = zip(keys, records, strict=True)
        # Also if it has ended since, which leaves no record.
        return {key for key, record in found if record.get(b"state") not in _WAITING}

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


async def take_over(docket: Docket) -> None:
    """Have the next worker begin what a killed one held, before its leases end.

    Only for a queue that no other process uses. Raises QueueDownError.
    """
    stream, group = docket.stream_key, docket.worker_group_name
    try:
        async with docket.redis() as redis:
            held = await redis.xpending_range(
                stream, group, min="-", max="+", count=MOST_TAKEN_OVER
            )
            await hand_back(docket, redis, [each["message_id"] for each in held])
    except ResponseError as error:
        if not str(error).startswith("NOGROUP"):
            raise QueueDownError(str(error)) from error
    except (RedisError, OSError) as error:
        raise QueueDownError(str(error)) from error


async def hand_back(docket: Docket, redis: RedisClient, entry_ids: Sequence[bytes]) -> None:
    """Have the next worker that looks begin these jobs, as if their leases had ended."""
    if entry_ids:
        await redis.xclaim(
            docket.stream_key,
            docket.worker_group_name,
            "taken-over",
            min_idle_time=0,
            message_ids=entry_ids,
            idle=int(timedelta(days=1).total_seconds() * 1000),
            justid=True,
        )
    # Whose turn it was to look for abandoned jobs (docket._redelivery).
    await redis.delete(docket.key("leases:redelivery-sweep"))


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
