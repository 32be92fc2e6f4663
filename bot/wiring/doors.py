"""What people and Slack come in by: requests, the socket and the install pages."""

import time
from functools import partial

from bot.listeners.app import create_bolt_app
from bot.listeners.services import ListenerServices
from bot.pages.oauth import OAuthDoor
from bot.slack.door import SlackDoor, SlackReceiver
from bot.slack.installations import BoltInstallations
from bot.slack.manifest import bot_scopes
from bot.slack.oauth_states import OAuthStates
from bot.slack.sockets import SlackSocket
from bot.wiring.linking import Linking
from bot.wiring.resources import secret
from bot.wiring.services import Services
from monitors.accounts.link_tokens import LinkTokens
from monitors.model.linking import PendingInstall, Receipt
from monitors.model.workspace import Workspace
from monitors.watching import channels


def slack_receiver(services: Services, linking: Linking) -> SlackReceiver:
    settings, installations = services.settings, services.installations
    app = create_bolt_app(
        client=services.clients.slack,
        authorize=installations.authorize,
        services=ListenerServices(
            submit_intent=services.submit_intent,
            parts=services.parts,
            accounts=services.accounts,
            link=linking.link,
            submissions=linking.submissions,
            people=services.people,
            views=services.views,
            queue=services.queue,
            poster=services.poster,
            command_prefix=services.prefix,
            operator_links=services.operator_links,
            installations=installations,
            uninstall=services.uninstall,
            has_webhooks=settings.public_url is not None,
        ),
    )
    return SlackReceiver(
        app, count=services.metrics.count_slack, sql_seconds=services.timings.sql_door_seconds
    )


def slack_door(services: Services, receiver: SlackReceiver) -> SlackDoor | None:
    signing_secret = secret(services.settings.slack_signing_secret)
    if signing_secret is None:
        return None
    return SlackDoor(
        receiver,
        signing_secret=signing_secret,
        count=services.metrics.count_slack,
        unix_time=time.time,
    )


def slack_socket(services: Services, receiver: SlackReceiver) -> SlackSocket | None:
    token = secret(services.settings.slack_app_token)
    slack = services.clients.slack
    return SlackSocket(slack, app_token=token, receiver=receiver) if token else None


def oauth_door(services: Services, linking: Linking) -> OAuthDoor | None:
    settings, stores, accounts = services.settings, services.stores, services.accounts
    client_id, client_secret = settings.slack_client_id, secret(settings.slack_client_secret)
    if client_id is None or client_secret is None or settings.public_url is None:
        return None

    async def is_linked(workspace: Workspace) -> bool:
        if not workspace.team_id:
            # For a whole organisation: its workspaces link accounts of their own, if they do.
            return await accounts.ensure_operator() is not None
        return await accounts.for_workspace(workspace) is not None

    return OAuthDoor(
        client=services.clients.slack,
        client_id=client_id,
        client_secret=client_secret,
        public_url=settings.public_url,
        authorize_url=settings.slack_authorize_url,
        scopes=bot_scopes(),
        installation_store=BoltInstallations(
            services.kept,
            services.installations,
            on_saved=partial(channels.was_installed, services.parts),
        ),
        state_store=OAuthStates(LinkTokens(stores.redis, stores.sealer, PendingInstall)),
        pages=services.pages,
        is_linked=is_linked,
        receipts=LinkTokens(stores.redis, stores.sealer, Receipt),
        link=linking.link,
        link_tokens=services.link_tokens,
    )
