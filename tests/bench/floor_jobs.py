"""The least that a delivery would have to do: bare docket, the same three calls, the same clients.

Nothing is remembered, checked, limited or written down: a job reads the monitor, reads its events
and posts one message.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import aiohttp
import httpx
from docket import Docket
from parallel import AsyncParallel
from slack_sdk.web.async_client import AsyncWebClient

from bot.timings import CALL_SECONDS
from bot.web.working import CONCURRENCY
from monitors.work.queue import open_worker
from tests.bench.plan import ServerOrder

TASK: Final = "deliver"
NAME: Final = "bench-floor"
_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class FloorJobs:
    """The floor's queue, on the app's Redis under a name of its own."""

    docket: Docket

    async def enqueue(self, monitor_id: str, group_id: str) -> None:
        await self.docket.add(TASK, key=f"{monitor_id}:{group_id}")(monitor_id)


@asynccontextmanager
async def floor_queue(redis_url: str) -> AsyncGenerator[FloorJobs]:
    async with Docket(name=NAME, url=redis_url, execution_ttl=timedelta(0)) as docket:
        yield FloorJobs(docket)


@asynccontextmanager
async def open_floor_jobs(order: ServerOrder) -> AsyncGenerator[FloorJobs]:
    """The queue, and where the order says so a worker with the app's own settings of docket."""
    if order.redis_url is None:
        raise RuntimeError("the floor's jobs stand in the app's Redis")
    async with AsyncExitStack() as stack:
        jobs = await stack.enter_async_context(floor_queue(order.redis_url))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))
        )
        http = await stack.enter_async_context(
            httpx.AsyncClient(limits=httpx.Limits(max_connections=100))
        )
        _register(jobs.docket, session, http, stand_in=order.stand_in)
        if order.worker:
            worker = await stack.enter_async_context(
                open_worker(jobs.docket, concurrency=CONCURRENCY)
            )
            run = asyncio.create_task(worker.run_forever())
            stack.push_async_callback(asyncio.wait, {run})
            stack.callback(run.cancel)
        yield jobs


def _register(
    docket: Docket, session: aiohttp.ClientSession, http: httpx.AsyncClient, *, stand_in: str
) -> None:
    slack = AsyncWebClient(base_url=f"{stand_in}/api/", session=session, retry_handlers=[])
    parallel = AsyncParallel(api_key="bench", base_url=stand_in, http_client=http, max_retries=0)

    async def deliver(monitor_id: str) -> None:
        found = await parallel.monitor.with_raw_response.retrieve(monitor_id)
        listed = await parallel.monitor.with_raw_response.events(monitor_id, limit=_PAGE)
        monitor = cast("dict[str, dict[str, str]]", found.http_response.json())
        events = cast(
            "dict[str, list[dict[str, dict[str, str]]]]",
            listed.http_response.json(),
        )
        text = events["events"][0]["output"]["content"]
        body = {
            "channel": monitor["metadata"]["slack_channel_id"],
            "thread_ts": monitor["metadata"]["slack_thread_id"],
            "text": text,
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
            "token": "xoxb-bench",
        }
        await slack.api_call("chat.postMessage", json=body)  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped

    docket.register(deliver, names=[TASK])
