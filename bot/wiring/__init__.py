"""Opens everything, once, and puts the parts together.

The only place that knows which adapter plays which role.
"""

import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.timings import TIMINGS, Timings
from bot.wiring import doors
from bot.wiring.handlers import intent_handlers, job_kinds
from bot.wiring.linking import Linking
from bot.wiring.resources import accounts_in, open_clients, open_stores
from bot.wiring.services import Services
from monitors.model.clock import SystemClock
from monitors.settings import Settings
from monitors.work.crashes import RedisCrashes
from monitors.work.intents import SweepIntents
from monitors.work.pulse import Pulse
from monitors.work.runner import Runner


class Wiring:
    """The app, opened. Doors are None where the settings leave them out."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings, self.timings = services.settings, services.timings
        self.stores, self.queue = services.stores, services.queue
        self.accounts, self.installations = services.accounts, services.installations
        self.organisations = services.organisations
        self.metrics, self.pages = services.metrics, services.pages

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

        self.linking = Linking(services)
        receiver = doors.slack_receiver(services, self.linking)
        self.slack_door = doors.slack_door(services, receiver)
        self.slack_socket = doors.slack_socket(services, receiver)
        self.oauth = doors.oauth_door(services, self.linking)

    def _count_job(self, kind: str, outcome: str) -> None:
        self.pulse.felt()
        self.metrics.count_job(kind, outcome)


@asynccontextmanager
async def open_wiring(settings: Settings, *, timings: Timings = TIMINGS) -> AsyncGenerator[Wiring]:
    """Open every resource and close it again.

    Raises what a resource raises that cannot be opened: EmbeddedValkeyError, DatabaseUrlError,
    SchemaError, SealError.
    """
    async with AsyncExitStack() as stack:
        stores = await open_stores(settings, stack)
        accounts = accounts_in(settings, stores.database, stores.sealer)
        await accounts.ensure_operator()
        clients = await open_clients(
            settings, stack, accounts, stores, slack_seconds=timings.slack_call_seconds
        )
        services = Services(settings, stores, clients, accounts, SystemClock(), timings=timings)
        yield Wiring(services)
