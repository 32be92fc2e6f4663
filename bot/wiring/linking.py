"""Linking Parallel accounts: the pages, the modal, and what Parallel's door tells."""

from collections.abc import Sequence

from starlette.routing import Route

from bot.pages.browser import Browsers, icons_from, origin_of
from bot.pages.connect import ConnectPages
from bot.pages.rendering import Cookies
from bot.pages.webhook_check import WebhookPages
from bot.wiring.services import Services
from monitors.accounts.connect import ConnectAccount, ConnectByConsent
from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.submissions import RedisSubmissions
from monitors.accounts.webhook_check import NoticeWebhooks
from monitors.model.linking import PendingConsent, PendingKey, Visitor
from monitors.parallel.oauth import ParallelConsentPage


class Linking:
    def __init__(self, services: Services) -> None:
        self._services = services
        accounts, stores, check = services.accounts, services.stores, services.check_webhooks
        self.notices = NoticeWebhooks(accounts.last_seen, check.statuses, services.queue)
        self.link = ConnectAccount(
            services.parts,
            check.tests,
            accounts,
            LinkTokens(stores.redis, stores.sealer, PendingKey),
        )
        self.submissions = RedisSubmissions(stores.redis)

    def routes(self) -> Sequence[Route]:
        """None without PUBLIC_URL: a key can be pasted in Slack then."""
        services, settings, stores = self._services, self._services.settings, self._services.stores
        if settings.public_url is None:
            return ()
        browsers = Browsers(
            LinkTokens(stores.redis, stores.sealer, Visitor),
            services.pages,
            Cookies(secure=settings.public_url.startswith("https://")),
            origin=origin_of(settings.public_url),
            icons_from=icons_from(settings.slack_api_url),
            can_install=settings.uses_oauth,
        )
        consent_page = ParallelConsentPage(
            services.clients.http,
            platform_url=settings.parallel_platform_url,
            public_url=settings.public_url,
        )
        consents = LinkTokens(stores.redis, stores.sealer, PendingConsent)
        consent = ConnectByConsent(consents, consent_page, self.link)
        accounts = services.accounts
        connect = ConnectPages(browsers, services.link_tokens, self.link, consent, accounts)
        webhooks = WebhookPages(browsers, self.link, services.check_webhooks, accounts)
        return [*connect.routes(), *webhooks.routes()]
