"""Opens everything, once, and puts the parts together.

The only place that knows which adapter plays which role.
"""

import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import aiohttp
import httpx
from docket import Docket
from pydantic import SecretStr
from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_bolt_app
from bot.blocks.renderer import SlackRenderer
from bot.door import SlackDoor, SlackIntake
from bot.installations import (
    BoltInstallations,
    BoltStates,
    Installations,
    KeptInstallations,
    OneToken,
)
from bot.listeners.services import ListenerServices
from bot.manifest import bot_scopes
from bot.metrics import Metrics
from bot.oauth import OAuthDoor
from bot.pages.rendering import Pages
from bot.poster import SlackPoster
from bot.slack_api import SlackApi
from bot.sockets import SlackSocket
from bot.waits import WAITS, Waits
from monitors.domain.account import ParallelAccount
from monitors.domain.clock import Clock, SystemClock
from monitors.domain.codec import decode
from monitors.domain.intent import Intent, IntentKind
from monitors.domain.outcome import Attempt, Delivered, Outcome
from monitors.domain.requests import CheckRequest, DeliverRequest, TellRequest
from monitors.domain.workspace import Workspace
from monitors.jobs import DocketQueue, Handler, JobRunner, open_docket
from monitors.parallel.gateway import ParallelGateway
from monitors.services.account_trouble import AccountTroubles, TellTrouble
from monitors.services.address import AddressMonitor
from monitors.services.channels import ComeBack, FollowChannel, NoticeChannels, Residents, TryAgain
from monitors.services.check import NoticeFailure, RefreshCard
from monitors.services.dead_ends import DeadEnds, TellOwner
from monitors.services.deliver import DeliverFindings
from monitors.services.housekeeping import Housekeeping
from monitors.services.intake import TakeDown
from monitors.services.intents import RunIntents
from monitors.services.listing import ListMonitors
from monitors.services.locate import LocateMonitor
from monitors.services.move import MoveMonitor, MoveThread, RestoreCard
from monitors.services.posting import PostOnce
from monitors.services.reconcile import Reconcile
from monitors.services.redrive import Redrive
from monitors.services.start import BOT_NAME, StartMonitor
from monitors.services.sweep import SweepIntents
from monitors.services.thread_requests import AnswerThread
from monitors.settings import Settings
from monitors.store.data_dir import private_directory
from monitors.store.embedded import EmbeddedValkey
from monitors.store.redis_claims import RedisClaims
from monitors.store.redis_client import open_redis
from monitors.store.redis_crashes import RedisCrashes
from monitors.store.redis_leader import RedisLeader
from monitors.store.redis_limits import RedisLimits
from monitors.store.redis_runs import RedisRuns
from monitors.store.redis_states import RedisStates
from monitors.store.redis_threads import RedisThreads
from monitors.store.sealing import Sealer
from monitors.store.sql.accounts import SqlAccounts
from monitors.store.sql.dead_letters import SqlDeadLetters
from monitors.store.sql.engine import open_engine
from monitors.store.sql.installations import SqlInstallations
from monitors.store.sql.intents import SqlIntents
from monitors.store.sql.ledger import SqlBaselines, SqlLedger
from monitors.store.sql.schema import require_current, upgrade
from monitors.store.sql.sealed import SealedRows
from monitors.store.sql.stranded import SqlStranded, SqlTroubles

# One slow vendor answer must not outlast a job's lease (monitors.jobs.REDELIVERY_SECONDS).
CALL_SECONDS = 10.0
PARALLEL_CONNECTIONS = 100
# A leader that died is followed by another within this time.
LEADER_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept, and where."""

    redis: Redis
    engine: AsyncEngine
    sealer: Sealer
    docket: Docket
    embedded: EmbeddedValkey | None


@dataclass(frozen=True, slots=True)
class Wiring:
    """The app, opened. Doors are None where the settings leave them out."""

    settings: Settings
    waits: Waits
    stores: Stores
    metrics: Metrics
    accounts: SqlAccounts
    installations: Installations
    queue: DocketQueue
    sweep: SweepIntents
    redrive: Redrive
    leader: RedisLeader
    slack_door: SlackDoor | None
    slack_socket: SlackSocket | None
    oauth: OAuthDoor | None
    pages: Pages
    unix_time: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Clients:
    session: aiohttp.ClientSession
    slack: AsyncWebClient
    parallel: ParallelGateway


@asynccontextmanager
async def open_wiring(settings: Settings, *, waits: Waits = WAITS) -> AsyncGenerator[Wiring]:
    """Open every resource and close it again.

    Raises what a resource raises that cannot be opened: EmbeddedValkeyError, DatabaseUrlError,
    SchemaError, SealError.
    """
    async with AsyncExitStack() as stack:
        stores = await _open_stores(settings, stack)
        clients = await _open_clients(settings, stack)
        yield await _wire(settings, stores, clients, waits=waits)


async def _open_stores(settings: Settings, stack: AsyncExitStack) -> Stores:
    if settings.redis_url is None or settings.database_url is None:
        private_directory(settings.data_dir)
    embedded = None
    url = settings.redis_url
    if url is None:
        embedded = EmbeddedValkey(settings.data_dir)
        url = embedded.start()
        stack.callback(embedded.stop)
    redis = open_redis(url)
    stack.push_async_callback(redis.aclose)
    engine = open_engine(settings.database_url, settings.data_dir)
    stack.push_async_callback(engine.dispose)
    await (upgrade(engine) if settings.database_url is None else require_current(engine))
    sealer = open_sealer(settings)
    await SealedRows(engine, sealer).check()
    docket = await stack.enter_async_context(open_docket(url))
    return Stores(redis, engine, sealer, docket, embedded)


def open_sealer(settings: Settings) -> Sealer:
    """Raises SealError."""
    if settings.encryption_keys is not None:
        return Sealer.from_text(settings.encryption_keys.get_secret_value())
    return Sealer.from_data_dir(settings.data_dir)


async def _open_clients(settings: Settings, stack: AsyncExitStack) -> _Clients:
    session = await stack.enter_async_context(
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS))
    )
    slack = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
    http = await stack.enter_async_context(
        httpx.AsyncClient(
            timeout=CALL_SECONDS, limits=httpx.Limits(max_connections=PARALLEL_CONNECTIONS)
        )
    )
    parallel = ParallelGateway(
        http,
        base_url=settings.parallel_base_url,
        webhook_url=partial(webhook_address, settings.public_url),
    )
    return _Clients(session, slack, parallel)


def webhook_address(public_url: str | None, account: ParallelAccount) -> str | None:
    """Where Parallel sends an account's webhooks; None in polling mode."""
    if public_url is None:
        return None
    return f"{public_url}/webhooks/parallel/{account.endpoint_id}"


async def _wire(settings: Settings, stores: Stores, clients: _Clients, *, waits: Waits) -> Wiring:
    clock, metrics = SystemClock(), Metrics()
    accounts = SqlAccounts(
        stores.engine,
        stores.sealer,
        operator_key=_secret(settings.parallel_api_key),
        operator_secrets=_secrets(settings.parallel_webhook_secret),
    )
    await accounts.ensure_operator()
    kept = KeptInstallations(SqlInstallations(stores.engine, stores.sealer))
    token = _secret(settings.slack_bot_token)
    source = OneToken(SlackApi(clients.slack), token, now=clock.now) if token else kept
    installations = Installations(source)
    queue = DocketQueue(stores.docket, clock=clock)
    pages = Pages(command_prefix=settings.command_prefix)
    services = _Services(
        clients,
        stores,
        accounts=accounts,
        installations=installations,
        queue=queue,
        clock=clock,
        command_prefix=settings.command_prefix,
        waits=waits,
    )
    letters = SqlDeadLetters(stores.engine)
    runner = JobRunner(
        queue,
        services.handlers(),
        letters=letters,
        crashes=RedisCrashes(stores.redis),
        clock=clock,
        rng=random.Random(),  # noqa: S311 - spreads waits, guards nothing
        count=metrics.count_job,
        backoff=waits.backoff,
    )
    runner.register(stores.docket)
    intake = _slack_intake(settings, clients, services, metrics)
    return Wiring(
        settings=settings,
        waits=waits,
        stores=stores,
        metrics=metrics,
        accounts=accounts,
        installations=installations,
        queue=queue,
        sweep=SweepIntents(services.intents, queue, clock, waits.stale_after),
        redrive=Redrive(letters, services.ledger, queue),
        leader=RedisLeader(
            stores.redis, "reconciler", holder=uuid4().hex, ttl_seconds=LEADER_SECONDS
        ),
        slack_door=_slack_door(settings, intake, metrics),
        slack_socket=_slack_socket(settings, intake, clients),
        oauth=_oauth_door(
            settings,
            clients,
            stores,
            kept=kept,
            installations=installations,
            accounts=accounts,
            pages=pages,
            on_saved=services.come_back.installed,
        ),
        pages=pages,
        unix_time=time.time,
    )


class _Services:
    """The services over the adapters, and which job each does."""

    def __init__(  # noqa: PLR0913 - the parts that were opened, by name
        self,
        clients: _Clients,
        stores: Stores,
        *,
        accounts: SqlAccounts,
        installations: Installations,
        queue: DocketQueue,
        clock: Clock,
        command_prefix: str,
        waits: Waits,
    ) -> None:
        self.accounts, self.installations, self.queue, self.clock = (
            accounts,
            installations,
            queue,
            clock,
        )
        self.renderer = SlackRenderer(command_prefix=command_prefix)
        self.intents = SqlIntents(stores.engine, hold_seconds=waits.hold_seconds)
        gateway = clients.parallel
        self.stranded = SqlStranded(stores.engine)
        self.poster = poster = SlackPoster(
            SlackApi(clients.slack), clients.session, installations.token, self._token_refused
        )
        threads = RedisThreads(stores.redis)
        limits = RedisLimits(stores.redis)
        self.ledger = ledger = SqlLedger(stores.engine, grace=waits.grace)
        baselines = SqlBaselines(stores.engine)
        runs = RedisRuns(stores.redis)
        posting = PostOnce(ledger, poster, limits)
        addresses = AddressMonitor(accounts, installations, gateway)
        locate = LocateMonitor(accounts, installations, gateway, threads)
        dead_ends = DeadEnds(self.stranded, queue, clock, waits.stranded_again, waits.tell_after)
        trouble_store = SqlTroubles(stores.engine)
        troubles = AccountTroubles(
            trouble_store, accounts, installations, baselines, gateway, queue, clock
        )
        moving = MoveThread(gateway, poster, posting, self.renderer, threads, dead_ends)
        self.start = StartMonitor(
            accounts,
            installations,
            self.intents,
            gateway,
            poster,
            poster,
            self.renderer,
            threads,
            baselines,
            limits,
            limits,
            clock,
            command_prefix,
        )
        self.list = ListMonitors(
            accounts, installations, self.intents, gateway, self.renderer, poster, command_prefix
        )
        self.answer = AnswerThread(
            locate,
            gateway,
            self.intents,
            threads,
            poster,
            posting,
            poster,
            self.renderer,
            clock,
            command_prefix,
        )
        self.deliver = DeliverFindings(
            addresses,
            gateway,
            self.renderer,
            posting,
            ledger,
            baselines,
            self.intents,
            RedisClaims(stores.redis),
            runs,
            queue,
            clock,
            dead_ends,
            troubles,
        )
        self.tell_owner = TellOwner(
            dead_ends, addresses, poster, posting, self.renderer, clock, BOT_NAME
        )
        self.tell_trouble = TellTrouble(
            trouble_store,
            accounts,
            installations,
            poster,
            posting,
            self.renderer,
            clock,
            command_prefix,
        )
        self.restore = RestoreCard(addresses, poster, self.renderer, moving, dead_ends, clock)
        self.move = MoveMonitor(
            accounts,
            addresses,
            self.intents,
            moving,
            self.renderer,
            poster,
            clock,
            command_prefix,
            BOT_NAME,
        )
        residents = Residents(accounts, addresses, gateway)
        self.follow = FollowChannel(residents, self.intents, moving)
        self.try_again = TryAgain(self.stranded, self.intents, queue, clock)
        self.take_down = TakeDown(self.intents, queue, clock)
        self.come_back = ComeBack(
            residents, self.try_again, poster, self.intents, self.take_down, clock
        )
        self.housekeeping = Housekeeping(self.intents, ledger, clock)
        self.reconcile = Reconcile(
            accounts, addresses, gateway, runs, queue, self.stranded, troubles, clock
        )
        self.run_intents = RunIntents(
            self.intents,
            self.intents,
            {
                IntentKind.START: self._start,
                IntentKind.LIST: self._list,
                IntentKind.CANCEL: self._answer,
                IntentKind.RUN_NOW: self._answer,
                IntentKind.STATUS: self._answer,
                IntentKind.MOVE: self._move,
                IntentKind.INSTALLED: self._come_back,
                IntentKind.CHANNEL_BACK: self._try_again,
                IntentKind.CHANNEL_CHANGED: self._follow,
            },
        )
        self.refresh = RefreshCard(addresses, self.renderer, poster, dead_ends, troubles)
        self.failure = NoticeFailure(addresses, gateway, self.renderer, posting, queue, troubles)

    async def _token_refused(self, workspace: Workspace) -> None:
        """Slack no longer takes a token that was cached: ask the store next time."""
        self.installations.drop(workspace)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "intent": self._intent,
            "deliver": self._deliver,
            "refresh": self._refresh,
            "failure": self._failure,
            "card": self._restore,
            "tell_owner": self._tell_owner,
            "tell_trouble": self._tell_trouble,
            "reconcile": self._reconcile,
            "housekeeping": self._housekeeping,
        }

    async def _intent(self, intent_id: str, attempt: Attempt) -> Outcome:
        return await self.run_intents.run(intent_id, attempt=attempt)

    async def _start(self, intent: Intent, _attempt: Attempt) -> Outcome:
        return await self.start.run(intent)

    async def _list(self, intent: Intent, _attempt: Attempt) -> Outcome:
        return await self.list.run(intent)

    async def _answer(self, intent: Intent, attempt: Attempt) -> Outcome:
        return await self.answer.run(intent, attempt=attempt)

    async def _move(self, intent: Intent, attempt: Attempt) -> Outcome:
        return await self.move.run(intent, attempt=attempt)

    async def _try_again(self, intent: Intent, _attempt: Attempt) -> Outcome:
        return await self.try_again.run(intent)

    async def _come_back(self, intent: Intent, _attempt: Attempt) -> Outcome:
        return await self.come_back.run(intent)

    async def _follow(self, intent: Intent, _attempt: Attempt) -> Outcome:
        return await self.follow.run(intent)

    async def _restore(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.restore.run(decode(CheckRequest, argument), attempt=attempt)

    async def _tell_owner(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.tell_owner.run(decode(CheckRequest, argument), attempt=attempt)

    async def _tell_trouble(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.tell_trouble.run(decode(TellRequest, argument), attempt=attempt)

    async def _deliver(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.deliver.run(decode(DeliverRequest, argument), attempt=attempt)

    async def _refresh(self, argument: str, _attempt: Attempt) -> Outcome:
        return await self.refresh.run(decode(CheckRequest, argument))

    async def _reconcile(self, _argument: str, _attempt: Attempt) -> Outcome:
        await self.reconcile.run()
        return Delivered()

    async def _housekeeping(self, _argument: str, _attempt: Attempt) -> Outcome:
        await self.housekeeping.run()
        return Delivered()

    async def _failure(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.failure.run(decode(CheckRequest, argument), attempt=attempt)


def _slack_intake(
    settings: Settings, clients: _Clients, services: _Services, metrics: Metrics
) -> SlackIntake:
    take_down = services.take_down
    app = create_bolt_app(
        client=clients.slack,
        authorize=services.installations.authorize,
        services=ListenerServices(
            take_down=take_down,
            channels=NoticeChannels(services.stranded, take_down),
            accounts=services.accounts,
            renderer=services.renderer,
            command_prefix=settings.command_prefix,
            bot_user_id=services.installations.bot_user_id,
            forget=services.installations.forget,
            publish_home=services.poster.publish_home,
        ),
    )
    return SlackIntake(app, count=metrics.count_slack)


def _slack_door(settings: Settings, intake: SlackIntake, metrics: Metrics) -> SlackDoor | None:
    secret = _secret(settings.slack_signing_secret)
    if secret is None:
        return None
    return SlackDoor(intake, signing_secret=secret, count=metrics.count_slack, unix_time=time.time)


def _slack_socket(settings: Settings, intake: SlackIntake, clients: _Clients) -> SlackSocket | None:
    token = _secret(settings.slack_app_token)
    return SlackSocket(clients.slack, app_token=token, intake=intake) if token else None


def _oauth_door(  # noqa: PLR0913 - the parts that were opened, by name
    settings: Settings,
    clients: _Clients,
    stores: Stores,
    *,
    kept: KeptInstallations,
    installations: Installations,
    accounts: SqlAccounts,
    pages: Pages,
    on_saved: Callable[[Workspace], Awaitable[None]],
) -> OAuthDoor | None:
    client_id, client_secret = settings.slack_client_id, _secret(settings.slack_client_secret)
    if client_id is None or client_secret is None or settings.public_url is None:
        return None

    async def is_linked(workspace: Workspace) -> bool:
        if not workspace.team_id:
            # For a whole organisation: its workspaces link accounts of their own, if they do.
            return await accounts.ensure_operator() is not None
        return await accounts.for_workspace(workspace) is not None

    return OAuthDoor(
        client=clients.slack,
        client_id=client_id,
        client_secret=client_secret,
        public_url=settings.public_url,
        authorize_url=settings.slack_authorize_url,
        scopes=bot_scopes(),
        installation_store=BoltInstallations(kept, installations, on_saved=on_saved),
        state_store=BoltStates(RedisStates(stores.redis)),
        pages=pages,
        is_linked=is_linked,
    )


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _secrets(value: SecretStr | None) -> tuple[str, ...]:
    """Comma-separated, so that an old secret can overlap with its successor."""
    return tuple(part.strip() for part in (_secret(value) or "").split(",") if part.strip())
