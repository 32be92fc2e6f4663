"""Opens everything, once, and puts the parts together.

The only place that knows which adapter plays which role.
"""

import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from bot.timings import CALL_SECONDS, TIMINGS, Timings
from bot.wiring.doors import Doors
from bot.wiring.handlers import intent_handlers, job_kinds
from bot.wiring.resources import open_stores
from bot.wiring.services import Services
from monitors.parallel.transport import open_http
from monitors.settings import Settings
from monitors.work.crashes import RedisCrashes
from monitors.work.intents import SweepIntents
from monitors.work.pulse import Pulse
from monitors.work.runner import Runner


class Wiring:
    """The app, opened."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings, self.timings = services.settings, services.timings
        self.stores, self.queue = services.stores, services.queue
        self.accounts, self.metrics = services.accounts, services.metrics

        stores, intents, timings = services.stores, services.intents, services.timings
        self.sweep = SweepIntents(intents, self.queue, services.clock, timings.stale_after)
        self.pulse = Pulse(stores.docket, stores.redis, young_seconds=timings.pulse_seconds)
        self.runner = Runner(
            self.queue,
            job_kinds(services),
            intent_handlers(services),
            intents=intents,
            crashes=RedisCrashes(stores.redis),
            clock=services.clock,
            rng=random.Random(),  # noqa: S311 - spreads waits, guards nothing
            count=self._count_job,
            backoff=timings.backoff,
        )
        self.runner.register(stores.docket)

        self.doors = Doors(services)

    def _count_job(self, kind: str, outcome: str) -> None:
        self.pulse.felt()
        self.metrics.count_job(kind, outcome)


@asynccontextmanager
async def open_wiring(settings: Settings, *, timings: Timings = TIMINGS) -> AsyncGenerator[Wiring]:
    """Open every resource and close it again. Raises SetupError if one can't be opened."""
    async with AsyncExitStack() as stack:
        stores = await open_stores(settings, stack)
        timeout = aiohttp.ClientTimeout(total=timings.slack_call_seconds)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        http = await stack.enter_async_context(open_http(timeout_seconds=CALL_SECONDS))
        services = Services(settings, timings, stores, session=session, http=http)
        await services.accounts.ensure_operator()
        stack.push_async_callback(services.accounts.last_seen.settle)
        yield Wiring(services)
