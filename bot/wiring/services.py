"""The services over the adapters."""

from collections.abc import Callable

from bot.blocks.renderer import SlackRenderer
from bot.slack.api import SlackApi
from bot.slack.installations import Installations
from bot.slack.people import SlackPeople
from bot.slack.places import SlackPlaces
from bot.slack.poster import OwnIds, SlackPoster
from bot.slack.rotation import WorkingTokens
from bot.slack.views import SlackViews
from bot.slack.workspace_calls import WorkspaceCalls
from bot.timings import Timings
from bot.wiring.resources import Clients, Stores
from bot.wiring.starting import wire_start
from bot.wiring.views import wire_views
from monitors.accounts.change_rules import ChangeRules
from monitors.accounts.disconnect import DisconnectAccount
from monitors.accounts.link_tokens import RedisLinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.accounts.tell_admins import TellAdmins
from monitors.accounts.threadless import ChangeThreadless, ThreadlessMonitors
from monitors.accounts.webhook_check import CheckWebhooks
from monitors.accounts.webhook_verification import RedisVerifications
from monitors.delivery.address import AddressMonitor, Dropped
from monitors.delivery.asked_checks import EndAskedCheck
from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.housekeeping import Housekeeping
from monitors.delivery.ledger import Ledger
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.delivery.notify import Notify
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import PostOnce
from monitors.delivery.reconcile import Reconcile
from monitors.delivery.refresh import DrawCard, RefreshCard
from monitors.delivery.suspend import SuspendAccounts, SuspendMonitors
from monitors.model.clock import Clock
from monitors.model.workspace import Workspace
from monitors.parallel.oauth import ParallelTrials
from monitors.watching.adopt import AdoptMonitor
from monitors.watching.budget import CheckBudget
from monitors.watching.cancel_listed import CancelListed
from monitors.watching.channels import (
    FollowChannel,
    MonitorsInChannel,
    ResumeChannel,
    ResumeInstalled,
)
from monitors.watching.edit import EditMonitor
from monitors.watching.edit_form import ReadEditedMonitor
from monitors.watching.end_monitors import EndMonitors
from monitors.watching.first_contact import FirstContact, WelcomeInstaller
from monitors.watching.listing import ListMonitors, Places
from monitors.watching.locate import LocateMonitor
from monitors.watching.mentions import AnswerMention
from monitors.watching.move import MoveMonitor, MoveThread
from monitors.watching.new_owner import AskForOwner, TakeOver
from monitors.watching.one_admin import OneAdmin
from monitors.watching.permissions import Permissions
from monitors.watching.quota import MaxMonitors, Quota
from monitors.watching.research import ResearchFinding
from monitors.watching.rules import CheckRules, SqlRules
from monitors.watching.schedule import ScheduleMonitor
from monitors.watching.show_card import ShowCard
from monitors.watching.thread_commands import AnswerThread
from monitors.watching.waiting import WaitingStarts
from monitors.work.audit import SqlAudit
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import SubmitIntent
from monitors.work.queue import DocketQueue
from monitors.workspaces.cache import RedisWorkspaces
from monitors.workspaces.export import ExportWorkspace
from monitors.workspaces.organisations import SqlOrganisations
from monitors.workspaces.records import SqlWorkspaces
from monitors.workspaces.uninstall import DeleteWorkspace, NoticeUninstall


class Services:
    """The services over the adapters."""

    def __init__(  # noqa: PLR0913, PLR0915 - the parts that were opened, by name; a line a service
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
        max_monitors: MaxMonitors,
        public_url: str | None,
        parallel_base_url: str,
        timings: Timings,
        count_dropped: Callable[[Dropped], None],
    ) -> None:
        self.accounts, self.installations = accounts, installations
        self.queue, self.clock = queue, clock
        self.renderer = SlackRenderer(command_prefix=command_prefix)
        self.intents = SqlIntents(stores.database, hold_seconds=timings.hold_seconds)
        self.gateway = gateway = clients.parallel
        calls = WorkspaceCalls(
            SlackApi(clients.slack), tokens.token, self._token_refused, tokens.expired
        )
        self.poster = poster = SlackPoster(
            calls,
            clients.session,
            clients.slack.base_url,
            OwnIds(installations.app_id, installations.bot_id),
        )
        self.people, self.views = SlackPeople(calls, installations.bot_user_id), SlackViews(calls)
        self.monitors = monitors = Monitors(stores.database)
        limits = RedisLimits(stores.redis)
        self.ledger = ledger = Ledger(stores.database, now=clock.now)
        posting = PostOnce(ledger, poster, limits, clock, timings.posts)
        addresses = AddressMonitor(accounts, installations, gateway, count_dropped)
        locate = LocateMonitor(accounts, installations, gateway, monitors)
        suspend_monitors = SuspendMonitors(
            monitors, queue, clock, timings.suspended_retry_after, timings.notify_after
        )
        suspend_accounts = SuspendAccounts(accounts, installations, monitors, ledger, queue)
        draw_card = DrawCard(
            self.renderer,
            poster,
            monitors,
            ledger,
            EndAskedCheck(ledger, poster, self.renderer, monitors),
            queue,
            clock,
        )
        moving = MoveThread(gateway, poster, posting, self.renderer, monitors, suspend_monitors)
        self.rules, self.audit = SqlRules(stores.database), SqlAudit(stores.database)
        self.change_rules = ChangeRules(self.rules, queue)
        check_rules = CheckRules(self.rules, self.people)
        one_admin = OneAdmin(check_rules, poster, posting)
        first_contact = FirstContact(
            self.people, poster, self.renderer, ledger, monitors, clock, command_prefix
        )
        quota = Quota(gateway, monitors, self.intents, self.people, max_monitors, check_rules)
        findings = PostFindings(self.renderer, posting, ledger)
        self.start = wire_start(
            people=self.people,
            poster=poster,
            renderer=self.renderer,
            accounts=accounts,
            installations=installations,
            gateway=gateway,
            monitors=monitors,
            intents=self.intents,
            limits=limits,
            quota=quota,
            check_rules=check_rules,
            one_admin=one_admin,
            first_contact=first_contact,
            findings=findings,
            clock=clock,
            prefix=command_prefix,
            poll_seconds=timings.poll_seconds,
        )
        places = SlackPlaces(calls)
        self.list = ListMonitors(
            accounts,
            installations,
            gateway,
            self.renderer,
            poster,
            first_contact,
            command_prefix,
            Places(places.joined, places.closed, places.permalink),
            monitors.suspended,
        )
        self.ask_for_owner = AskForOwner(self.list, one_admin, self.renderer)
        self.take_over = TakeOver(
            self.list, accounts, gateway, monitors, queue, poster, self.renderer, check_rules
        )
        permissions = Permissions(organisations.members, self.people, check_rules)
        self.check_webhooks = CheckWebhooks(
            accounts,
            installations,
            gateway,
            ParallelTrials(clients.http, base_url=parallel_base_url),
            RedisVerifications(stores.redis),
        )
        self.read_edited = ReadEditedMonitor(locate)
        self.show = wire_views(
            people=self.people,
            views=self.views,
            renderer=self.renderer,
            accounts=accounts,
            installations=installations,
            gateway=gateway,
            monitors=monitors,
            rules=self.rules,
            intents=self.intents,
            locate=locate,
            permissions=permissions,
            list_monitors=self.list,
            check_webhooks=self.check_webhooks,
            link_tokens=RedisLinkTokens(stores.redis, stores.sealer),
            public_url=public_url,
            prefix=command_prefix,
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
        self.tell_admins = TellAdmins(
            accounts, self.intents, self.people, poster, posting, self.renderer, clock
        )
        scheduling = ScheduleMonitor(gateway, queue, clock, CheckBudget(self.rules, gateway))
        self.answer = AnswerThread(
            locate,
            gateway,
            self.intents,
            monitors,
            poster,
            posting,
            self.renderer,
            command_prefix,
            permissions,
            scheduling,
            EditMonitor(gateway, monitors, limits, self.people, scheduling),
        )
        self.mention = AnswerMention(locate, self.intents, poster, posting, self.renderer)
        self.cancel_listed = CancelListed(locate, self.answer, self.list, queue)
        self.research = ResearchFinding(
            accounts,
            locate,
            gateway,
            self.intents,
            ledger,
            posting,
            findings,
            poster,
            self.people,
            self.renderer,
            permissions,
            quota,
            command_prefix,
            timings.poll_seconds,
            timings.suspended_retry_after,
        )
        self.deliver = DeliverFindings(
            addresses,
            gateway,
            findings,
            draw_card,
            poster,
            monitors,
            self.intents,
            queue,
            clock,
            suspend_monitors,
            suspend_accounts,
        )
        self.notify = Notify(
            addresses,
            accounts,
            installations,
            gateway,
            poster,
            posting,
            self.renderer,
            queue,
            clock,
            suspend_monitors,
            suspend_accounts,
            self.people,
        )
        refresh = RefreshCard(addresses, draw_card, suspend_monitors, monitors, suspend_accounts)
        self.show_card = ShowCard(
            refresh, addresses, poster, self.renderer, moving, suspend_monitors, ledger, clock
        )
        self.move = MoveMonitor(
            accounts,
            addresses,
            self.intents,
            moving,
            self.renderer,
            poster,
            command_prefix,
            self.people,
            permissions,
        )
        self.adopt = AdoptMonitor(accounts, installations, gateway, monitors, moving)
        self.threadless = ChangeThreadless(
            ThreadlessMonitors(accounts, gateway),
            self.adopt,
            gateway,
            poster,
            posting,
            self.renderer,
            queue,
        )
        in_channel = MonitorsInChannel(accounts, addresses, gateway)
        self.on_channel_changed = FollowChannel(in_channel, moving)
        self.on_channel_unblocked = ResumeChannel(monitors, queue, clock)
        self.submit_intent = SubmitIntent(self.intents, queue, clock)
        self.waiting = WaitingStarts(self.submit_intent)
        self.on_installed = ResumeInstalled(
            in_channel,
            self.on_channel_unblocked,
            poster,
            self.submit_intent,
            clock,
            WelcomeInstaller(
                accounts,
                installations,
                self.people,
                poster,
                posting,
                self.renderer,
                command_prefix,
            ),
        )
        self.uninstall = NoticeUninstall(installations, organisations, self.submit_intent)
        records, cache = SqlWorkspaces(stores.database), RedisWorkspaces(stores.redis)
        self.export = ExportWorkspace(installations, accounts, gateway, records, cache)
        self.delete = DeleteWorkspace(
            installations,
            accounts,
            end,
            self.intents,
            records,
            cache,
            clock,
            timings.settle_after,
        )
        self.housekeeping = Housekeeping(self.intents, ledger, clock)
        self.reconcile = Reconcile(
            accounts, addresses, gateway, monitors, queue, suspend_accounts, clock
        )

    async def _token_refused(self, workspace: Workspace) -> None:
        """Slack no longer takes a token that was cached: ask the store next time."""
        self.installations.drop(workspace)
