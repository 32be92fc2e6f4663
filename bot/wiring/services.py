"""Every adapter, store and service, one of each: which does which job stands in `handlers`."""

import aiohttp
import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Metrics
from bot.pages.rendering import Pages
from bot.slack.api import SlackApi
from bot.slack.files import SlackFiles
from bot.slack.installations import Installations, KeptInstallations
from bot.slack.one_token import OneToken
from bot.slack.people import SlackPeople
from bot.slack.poster import SlackPoster
from bot.slack.rotation import WorkingTokens
from bot.slack.views import SlackViews
from bot.slack.workspace_calls import WorkspaceCalls
from bot.timings import Timings
from bot.wiring.resources import Stores, accounts_in, gateway_on, secret
from monitors.accounts.disconnect import DisconnectAccount
from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.show import ShowView
from monitors.accounts.webhook_check import CheckWebhooks, RedisVerifications
from monitors.delivery.deliver import DeliverFindings
from monitors.delivery.ledger import Ledger
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.delivery.notify import Notify
from monitors.delivery.post_once import PostOnce
from monitors.model.clock import SystemClock
from monitors.model.linking import LinkRequest
from monitors.model.operator_links import OperatorLinks
from monitors.parallel.oauth import ParallelTrials
from monitors.settings import Settings
from monitors.watching.parts import Parts
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import SubmitIntent
from monitors.work.queue import DocketQueue
from monitors.workspaces.export import ExportWorkspace
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations
from monitors.workspaces.records import WorkspaceRecords
from monitors.workspaces.uninstall import DeleteWorkspace, NoticeUninstall


class Services:
    """What jobs and listeners call, and what it works with."""

    def __init__(
        self,
        settings: Settings,
        timings: Timings,
        stores: Stores,
        *,
        session: aiohttp.ClientSession,
        http: httpx.AsyncClient,
    ) -> None:
        self.settings, self.timings, self.stores, self.http = settings, timings, stores, http
        database, sealer, redis = stores.database, stores.sealer, stores.redis
        self.clock = clock = SystemClock()
        self.prefix = settings.command_prefix
        self.metrics = Metrics()
        self.operator_links = OperatorLinks(settings.support_url, settings.privacy_url)
        self.pages = Pages(self.prefix, self.operator_links)
        self.accounts = accounts = accounts_in(settings, database, sealer)
        good_call = accounts.last_seen.good_call
        self.gateway = gateway = gateway_on(
            http, settings, database, sealer, on_good_call=good_call
        )

        self.organisations = SqlOrganisations(database)
        self.rows = SqlInstallations(database, sealer)
        api_url = settings.slack_api_url
        self.slack = AsyncWebClient(base_url=api_url, session=session, retry_handlers=[])
        slack, token = SlackApi(self.slack), secret(settings.slack_bot_token)
        kept = KeptInstallations(self.rows, self.organisations)
        source = OneToken(slack, token, clock) if token else kept
        self.installations = installations = Installations(source, self.organisations)
        self.tokens = WorkingTokens(
            installations,
            self.rows,
            slack,
            clock,
            settings.slack_client_id,
            secret(settings.slack_client_secret),
            timings.refresh_lease,
        )
        calls = WorkspaceCalls(slack, self.tokens)
        poster = SlackPoster(calls, session, api_url, installations)
        self.views = SlackViews(calls)

        self.queue = queue = DocketQueue(stores.docket, clock=clock)
        self.intents = SqlIntents(database, hold_seconds=timings.hold_seconds)
        ledger = Ledger(database, now=clock.now)
        limits = RedisLimits(redis, creates_per_minute=timings.creates_per_minute)
        self.audit = SqlAudit(database)
        self.link_tokens = LinkTokens(redis, sealer, LinkRequest)
        posting = PostOnce(ledger, poster, limits, clock, timings.posts)
        self.parts = parts = Parts(
            accounts=accounts,
            installations=installations,
            gateway=gateway,
            people=SlackPeople(calls, installations),
            poster=poster,
            files=SlackFiles(calls, session, api_url),
            views=self.views,
            queue=queue,
            limits=limits,
            intents=self.intents,
            monitors=Monitors(database),
            ledger=ledger,
            rules=SqlRules(database),
            audit=self.audit,
            posting=posting,
            count_dropped=self.metrics.count_dropped,
            submit_intent=SubmitIntent(self.intents, queue, clock),
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
        trials = ParallelTrials(http, base_url=settings.parallel_base_url)
        self.check_webhooks = CheckWebhooks(parts, trials, RedisVerifications(redis))
        self.show = ShowView(
            parts, accounts, self.check_webhooks, self.link_tokens, settings.public_url
        )
        self.disconnect = DisconnectAccount(parts, accounts)
        self.deliver = DeliverFindings(parts)
        self.notify = Notify(parts)
        self.uninstall = NoticeUninstall(parts, self.organisations)
        records = WorkspaceRecords(database, redis)
        self.export = ExportWorkspace(parts, accounts, records)
        self.delete = DeleteWorkspace(parts, accounts, records, timings.settle_after)
