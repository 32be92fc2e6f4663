"""Every service, made of the parts: which service does which job stands in `handlers`."""

from bot.timings import Timings
from bot.wiring.adapters import Adapters
from bot.wiring.resources import Clients, Stores
from monitors.accounts.disconnect import DisconnectAccount
from monitors.accounts.show import ShowView
from monitors.accounts.webhook_check import CheckWebhooks, RedisVerifications
from monitors.delivery.address import AddressMonitor
from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.notify import Notify
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import PostOnce
from monitors.delivery.share_file import ShareFile
from monitors.parallel.oauth import ParallelTrials
from monitors.settings import Settings
from monitors.watching.parts import Parts, Places
from monitors.work.intents import SubmitIntent
from monitors.workspaces.export import ExportWorkspace
from monitors.workspaces.records import WorkspaceRecords
from monitors.workspaces.uninstall import DeleteWorkspace, NoticeUninstall


class Services(Adapters):
    """What jobs and listeners call, beside the adapters that it works with."""

    def __init__(
        self, settings: Settings, timings: Timings, stores: Stores, clients: Clients
    ) -> None:
        super().__init__(settings, timings, stores, clients)
        accounts, clock = self.accounts, self.clock
        installations, gateway, monitors = self.installations, self.gateway, self.monitors
        poster, people, ledger, queue = self.poster, self.people, self.ledger, self.queue
        posting = PostOnce(ledger, poster, self.limits, clock, timings.posts)
        addresses = AddressMonitor(accounts, installations, gateway, self.metrics.count_dropped)
        self.submit_intent = SubmitIntent(self.intents, queue, clock)
        places = self.places
        self.parts = parts = Parts(
            accounts=accounts,
            installations=installations,
            gateway=gateway,
            people=people,
            poster=poster,
            views=self.views,
            places=Places(places.joined, places.closed, places.permalink),
            queue=queue,
            limits=self.limits,
            intents=self.intents,
            monitors=monitors,
            ledger=ledger,
            rules=self.rules,
            audit=self.audit,
            posting=posting,
            findings=PostFindings(posting, ledger),
            sharing=ShareFile(self.files, poster, clock),
            addresses=addresses,
            submit_intent=self.submit_intent,
            clock=clock,
            members_of=self.organisations.members,
            links=self.operator_links,
            prefix=self.prefix,
            per_workspace=settings.max_monitors_per_workspace,
            per_person=settings.max_monitors_per_person,
            poll_seconds=timings.poll_seconds,
            retry_closed_after=timings.suspended_retry_after,
            notify_after=timings.notify_after,
        )
        self.check_webhooks = CheckWebhooks(
            parts,
            ParallelTrials(clients.http, base_url=settings.parallel_base_url),
            RedisVerifications(stores.redis),
        )
        self.show = ShowView(
            parts, accounts, self.check_webhooks, self.link_tokens, settings.public_url
        )
        self.disconnect = DisconnectAccount(parts, accounts)
        self.deliver = DeliverFindings(parts)
        self.notify = Notify(parts)
        self.uninstall = NoticeUninstall(parts, self.organisations)
        records = WorkspaceRecords(stores.database, stores.redis)
        self.export = ExportWorkspace(parts, accounts, records)
        self.delete = DeleteWorkspace(parts, accounts, records, timings.settle_after)
