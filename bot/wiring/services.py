"""Every service, made of the parts: which service does which job stands in `handlers`."""

from bot.timings import Timings
from bot.wiring.parts import Parts
from bot.wiring.resources import Clients, Stores
from monitors.accounts.change_rules import ChangeRules
from monitors.accounts.disconnect import DisconnectAccount
from monitors.accounts.home import FillModal, ShowHome, ShowView
from monitors.accounts.store import SqlAccounts
from monitors.accounts.tell_admins import TellAdmins
from monitors.accounts.threadless import ThreadlessMonitors
from monitors.accounts.webhook_check import CheckWebhooks
from monitors.accounts.webhook_verification import RedisVerifications
from monitors.delivery.address import AddressMonitor
from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.housekeeping import Housekeeping
from monitors.delivery.notify import Notify
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import PostOnce
from monitors.delivery.reconcile import Reconcile
from monitors.delivery.refresh import DrawCard, RefreshCard
from monitors.delivery.share_file import ShareFile
from monitors.delivery.suspend import SuspendAccounts, SuspendMonitors
from monitors.model.clock import Clock
from monitors.parallel.oauth import ParallelTrials
from monitors.settings import Settings
from monitors.watching.adopt import AdoptMonitor
from monitors.watching.ask_admins import AskAdmins
from monitors.watching.ask_first import AskFirst
from monitors.watching.baseline import TakeBaseline
from monitors.watching.before_start import BeforeStart
from monitors.watching.budget import CheckBudget
from monitors.watching.cancel_listed import CancelListed
from monitors.watching.channels import Channels
from monitors.watching.edit import EditMonitor
from monitors.watching.end_monitors import EndMonitors
from monitors.watching.export_files import ExportFiles
from monitors.watching.first_contact import FirstContact
from monitors.watching.listing import ListMonitors, Places
from monitors.watching.locate import LocateMonitor
from monitors.watching.mentions import AnswerMention
from monitors.watching.monitor_modals import FillMonitorModal
from monitors.watching.move import MoveMonitor, MoveThread
from monitors.watching.new_owner import NewOwner
from monitors.watching.permissions import Permissions
from monitors.watching.post_answer import PostAnswer
from monitors.watching.quota import Quota
from monitors.watching.research import ResearchFinding
from monitors.watching.rules import CheckRules
from monitors.watching.schedule import ScheduleMonitor
from monitors.watching.show_card import ShowCard
from monitors.watching.start import StartMonitor
from monitors.watching.task_runs import TaskRuns
from monitors.watching.tell import Tell
from monitors.watching.thread_commands import AnswerThread
from monitors.watching.waiting import Decide, WaitingStarts
from monitors.work.intents import SubmitIntent
from monitors.workspaces.cache import RedisWorkspaces
from monitors.workspaces.export import ExportWorkspace
from monitors.workspaces.records import SqlWorkspaces
from monitors.workspaces.uninstall import DeleteWorkspace, NoticeUninstall


class Services(Parts):
    """The services, beside the parts that they are made of."""

    def __init__(  # noqa: PLR0913, PLR0915 - what was opened, by name; a line a service
        self,
        settings: Settings,
        stores: Stores,
        clients: Clients,
        accounts: SqlAccounts,
        clock: Clock,
        *,
        timings: Timings,
    ) -> None:
        super().__init__(settings, stores, clients, accounts, clock, timings=timings)
        installations, gateway, monitors = self.installations, self.gateway, self.monitors
        poster, people = self.poster, self.people
        intents, ledger, limits = self.intents, self.ledger, self.limits
        queue, prefix = self.queue, self.prefix
        posting = PostOnce(ledger, poster, limits, clock, timings.posts)
        addresses = AddressMonitor(accounts, installations, gateway, self.metrics.count_dropped)
        self.locate = locate = LocateMonitor(accounts, installations, gateway, monitors)
        suspend_monitors = SuspendMonitors(
            monitors, queue, clock, timings.suspended_retry_after, timings.notify_after
        )
        suspend_accounts = SuspendAccounts(accounts, installations, monitors, ledger, queue)
        draw_card = DrawCard(
            poster,
            monitors,
            ledger,
            queue,
            clock,
        )
        moving = MoveThread(gateway, poster, posting, monitors, suspend_monitors)
        self.change_rules = ChangeRules(self.rules, queue)
        check_rules = CheckRules(self.rules, people)
        tell = Tell(poster, people)
        ask_admins = AskAdmins(check_rules, posting, tell)
        budget = CheckBudget(self.rules, gateway, self.audit, clock)
        first_contact = FirstContact(accounts, installations, people, posting, monitors, prefix)
        quota = Quota(
            gateway,
            monitors,
            intents,
            settings.max_monitors_per_workspace,
            settings.max_monitors_per_person,
            check_rules,
            budget,
        )
        findings = PostFindings(posting, ledger)
        tasks = TaskRuns(gateway, intents)
        self.start = StartMonitor(
            accounts,
            installations,
            intents,
            gateway,
            monitors,
            limits,
            BeforeStart(
                quota,
                AskFirst(gateway, monitors, intents),
                ask_admins,
                intents,
                tell,
                clock,
            ),
            tell,
            first_contact,
            TakeBaseline(tasks, intents, tell, findings, prefix, timings.poll_seconds),
            prefix,
        )
        self.list = ListMonitors(
            accounts,
            installations,
            gateway,
            poster,
            first_contact,
            prefix,
            Places(self.places.joined, self.places.closed, self.places.permalink),
            monitors.suspended,
        )
        self.new_owner = NewOwner(self.list, accounts, gateway, monitors, queue, ask_admins)
        permissions = Permissions(self.organisations.members, people, check_rules)
        self.check_webhooks = CheckWebhooks(
            accounts,
            installations,
            gateway,
            ParallelTrials(clients.http, base_url=settings.parallel_base_url),
            RedisVerifications(stores.redis),
        )
        self.adopt = AdoptMonitor(accounts, installations, gateway, monitors, moving)
        self.threadless = ThreadlessMonitors(accounts, gateway, self.adopt, posting, queue)
        home = ShowHome(
            accounts,
            people,
            installations,
            self.list,
            self.rules,
            self.threadless.of,
            self.views,
            prefix,
            self.operator_links,
            has_webhooks=settings.public_url is not None,
        )
        self.show = ShowView(
            home,
            FillModal(
                accounts, people, self.list, self.views, self.link_tokens, settings.public_url
            ),
            self.check_webhooks,
            FillMonitorModal(locate, intents, gateway, permissions, people, self.views, prefix),
        )
        end = EndMonitors(gateway, intents, tell, posting, monitors)
        self.disconnect = DisconnectAccount(accounts, intents, end, posting, queue, clock)
        self.tell_admins = TellAdmins(accounts, people, posting, clock)
        scheduling = ScheduleMonitor(gateway, queue, clock, budget)
        self.answer = AnswerThread(
            locate,
            gateway,
            intents,
            monitors,
            tell,
            posting,
            prefix,
            permissions,
            scheduling,
            EditMonitor(gateway, monitors, limits, check_rules, scheduling),
        )
        self.mention = AnswerMention(locate, intents, poster, posting, prefix, self.operator_links)
        self.cancel_listed = CancelListed(self.answer, self.list, queue)
        sharing = ShareFile(self.files, poster, clock)
        self.export_files = ExportFiles(
            locate,
            gateway,
            permissions,
            self.list.places,
            self.audit,
            intents,
            sharing,
            poster,
            posting,
            prefix,
        )
        self.research = ResearchFinding(
            accounts,
            locate,
            tasks,
            intents,
            ledger,
            posting,
            PostAnswer(findings, sharing),
            tell,
            permissions,
            quota,
            prefix,
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
            intents,
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
            posting,
            queue,
            clock,
            suspend_monitors,
            suspend_accounts,
            people,
        )
        refresh = RefreshCard(addresses, draw_card, suspend_monitors, monitors, suspend_accounts)
        self.show_card = ShowCard(
            refresh, addresses, poster, moving, suspend_monitors, ledger, clock
        )
        self.move = MoveMonitor(
            accounts,
            addresses,
            intents,
            moving,
            tell,
            prefix,
            permissions,
        )
        self.submit_intent = SubmitIntent(intents, queue, clock)
        self.waiting = WaitingStarts(self.submit_intent)
        self.decide = Decide(ask_admins, self.waiting)
        self.channels = Channels(
            accounts, addresses, gateway, monitors, moving, first_contact, self.submit_intent
        )
        self.uninstall = NoticeUninstall(installations, self.organisations, self.submit_intent)
        records, cache = SqlWorkspaces(stores.database), RedisWorkspaces(stores.redis)
        self.export = ExportWorkspace(installations, accounts, gateway, records, cache)
        self.delete = DeleteWorkspace(
            installations, accounts, end, records, cache, clock, timings.settle_after
        )
        self.housekeeping = Housekeeping(intents, ledger, clock)
        self.reconcile = Reconcile(
            accounts, addresses, gateway, monitors, queue, suspend_accounts, clock
        )
