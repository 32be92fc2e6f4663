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
from monitors.accounts.disconnect import DisconnectAccount
from monitors.accounts.home import FillModal, ShowHome
from monitors.accounts.link_tokens import RedisLinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.delivery.account_suspensions import NotifySuspended, SuspendAccounts
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
from monitors.model.clock import Clock
from monitors.model.intent import IN_THREAD, IntentKind
from monitors.model.requests import (
    CheckRequest,
    DeliverRequest,
    HomeRequest,
    ModalRequest,
    NotifyRequest,
    Tick,
)
from monitors.model.workspace import Workspace
from monitors.watching.channels import ComeBack, FollowChannel, Residents, TryAgain
from monitors.watching.end_monitors import EndMonitors
from monitors.watching.external_users import ExternalUsers
from monitors.watching.listing import ListMonitors
from monitors.watching.locate import LocateMonitor
from monitors.watching.move import MoveMonitor, MoveThread, RestoreCard
from monitors.watching.start import BOT_NAME, StartMonitor
from monitors.watching.thread_commands import AnswerThread
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import SubmitIntent
from monitors.work.queue import DocketQueue
from monitors.work.runner import IntentHandler, JobKind
from monitors.workspaces.cache import RedisWorkspaces
from monitors.workspaces.export import ExportWorkspace
from monitors.workspaces.organisations import SqlOrganisations
from monitors.workspaces.records import SqlWorkspaces
from monitors.workspaces.uninstall import DeleteWorkspace, NoticeUninstall


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
        self.intents = SqlIntents(stores.database, hold_seconds=waits.hold_seconds)
        gateway = clients.parallel
        calls = WorkspaceCalls(
            SlackApi(clients.slack), tokens.token, self._token_refused, tokens.expired
        )
        self.poster = poster = SlackPoster(calls, clients.session)
        self.people, self.views = SlackPeople(calls), SlackViews(calls)
        self.monitors = monitors = Monitors(stores.database)
        limits = RedisLimits(stores.redis)
        self.ledger = ledger = Ledger(stores.database, now=clock.now)
        posting = PostOnce(ledger, poster, limits, clock, waits.posts)
        addresses = AddressMonitor(accounts, installations, gateway, count_dropped)
        locate = LocateMonitor(accounts, installations, gateway, monitors)
        dead_ends = DeadEnds(monitors, queue, clock, waits.stranded_again, waits.tell_after)
        suspend_accounts = SuspendAccounts(accounts, installations, monitors, ledger, queue)
        moving = MoveThread(gateway, poster, posting, self.renderer, monitors, dead_ends)
        self.start = StartMonitor(
            accounts,
            installations,
            self.intents,
            gateway,
            poster,
            self.renderer,
            monitors,
            limits,
            clock,
            command_prefix,
        )
        self.list = ListMonitors(
            accounts, installations, gateway, self.renderer, poster, command_prefix
        )
        self.show_home = ShowHome(
            accounts,
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
            RedisLinkTokens(stores.redis, stores.sealer),
            public_url,
        )
        end = EndMonitors(gateway, self.intents, poster, posting, self.renderer, monitors)
        self.disconnect = DisconnectAccount(
            accounts,
            self.intents,
            self.intents,
            end,
            poster,
            posting,
            self.renderer,
            queue,
            clock,
        )
        self.answer = AnswerThread(
            locate,
            gateway,
            self.intents,
            monitors,
            poster,
            posting,
            self.renderer,
            command_prefix,
            ExternalUsers(organisations.members),
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
            suspend_accounts,
        )
        self.tell_owner = TellOwner(
            dead_ends, addresses, poster, posting, self.renderer, clock, BOT_NAME
        )
        self.notify_suspended = NotifySuspended(
            accounts, installations, poster, posting, self.renderer, command_prefix
        )
        self.restore = RestoreCard(addresses, poster, self.renderer, moving, dead_ends, clock)
        self.move = MoveMonitor(
            accounts,
            addresses,
            self.intents,
            moving,
            self.renderer,
            poster,
            command_prefix,
            BOT_NAME,
        )
        residents = Residents(accounts, addresses, gateway)
        self.follow = FollowChannel(residents, moving)
        self.try_again = TryAgain(monitors, queue, clock)
        self.submit_intent = SubmitIntent(self.intents, queue, clock)
        self.come_back = ComeBack(residents, self.try_again, poster, self.submit_intent, clock)
        self.uninstall = NoticeUninstall(installations, organisations, self.submit_intent)
        records = SqlWorkspaces(stores.database)
        cache = RedisWorkspaces(stores.redis)
        self.export = ExportWorkspace(installations, accounts, gateway, records, cache)
        self.delete = DeleteWorkspace(
            installations,
            accounts,
            end,
            self.intents,
            records,
            cache,
            clock,
            waits.settle_after,
        )
        self.housekeeping = Housekeeping(self.intents, ledger, clock)
        self.reconcile = Reconcile(
            accounts, addresses, gateway, monitors, queue, suspend_accounts, clock
        )
        self.refresh = RefreshCard(
            addresses, self.renderer, poster, dead_ends, monitors, suspend_accounts
        )
        self.failure = NoticeFailure(
            addresses, gateway, self.renderer, posting, queue, suspend_accounts
        )

    async def _token_refused(self, workspace: Workspace) -> None:
        """Slack no longer takes a token that was cached: ask the store next time."""
        self.installations.drop(workspace)

    def jobs(self) -> Mapping[str, JobKind]:
        """What does each kind of job. Given up, some are not kept: the next one does the same."""
        return {
            "deliver": JobKind(DeliverRequest, self.deliver.run),
            "refresh": JobKind(CheckRequest, self.refresh.run, is_kept=False),
            "failure": JobKind(CheckRequest, self.failure.run),
            "card": JobKind(CheckRequest, self.restore.run),
            "tell_owner": JobKind(CheckRequest, self.tell_owner.run),
            "tell_trouble": JobKind(NotifyRequest, self.notify_suspended.run),
            "home": JobKind(HomeRequest, self.show_home.run, is_kept=False),
            "modal": JobKind(ModalRequest, self.fill_modal.run, is_kept=False),
            "reconcile": JobKind(Tick, self.reconcile.run, is_kept=False),
            "housekeeping": JobKind(Tick, self.housekeeping.run, is_kept=False),
        }

    def intent_handlers(self) -> Mapping[IntentKind, IntentHandler]:
        """What does each kind of thing that people ask for."""
        in_thread = IntentHandler(self.answer.run, self.answer.gave_up)
        return {
            IntentKind.START: IntentHandler(self.start.run, self.start.gave_up),
            IntentKind.LIST: IntentHandler(self.list.run),
            **dict.fromkeys(IN_THREAD, in_thread),
            IntentKind.MOVE: IntentHandler(self.move.run, self.move.gave_up),
            IntentKind.INSTALLED: IntentHandler(self.come_back.run),
            IntentKind.CHANNEL_BACK: IntentHandler(self.try_again.run),
            IntentKind.CHANNEL_CHANGED: IntentHandler(self.follow.run),
            IntentKind.UNLINK: IntentHandler(self.disconnect.run),
            IntentKind.UNINSTALL: IntentHandler(self.delete.run),
        }
