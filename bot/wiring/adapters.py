"""Adapters and stores over what was opened, one of each."""

from datetime import timedelta

from bot.metrics import Metrics
from bot.pages.rendering import Pages
from bot.slack.api import SlackApi
from bot.slack.files import SlackFiles
from bot.slack.installations import Installations, KeptInstallations
from bot.slack.one_token import OneToken
from bot.slack.people import SlackPeople
from bot.slack.places import SlackPlaces
from bot.slack.poster import SlackPoster
from bot.slack.rotation import TokenRefresher, WorkingTokens
from bot.slack.views import SlackViews
from bot.slack.workspace_calls import WorkspaceCalls
from bot.timings import Timings
from bot.wiring.resources import Clients, Stores, secret
from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.store import SqlAccounts
from monitors.delivery.ledger import Ledger
from monitors.delivery.limits import RedisLimits
from monitors.delivery.monitors import Monitors
from monitors.model.clock import Clock
from monitors.model.linking import LinkRequest
from monitors.model.operator_links import OperatorLinks
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
from monitors.work.intent_store import SqlIntents
from monitors.work.queue import DocketQueue
from monitors.workspaces.installations import SqlInstallations
from monitors.workspaces.organisations import SqlOrganisations


class Adapters:
    """`one_token` is None with OAuth, where each workspace has its own token."""

    def __init__(  # noqa: PLR0913 - what was opened, by name
        self,
        settings: Settings,
        stores: Stores,
        clients: Clients,
        accounts: SqlAccounts,
        clock: Clock,
        *,
        timings: Timings,
    ) -> None:
        self.settings, self.timings, self.clock = settings, timings, clock
        self.stores, self.clients, self.accounts = stores, clients, accounts
        self.prefix = settings.command_prefix
        self.metrics = Metrics()
        self.operator_links = OperatorLinks(settings.support_url, settings.privacy_url)
        self.pages = Pages(command_prefix=self.prefix, links=self.operator_links)
        self.gateway = clients.parallel

        self.organisations = SqlOrganisations(stores.database)
        rows = SqlInstallations(stores.database, stores.sealer)
        self.kept = KeptInstallations(rows, self.organisations)
        slack, token = SlackApi(clients.slack), secret(settings.slack_bot_token)
        self.one_token = OneToken(slack, token, now=clock.now) if token else None
        self.installations = Installations(self.one_token or self.kept)
        refresher = _refresher(settings, slack, rows, clock, lease=timings.refresh_lease)
        self.tokens = tokens = WorkingTokens(self.installations, refresher, clock.now)
        calls = WorkspaceCalls(slack, tokens.token, self._token_refused, tokens.expired)
        self.poster = SlackPoster(
            calls, clients.session, clients.slack.base_url, self.installations
        )
        self.files = SlackFiles(calls, clients.session, clients.slack.base_url)
        self.people = SlackPeople(calls, self.installations.bot_user_id)
        self.views, self.places = SlackViews(calls), SlackPlaces(calls)

        self.queue = DocketQueue(stores.docket, clock=clock)
        self.intents = SqlIntents(stores.database, hold_seconds=timings.hold_seconds)
        self.monitors = Monitors(stores.database)
        self.ledger = Ledger(stores.database, now=clock.now)
        self.limits = RedisLimits(stores.redis, creates_per_minute=timings.creates_per_minute)
        self.rules, self.audit = SqlRules(stores.database), SqlAudit(stores.database)
        self.link_tokens = LinkTokens(stores.redis, stores.sealer, LinkRequest)

    async def _token_refused(self, workspace: Workspace) -> None:
        """Slack no longer takes a token that was cached: ask the store next time."""
        self.installations.drop(workspace)


def _refresher(
    settings: Settings, slack: SlackApi, rows: SqlInstallations, clock: Clock, *, lease: timedelta
) -> TokenRefresher | None:
    """None without OAuth: the operator's one token does not expire."""
    client_id, client_secret = settings.slack_client_id, secret(settings.slack_client_secret)
    if client_id is None or client_secret is None:
        return None
    return TokenRefresher(rows, slack, client_id, client_secret, clock.now, lease)
