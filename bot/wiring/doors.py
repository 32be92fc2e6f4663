"""What people, Slack and Parallel come in by: requests, the socket and the pages."""

from collections.abc import Sequence
from typing import TypeVar

from starlette.routing import Route

from bot.listeners.app import create_bolt_app
from bot.listeners.services import ListenerServices
from bot.pages.browser import Browsers, icons_from, origin_of
from bot.pages.connect import ConnectPages
from bot.pages.oauth import InstallPages
from bot.pages.rendering import Cookies
from bot.pages.webhook_check import WebhookPages
from bot.slack.door import SlackDoor, SlackReceiver
from bot.slack.sockets import SlackSocket
from bot.wiring.resources import secret
from bot.wiring.services import Services
from monitors.accounts.connect import ConnectAccount, ConnectByConsent
from monitors.accounts.link_tokens import LinkTokens
from monitors.accounts.submissions import RedisSubmissions
from monitors.accounts.webhook_check import NoticeWebhooks
from monitors.model.linking import PendingConsent, PendingInstall, PendingKey, Receipt, Visitor
from monitors.parallel.oauth import ParallelConsentPage
from webhooks.routes import WebhookDoor

T = TypeVar("T")


class Doors:
    """None where the settings leave one out."""

    def __init__(self, services: Services) -> None:
        self._services = services
        settings, accounts, stores = services.settings, services.accounts, services.stores
        client, count = services.slack, services.metrics.count_slack
        checks, pending = services.check_webhooks, self._tokens(PendingKey)
        self._link = ConnectAccount(services.parts, checks.tests, accounts, pending)
        app = create_bolt_app(
            client=client,
            services=ListenerServices(
                parts=services.parts,
                accounts=accounts,
                link=self._link,
                submissions=RedisSubmissions(stores.redis),
                views=services.views,
                installations=services.installations,
                uninstall=services.uninstall,
                has_webhooks=settings.public_url is not None,
            ),
        )
        receiver = SlackReceiver(app, count, services.timings.sql_door_seconds)
        key, token = secret(settings.slack_signing_secret), secret(settings.slack_app_token)
        self.slack = SlackDoor(receiver, key.encode(), count) if key else None
        self.socket = SlackSocket(client, app_token=token, receiver=receiver) if token else None
        self.parallel = WebhookDoor(
            accounts,
            services.queue,
            NoticeWebhooks(accounts.last_seen, checks.statuses, services.queue),
            services.metrics.webhooks,
            coalesce_seconds=services.timings.coalesce_seconds,
            sql_seconds=services.timings.sql_door_seconds,
        )
        # Without an address for a browser, a key can be pasted in Slack.
        self.pages: Sequence[Route] = ()
        if settings.public_url is not None:
            self.pages = self._pages(settings.public_url)

    def _tokens(self, kind: type[T]) -> LinkTokens[T]:
        return LinkTokens(self._services.stores.redis, self._services.stores.sealer, kind)

    def _pages(self, public_url: str) -> Sequence[Route]:
        services, link, accounts = self._services, self._link, self._services.accounts
        browsers = Browsers(
            self._tokens(Visitor),
            services.pages,
            Cookies(secure=public_url.startswith("https://")),
            origin=origin_of(public_url),
            icons_from=icons_from(services.settings.slack_api_url),
            can_install=services.settings.uses_oauth,
        )
        consent_page = ParallelConsentPage(
            services.http,
            platform_url=services.settings.parallel_platform_url,
            public_url=public_url,
        )
        consent = ConnectByConsent(self._tokens(PendingConsent), consent_page, link)
        connect = ConnectPages(browsers, services.link_tokens, link, consent, accounts)
        webhooks = WebhookPages(browsers, link, services.check_webhooks, accounts)
        install = self._install_pages(public_url, browsers)
        return [*install, *connect.routes(), *webhooks.routes()]

    def _install_pages(self, public_url: str, browsers: Browsers) -> Sequence[Route]:
        services, settings = self._services, self._services.settings
        client_id, client_secret = settings.slack_client_id, secret(settings.slack_client_secret)
        if client_id is None or client_secret is None:
            return ()
        return InstallPages(
            client=services.slack,
            client_id=client_id,
            client_secret=client_secret,
            public_url=public_url,
            authorize_url=settings.slack_authorize_url,
            parts=services.parts,
            rows=services.rows,
            installations=services.installations,
            accounts=services.accounts,
            states=self._tokens(PendingInstall),
            link=self._link,
            link_tokens=services.link_tokens,
            receipts=self._tokens(Receipt),
            browsers=browsers,
        ).routes()
