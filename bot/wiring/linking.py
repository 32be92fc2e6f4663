"""Linking Parallel accounts: the pages, the modal, and what Parallel's door tells."""

from collections.abc import Sequence

from starlette.routing import Route

from bot.installations import Installations
from bot.linking.browser import Browsers
from bot.linking.connect import ConnectPages
from bot.linking.webhooks import WebhookPages
from bot.pages.rendering import Pages
from bot.people import SlackPeople
from bot.slack_api import SlackApi
from bot.wiring.resources import Clients, Stores
from bot.workspace_calls import WorkspaceCalls
from monitors.domain.clock import Clock
from monitors.domain.linking import Linker
from monitors.domain.message import Block
from monitors.domain.workspace import Workspace
from monitors.parallel.linking import ParallelConsentPage, ParallelTrials
from monitors.services.link_account import LinkAccount, LinkByConsent
from monitors.services.webhook_check import CheckWebhooks, NoticeWebhooks
from monitors.settings import Settings
from monitors.store.redis_linking import RedisLinkConsents, RedisLinkSessions, RedisLinkTickets
from monitors.store.redis_sightings import RedisSightings
from monitors.store.sql.accounts import SqlAccounts


class LinkingPages:
    """Every page of it. Only where a browser can reach this app."""

    def __init__(self, connect: ConnectPages, webhooks: WebhookPages) -> None:
        self.connect = connect
        self._webhooks = webhooks

    def routes(self) -> Sequence[Route]:
        return [*self.connect.routes(), *self._webhooks.routes()]


class Linking:
    """`pages` is None without PUBLIC_URL: a key can be pasted in Slack then."""

    def __init__(  # noqa: PLR0913 - the parts that were opened, by name
        self,
        settings: Settings,
        stores: Stores,
        clients: Clients,
        *,
        accounts: SqlAccounts,
        installations: Installations,
        pages: Pages,
        clock: Clock,
    ) -> None:
        async def token_refused(workspace: Workspace) -> None:
            installations.drop(workspace)

        self._calls = WorkspaceCalls(SlackApi(clients.slack), installations.token, token_refused)
        trials = ParallelTrials(clients.http, base_url=settings.parallel_base_url)
        book = RedisSightings(stores.redis)
        self.notices = NoticeWebhooks(accounts, book, clock)
        self.tickets = RedisLinkTickets(stores.redis, stores.sealer)
        self.link = LinkAccount(installations, SlackPeople(self._calls), trials, accounts)
        self.pages: LinkingPages | None = None
        if settings.public_url is None:
            return
        browsers = Browsers(
            RedisLinkSessions(stores.redis, stores.sealer),
            pages,
            secure=settings.public_url.startswith("https://"),
            can_install=settings.uses_oauth,
        )
        consent_page = ParallelConsentPage(
            clients.http,
            platform_url=settings.parallel_platform_url,
            public_url=settings.public_url,
        )
        consents = RedisLinkConsents(stores.redis, stores.sealer)
        consent = LinkByConsent(consents, consent_page, self.link)
        check = CheckWebhooks(accounts, installations, clients.parallel, trials, book)
        self.pages = LinkingPages(
            ConnectPages(browsers, self.tickets, self.link, consent, accounts, installations),
            WebhookPages(browsers, self.link, check, accounts, installations),
        )

    async def admit(self, linker: Linker) -> str | None:
        """A cookie for who has just installed the app; None where they cannot link an account."""
        return await self.pages.connect.admit(linker) if self.pages else None

    async def show_modal(
        self, workspace: Workspace, trigger_id: str, view: Block, *, on_top: bool
    ) -> None:
        """Raises SlackPostError."""
        method = "views.push" if on_top else "views.open"
        body: dict[str, object] = {"trigger_id": trigger_id, "view": dict(view)}
        await self._calls.write(workspace, method, body)
