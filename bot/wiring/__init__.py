"""Opens everything, once, and puts the parts together.

The only place that knows which adapter plays which role.
"""

import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from bot.metrics import Metrics
from bot.pages.oauth import OAuthDoor
from bot.pages.rendering import Pages
from bot.slack.api import SlackApi
from bot.slack.door import SlackDoor
from bot.slack.installations import (
    Installations,
    KeptInstallations,
)
from bot.slack.one_token import OneToken
from bot.slack.rotation import TokenRefresher, WorkingTokens
from bot.slack.sockets import SlackSocket
from bot.timings import TIMINGS, Timings
from bot.wiring import doors
from bot.wiring.handlers import intent_handlers, job_kinds
from bot.wiring.linking import Linking, LinkingPages
from bot.wiring.resources import (
    Clients,
    Stores,
    accounts_in,
    open_clients,
    open_stores,
    secret,
)
from bot.wiring.services import Services
from monitors.accounts.store import SqlAccounts
from monitors.delivery.redrive import Redrive
from monitors.model.clock import Clock, SystemClock
from monitors.ports import SignatureNotices
from monitors.settings import Settings
from monitors.watching.quota import MaxMonitors
from monitors.work.crashes import RedisCrashes
from monitors.work.intents import SweepIntents
from monitors.work.leader import RedisLeader
from monitors.work.pulse import Pulse
from monitors.work.queue import DocketQueue
from monitors.work.runner import Runner
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations

# A leader that died is followed by another within this time.
LEADER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Wiring:
    """The app, opened. Doors are None where the settings leave them out."""

    settings: Settings
    timings: Timings
    stores: Stores
    metrics: Metrics
    accounts: SqlAccounts
    installations: Installations
    one_token: OneToken | None = field(repr=False)
    tokens: WorkingTokens
    queue: DocketQueue
    sweep: SweepIntents
    redrive: Redrive
    runner: Runner
    services: Services
    organisations: SqlOrganisations
    leader: RedisLeader
    pulse: Pulse
    slack_door: SlackDoor | None
    slack_socket: SlackSocket | None
    oauth: OAuthDoor | None
    linking: LinkingPages | None
    notices: SignatureNotices
    pages: Pages
    unix_time: Callable[[], float]


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
        clock = SystemClock()
        clients = await open_clients(
            settings, stack, accounts, stores, slack_seconds=timings.slack_call_seconds
        )
        yield _wire(settings, stores, clients, accounts, clock, timings=timings)


def _wire(  # noqa: PLR0913 - what was opened, by name
    settings: Settings,
    stores: Stores,
    clients: Clients,
    accounts: SqlAccounts,
    clock: Clock,
    *,
    timings: Timings,
) -> Wiring:
    metrics = Metrics()
    organisations = SqlOrganisations(stores.database)
    rows = SqlInstallations(stores.database, stores.sealer)
    kept = KeptInstallations(rows, organisations)
    token = secret(settings.slack_bot_token)
    one_token = OneToken(SlackApi(clients.slack), token, now=clock.now) if token else None
    installations = Installations(one_token or kept)
    refresher = _refresher(settings, clients, rows, clock, lease=timings.refresh_lease)
    tokens = WorkingTokens(installations, refresher, clock.now)
    queue = DocketQueue(stores.docket, clock=clock)
    pages = Pages(command_prefix=settings.command_prefix)
    services = Services(
        clients,
        stores,
        accounts=accounts,
        installations=installations,
        tokens=tokens,
        organisations=organisations,
        queue=queue,
        clock=clock,
        command_prefix=settings.command_prefix,
        max_monitors=MaxMonitors(
            settings.max_monitors_per_workspace, settings.max_monitors_per_person
        ),
        public_url=settings.public_url,
        parallel_base_url=settings.parallel_base_url,
        timings=timings,
        count_dropped=metrics.count_dropped,
    )
    pulse = Pulse(stores.docket, stores.redis, young_seconds=timings.pulse_seconds)

    def count_job(kind: str, outcome: str) -> None:
        pulse.felt()
        metrics.count_job(kind, outcome)

    runner = Runner(
        queue,
        job_kinds(services),
        intent_handlers(services),
        intents=services.intents,
        crashes=RedisCrashes(stores.redis),
        clock=clock,
        rng=random.Random(),  # noqa: S311 - spreads waits, guards nothing
        count=count_job,
        backoff=timings.backoff,
    )
    runner.register(stores.docket)
    linking = Linking(settings, stores, clients, services, pages=pages)
    receiver = doors.slack_receiver(
        settings, clients, services, linking, metrics, sql_seconds=timings.sql_door_seconds
    )
    return Wiring(
        settings=settings,
        timings=timings,
        stores=stores,
        metrics=metrics,
        accounts=accounts,
        installations=installations,
        one_token=one_token,
        tokens=tokens,
        queue=queue,
        sweep=SweepIntents(services.intents, queue, clock, timings.stale_after),
        redrive=Redrive(services.intents, services.ledger, services.monitors, queue),
        runner=runner,
        services=services,
        organisations=organisations,
        pulse=pulse,
        leader=RedisLeader(
            stores.redis, "reconciler", holder=uuid4().hex, ttl_seconds=LEADER_SECONDS
        ),
        slack_door=doors.slack_door(settings, receiver, metrics),
        slack_socket=doors.slack_socket(settings, receiver, clients),
        oauth=doors.oauth_door(
            settings,
            clients,
            stores,
            kept=kept,
            installations=installations,
            accounts=accounts,
            pages=pages,
            on_saved=services.on_installed.installed,
            invite=linking.invite,
        ),
        linking=linking.pages,
        notices=linking.notices,
        pages=pages,
        unix_time=time.time,
    )


def _refresher(
    settings: Settings, clients: Clients, rows: SqlInstallations, clock: Clock, *, lease: timedelta
) -> TokenRefresher | None:
    """None without OAuth: the operator's one token does not expire."""
    client_id, client_secret = settings.slack_client_id, secret(settings.slack_client_secret)
    if client_id is None or client_secret is None:
        return None
    return TokenRefresher(rows, SlackApi(clients.slack), client_id, client_secret, clock.now, lease)
