"""Linking Parallel accounts: the pages, the modal, and what Parallel's door tells."""

from collections.abc import Sequence

from starlette.routing import Route

from bot.pages.browser import Browsers, origin_of
from bot.pages.connect import ConnectPages
from bot.pages.rendering import Cookies, Pages
from bot.pages.webhook_check import WebhookPages
from bot.wiring.resources import Clients, Stores
from bot.wiring.services import Services
from monitors.accounts.connect import ConnectAccount, ConnectByConsent
from monitors.accounts.link_tokens import (
    RedisConfirmations,
    RedisLinkConsents,
    RedisLinkSessions,
    RedisLinkTokens,
)
from monitors.accounts.submissions import RedisSubmissions
from monitors.accounts.webhook_check import NoticeWebhooks
from monitors.model.linking import LinkRequest
from monitors.parallel.oauth import ParallelConsentPage
from monitors.settings import Settings


class LinkingPages:
    """Every page of it. Only where a browser can reach this app."""

    def __init__(self, connect: ConnectPages, webhooks: WebhookPages) -> None:
        self.connect = connect
        self._webhooks = webhooks

    def routes(self) -> Sequence[Route]:
        return [*self.connect.routes(), *self._webhooks.routes()]


class Linking:
    """`pages` is None without PUBLIC_URL: a key can be pasted in Slack then."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        clients: Clients,
        services: Services,
        *,
        pages: Pages,
    ) -> None:
        accounts, installations = services.accounts, services.installations
        check = services.check_webhooks
        self.notices = NoticeWebhooks(accounts.last_seen, check.statuses, services.queue)
        self.link_tokens = RedisLinkTokens(stores.redis, stores.sealer)
        self.link = ConnectAccount(
            installations,
            services.people,
            check.tests,
            accounts,
            clients.parallel,
            services.submit_intent,
            RedisConfirmations(stores.redis, stores.sealer),
        )
        self.submissions = RedisSubmissions(stores.redis)
        self.pages: LinkingPages | None = None
        if settings.public_url is None:
            return
        browsers = Browsers(
            RedisLinkSessions(stores.redis, stores.sealer),
            pages,
            Cookies(secure=settings.public_url.startswith("https://")),
            origin=origin_of(settings.public_url),
            can_install=settings.uses_oauth,
        )
        consent_page = ParallelConsentPage(
            clients.http,
            platform_url=settings.parallel_platform_url,
            public_url=settings.public_url,
        )
        consents = RedisLinkConsents(stores.redis, stores.sealer)
        consent = ConnectByConsent(consents, consent_page, self.link)
        self.pages = LinkingPages(
            ConnectPages(browsers, self.link_tokens, self.link, consent, accounts),
            WebhookPages(browsers, self.link, check, accounts),
        )

    async def invite(self, link_request: LinkRequest) -> str | None:
        """A ticket for who has just installed the app; None if they can't connect an account.

        Raises QueueDownError.
        """
        if await self.link.may(link_request) is not None:
            return None
        return await self.link_tokens.issue(link_request.workspace, link_request.user_id)
