"""What people and Slack come in by: requests, the socket and the install pages."""

import time
from collections.abc import Awaitable, Callable

from bot.listeners.app import create_bolt_app
from bot.listeners.services import ListenerServices
from bot.metrics import Metrics
from bot.pages.oauth import OAuthDoor
from bot.pages.rendering import Pages
from bot.slack.door import SlackDoor, SlackReceiver
from bot.slack.installations import (
    BoltInstallations,
    BoltStates,
    Installations,
    KeptInstallations,
)
from bot.slack.manifest import bot_scopes
from bot.slack.sockets import SlackSocket
from bot.wiring.linking import Linking
from bot.wiring.resources import Clients, Stores, secret
from bot.wiring.services import Services
from monitors.accounts.link_tokens import RedisReceipts
from monitors.accounts.store import SqlAccounts
from monitors.model.linking import LinkRequest
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.watching.channels import NoticeChannels
from monitors.workspaces.oauth_states import RedisStates


def slack_receiver(  # noqa: PLR0913 - what was opened, and a time by name
    settings: Settings,
    clients: Clients,
    services: Services,
    linking: Linking,
    metrics: Metrics,
    *,
    sql_seconds: float,
) -> SlackReceiver:
    submit_intent = services.submit_intent
    app = create_bolt_app(
        client=clients.slack,
        authorize=services.installations.authorize,
        services=ListenerServices(
            submit_intent=submit_intent,
            waiting=services.waiting,
            rules=services.rules,
            read_edited=services.read_edited,
            channels=NoticeChannels(services.monitors, submit_intent),
            accounts=services.accounts,
            link=linking.link,
            submissions=linking.submissions,
            people=services.people,
            views=services.views,
            queue=services.queue,
            renderer=services.renderer,
            poster=services.poster,
            command_prefix=settings.command_prefix,
            app_id=services.installations.app_id,
            bot_user_id=services.installations.bot_user_id,
            bot_id=services.installations.bot_id,
            installed=services.installations.installed,
            monitor_in=services.monitors.in_thread,
            uninstall=services.uninstall,
            has_webhooks=settings.public_url is not None,
        ),
    )
    return SlackReceiver(app, count=metrics.count_slack, sql_seconds=sql_seconds)


def slack_door(settings: Settings, receiver: SlackReceiver, metrics: Metrics) -> SlackDoor | None:
    signing_secret = secret(settings.slack_signing_secret)
    if signing_secret is None:
        return None
    return SlackDoor(
        receiver, signing_secret=signing_secret, count=metrics.count_slack, unix_time=time.time
    )


def slack_socket(
    settings: Settings, receiver: SlackReceiver, clients: Clients
) -> SlackSocket | None:
    token = secret(settings.slack_app_token)
    return SlackSocket(clients.slack, app_token=token, receiver=receiver) if token else None


def oauth_door(  # noqa: PLR0913 - the parts that were opened, by name
    settings: Settings,
    clients: Clients,
    stores: Stores,
    *,
    kept: KeptInstallations,
    installations: Installations,
    accounts: SqlAccounts,
    pages: Pages,
    on_saved: Callable[[Workspace], Awaitable[None]],
    invite: Callable[[LinkRequest], Awaitable[str | None]],
) -> OAuthDoor | None:
    client_id, client_secret = settings.slack_client_id, secret(settings.slack_client_secret)
    if client_id is None or client_secret is None or settings.public_url is None:
        return None

    async def is_linked(workspace: Workspace) -> bool:
        if not workspace.team_id:
            # For a whole organisation: its workspaces link accounts of their own, if they do.
            return await accounts.ensure_operator() is not None
        return await accounts.for_workspace(workspace) is not None

    return OAuthDoor(
        client=clients.slack,
        client_id=client_id,
        client_secret=client_secret,
        public_url=settings.public_url,
        authorize_url=settings.slack_authorize_url,
        scopes=bot_scopes(),
        installation_store=BoltInstallations(kept, installations, on_saved=on_saved),
        state_store=BoltStates(RedisStates(stores.redis)),
        pages=pages,
        is_linked=is_linked,
        receipts=RedisReceipts(stores.redis, stores.sealer),
        invite=invite,
    )
