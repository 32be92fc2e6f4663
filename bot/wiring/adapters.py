"""Adapters and stores over what was opened, one of each."""

from bot.metrics import Metrics
from bot.pages.rendering import Pages
from bot.slack.api import SlackApi
from bot.slack.files import SlackFiles
from bot.slack.installations import Installations, KeptInstallations
from bot.slack.one_token import OneToken
from bot.slack.people import SlackPeople
from bot.slack.places import SlackPlaces
from bot.slack.poster import SlackPoster
from bot.slack.rotation import WorkingTokens
from bot.slack.views import SlackViews
from bot.slack.workspace_calls import WorkspaceCalls
from bot.timings import Timings
from bot.wiring.resources import Clients, Stores, secret
from monitors.accounts.link_tokens import LinkTokens
from monitors.delivery.ledger import Ledger
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.model.clock import SystemClock
from monitors.model.linking import LinkRequest
from monitors.model.operator_links import OperatorLinks
from monitors.settings import Settings
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
from monitors.work.intent_store import SqlIntents
from monitors.work.queue import DocketQueue
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations


class Adapters:
    def __init__(
        self, settings: Settings, timings: Timings, stores: Stores, clients: Clients
    ) -> None:
        self.settings, self.timings = settings, timings
        self.stores, self.clients, self.accounts = stores, clients, clients.accounts
        self.clock = clock = SystemClock()
        self.prefix = settings.command_prefix
        self.metrics = Metrics()
        self.operator_links = OperatorLinks(settings.support_url, settings.privacy_url)
        self.pages = Pages(self.prefix, self.operator_links)
        self.gateway = clients.parallel

        self.organisations = SqlOrganisations(stores.database)
        self.rows = SqlInstallations(stores.database, stores.sealer)
        slack, token = SlackApi(clients.slack), secret(settings.slack_bot_token)
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
        self.poster = SlackPoster(calls, clients.session, clients.slack.base_url, installations)
        self.files = SlackFiles(calls, clients.session, clients.slack.base_url)
        self.people = SlackPeople(calls, installations)
        self.views, self.places = SlackViews(calls), SlackPlaces(calls)

        self.queue = DocketQueue(stores.docket, clock=clock)
        self.intents = SqlIntents(stores.database, hold_seconds=timings.hold_seconds)
        self.monitors = Monitors(stores.database)
        self.ledger = Ledger(stores.database, now=clock.now)
        self.limits = RedisLimits(stores.redis, creates_per_minute=timings.creates_per_minute)
        self.rules, self.audit = SqlRules(stores.database), SqlAudit(stores.database)
        self.link_tokens = LinkTokens(stores.redis, stores.sealer, LinkRequest)
