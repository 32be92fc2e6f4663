"""Asks for jobs about one monitor."""

import math
from dataclasses import replace
from datetime import datetime
from typing import Final

from monitors.model.codec import encode
from monitors.model.requests import CheckRequest, DeliverRequest, MonitorNotice
from monitors.ports import JobQueue

MonitorRequest = DeliverRequest | CheckRequest | MonitorNotice

REFRESH_DELAY_SECONDS: Final = 2.0
_KINDS: Final[dict[type[MonitorRequest], str]] = {
    DeliverRequest: "deliver",
    CheckRequest: "refresh",
    MonitorNotice: "notify",
}


def job_key(request: MonitorRequest, named: str) -> str:
    """While a job of that key waits or runs, another isn't added."""
    parts = (_KINDS[type(request)], request.endpoint_id, request.monitor_id, named)
    return ":".join(filter(None, parts))


async def ask(
    queue: JobQueue,
    request: MonitorRequest,
    *,
    named: str = "",
    delay_seconds: float = 0,
    since: datetime | None = None,
) -> bool:
    """Enqueue what does the request, unless a job of that name waits or runs; False if one runs.

    Raises QueueDownError.
    """
    return await queue.enqueue(
        _KINDS[type(request)],
        encode(request),
        key=job_key(request, named),
        delay_seconds=delay_seconds,
        since=since,
    )


async def ask_refresh(
    queue: JobQueue,
    endpoint_id: str,
    monitor_id: str,
    *,
    delay_seconds: float = REFRESH_DELAY_SECONDS,
) -> None:
    """Have the card redrawn soon; several wishes within the delay become one."""
    await _ask_news(queue, CheckRequest(endpoint_id, monitor_id), "", delay_seconds)


async def ask_about_failures(queue: JobQueue, endpoint_id: str, monitor_id: str) -> None:
    """Have the thread told of a streak of failures, or of its end."""
    await _ask_news(queue, MonitorNotice(endpoint_id, monitor_id, "run"), "failed")


async def _ask_news(
    queue: JobQueue, request: MonitorRequest, named: str, delay_seconds: float = 0
) -> None:
    """A job that runs may have looked too early: it doesn't stand for this one."""
    while not await ask(queue, request, named=named, delay_seconds=delay_seconds):
        named += "next"


async def ask_delivery(
    queue: JobQueue, endpoint_id: str, monitor_id: str, *, changed_at: datetime | None = None
) -> None:
    """Have a monitor looked at soon, as the reconciler would.

    `changed_at`: what kept it from being delivered ended then. A job that runs already may have
    looked before, and one that failed may wait for long: neither stands for this one.
    """
    change = f":{changed_at.isoformat()}" if changed_at else ""
    await ask(queue, DeliverRequest(endpoint_id, monitor_id, ""), named=f"again{change}")


async def deliver_at(
    queue: JobQueue, request: DeliverRequest, *, at: datetime, now: datetime
) -> None:
    """Have a monitor looked at then: one job of a kind for each second that it is due in."""
    kind = "last" if request.is_last else "digest" if request.digest_at else "at"
    due = math.ceil(at.timestamp())
    await ask(
        queue,
        replace(request, group_id=""),
        named=f"{kind}:{due}",
        delay_seconds=max(0.0, due - now.timestamp()),
        since=max(at, now),
    )
