"""The services over the adapters, and which job each does."""

from collections.abc import Callable, Mapping

from bot.blocks.renderer import SlackRenderer
from bot.slack.api import SlackApi
from bot.slack.installations import (
    Installations,
)
from bot.slack.people import SlackPeople
from bot.slack.poster import SlackPoster
from bot.slack.rotation import WorkingTokens
from bot.slack.views import SlackViews
from bot.slack.workspace_calls import WorkspaceCalls
from bot.timings import Waits
from bot.wiring.resources import Clients, Stores
from monitors.accounts.disconnect import UnlinkAccount
from monitors.accounts.home import FillModal, ShowHome
from monitors.accounts.left import SqlLeftAccounts
from monitors.accounts.link_tokens import RedisLinkTickets
from monitors.accounts.serving import ServingAccounts
from monitors.accounts.store import SqlAccounts
from monitors.delivery.account_trouble import AccountTroubles, TellTrouble
from monitors.delivery.address import AddressMonitor, Dropped
from monitors.delivery.dead_ends import DeadEnds, TellOwner
from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.housekeeping import Housekeeping
from monitors.delivery.ledger import Ledger
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import PostOnce
from monitors.delivery.reconcile import Reconcile
from monitors.delivery.refresh import NoticeFailure, RefreshCard
from monitors.delivery.stranded import SqlTroubles
from monitors.model.clock import Clock
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import (
    CheckRequest,
    DeliverRequest,
    HomeRequest,
    ModalRequest,
    TellRequest,
)
from monitors.model.workspace import Workspace
from monitors.watching.channels import ComeBack, FollowChannel, Residents, TryAgain
from monitors.watching.end_monitor import EndMonitor
from monitors.watching.listing import ListMonitors
from monitors.watching.locate import LocateMonitor
from monitors.watching.move import MoveMonitor, MoveThread, RestoreCard
from monitors.watching.start import BOT_NAME, StartMonitor
from monitors.watching.strangers import Strangers
from monitors.watching.thread_commands import AnswerThread
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import RunIntents
from monitors.work.jobs import DocketQueue, Handler
from monitors.work.submit import TakeDown
from monitors.workspaces.cache import RedisWorkspaces
from monitors.workspaces.export import ExportWorkspace
from monitors.workspaces.organisations import SqlOrganisations
from monitors.workspaces.records import SqlWorkspaces
from monitors.workspaces.uninstall import NoticeLeaving, RemoveWorkspace


class Services:
    """The services over the adapters, and which job each does."""

    def __init__(  # noqa: PLR0913 - the parts that were opened, by name
        self,
        clients: Clients,
        stores: Stores,
        *,
        accounts: SqlAccounts,
        installations: Installations,
        tokens: WorkingTokens,
        organisations: SqlOrganisations,
        queue: DocketQueue,
        clock: Clock,
        command_prefix: str,
        public_url: str | None,
        waits: Waits,
        count_dropped: Callable[[Dropped], None],
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
        calls = WorkspaceCalls(
            SlackApi(clients.slack), tokens.token, self._token_refused, tokens.expired
        )
        self.poster = poster = SlackPoster(calls, clients.session)
        self.people, self.views = SlackPeople(calls), SlackViews(calls)
        self.left = left = SqlLeftAccounts(stores.engine, stores.sealer)
        self.monitors = monitors = Monitors(stores.database)
        limits = RedisLimits(stores.redis)
        self.ledger = ledger = Ledger(stores.database, now=clock.now)
        posting = PostOnce(ledger, poster, limits, clock, waits.posts)
        addresses = AddressMonitor(accounts, installations, gateway, count_dropped)
        locate = LocateMonitor(accounts, installations, gateway, monitors)
        dead_ends = DeadEnds(monitors, queue, clock, waits.stranded_again, waits.tell_after)
        trouble_store = SqlTroubles(stores.engine)
        troubles = AccountTroubles(
            trouble_store, accounts, installations, monitors, gateway, queue, clock
        )
        moving = MoveThread(gateway, poster, posting, self.renderer, monitors, dead_ends)
        self.start = StartMonitor(
            accounts,
            installations,
            self.intents,
            gateway,
            poster,
            poster,
            self.renderer,
            monitors,
            limits,
            limits,
            clock,
            command_prefix,
        )
        self.list = ListMonitors(
            accounts, installations, self.intents, gateway, self.renderer, poster, command_prefix
        )
        self.show_home = ShowHome(
            accounts,
            left,
            self.people,
            installations,
            self.list,
            self.views,
            self.renderer,
            command_prefix,
            has_webhooks=public_url is not None,
        )
        self.fill_modal = FillModal(
            accounts,
            self.people,
            self.list,
            self.views,
            self.renderer,
            RedisLinkTickets(stores.redis, stores.sealer),
            public_url,
        )
        end = EndMonitor(gateway, poster, posting, self.renderer, monitors)
        self.unlink = UnlinkAccount(
            left, accounts, self.intents, self.intents, end, poster, queue, clock
        )
        self.answer = AnswerThread(
            locate,
            gateway,
            self.intents,
            monitors,
            poster,
            posting,
            poster,
            self.renderer,
            clock,
            command_prefix,
            Strangers(organisations),
        )
        self.deliver = DeliverFindings(
            addresses,
            gateway,
            PostFindings(self.renderer, posting, ledger, monitors),
            monitors,
            self.intents,
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
        self.try_again = TryAgain(monitors, self.intents, queue, clock)
        self.take_down = TakeDown(self.intents, queue, clock)
        self.come_back = ComeBack(
            residents, self.try_again, poster, self.intents, self.take_down, clock
        )
        self.leaving = NoticeLeaving(installations, organisations, self.take_down)
        serving, records = ServingAccounts(accounts, left), SqlWorkspaces(stores.engine)
        cache = RedisWorkspaces(stores.redis)
        self.export = ExportWorkspace(installations, serving, gateway, records, cache)
        self.remove = RemoveWorkspace(
            installations,
            serving,
            gateway,
            gateway,
            self.intents,
            records,
            cache,
            clock,
            waits.settle_after,
        )
        self.housekeeping = Housekeeping(self.intents, ledger, clock)
        self.reconcile = Reconcile(accounts, addresses, gateway, monitors, queue, troubles, clock)
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
                IntentKind.UNLINK: self._unlink,
                IntentKind.UNINSTALL: self._remove,
            },
        )
        self.refresh = RefreshCard(addresses, self.renderer, poster, dead_ends, monitors, troubles)
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
            "home": self._show_home,
            "modal": self._fill_modal,
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

    async def _unlink(self, intent: Intent, attempt: Attempt) -> Outcome:
        return await self.unlink.run(intent, attempt=attempt)

    async def _show_home(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.show_home.run(decode(HomeRequest, argument), attempt=attempt)

    async def _fill_modal(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.fill_modal.run(decode(ModalRequest, argument), attempt=attempt)

    async def _remove(self, intent: Intent, attempt: Attempt) -> Outcome:
        return await self.remove.run(intent, attempt=attempt)

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
        return Done()

    async def _housekeeping(self, _argument: str, _attempt: Attempt) -> Outcome:
        await self.housekeeping.run()
        return Done()

    async def _failure(self, argument: str, attempt: Attempt) -> Outcome:
        return await self.failure.run(decode(CheckRequest, argument), attempt=attempt)
