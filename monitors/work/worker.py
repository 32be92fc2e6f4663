"""The worker that runs until it is cancelled, and what is done about jobs it can't read.

docket ends its loop at any error that isn't Redis's: one entry of the stream that can't be read
ends it, and again at each start.
"""

import asyncio
from collections.abc import Sequence

import structlog
from docket import Docket, Execution, Worker
from docket.worker import default_fallback_task

from monitors.work.queue import MOST_TAKEN_OVER, hand_back

_log: structlog.stdlib.BoundLogger = structlog.get_logger("worker")


async def run_worker(worker: Worker) -> None:
    """Run jobs until cancelled. Entries that can't be read are put aside; other errors end it."""
    while True:
        try:
            await worker.run_forever()
        except ExceptionGroup:
            if not await _put_aside_unreadable(worker):
                raise
        else:
            return


async def _put_aside_unreadable(worker: Worker) -> bool:
    """Whether there were any. The worker's loop has ended: nothing it holds is under way."""
    docket = worker.docket
    stream, group = docket.stream_key, docket.worker_group_name
    async with docket.redis() as redis:
        held = await redis.xpending_range(
            stream, group, min="-", max="+", count=MOST_TAKEN_OVER, consumername=worker.name
        )
        entries = [
            entry
            for each in held
            for entry in await redis.xrange(stream, each["message_id"], each["message_id"])
        ]
        read = await _read(docket, [message for _, message in entries])
        unreadable = {
            entry_id: (message, error)
            for (entry_id, message), error in zip(entries, read, strict=True)
            if error is not None
        }
        for entry_id, (message, error) in unreadable.items():
            await redis.xack(stream, group, entry_id)
            await redis.xdel(stream, entry_id)
            key = message.get(b"key", b"").decode(errors="replace")
            # Its record would keep the same job from being added again.
            await redis.delete(docket.runs_key(key))
            _log.error(
                "unreadable job put aside",
                entry=entry_id.decode(),
                key=key,
                error=type(error).__name__,
            )
        rest = [entry_id for entry_id, _ in entries if entry_id not in unreadable]
        if unreadable:
            # They came in the same batch and were never begun.
            await hand_back(docket, redis, rest)
    return bool(unreadable)


async def _read(
    docket: Docket, messages: Sequence[dict[bytes, bytes]]
) -> list[BaseException | None]:
    """Why each can't be read, as the worker reads it; None for those that can."""
    results = await asyncio.gather(
        *(
            Execution.from_message(docket, message, fallback_task=default_fallback_task, sync=False)
            for message in messages
        ),
        return_exceptions=True,
    )
    return [each if isinstance(each, BaseException) else None for each in results]
