"""The table of methods: what answers each, and which scope opens it."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.web_api import accounts, chat, conversations, files, views
from sandbox.slack.web_api.call import Call
from sandbox.slack.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: any one of them opens the method; methods may ask for more themselves."""

    answer: Callable[[Call], JsonObject]
    scopes: tuple[str, ...] = ()
    needs_token: bool = True


METHODS: dict[str, Method] = {
    "api.test": Method(lambda _: {}, needs_token=False),
    "apps.connections.open": Method(accounts.connections_open, needs_token=False),
    "auth.revoke": Method(accounts.auth_revoke),
    "auth.teams.list": Method(accounts.auth_teams_list),
    "auth.test": Method(accounts.auth_test),
    "blocks.validate": Method(accounts.blocks_validate, needs_token=False),
    "bots.info": Method(accounts.bots_info, ("users:read",)),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "conversations.history": Method(conversations.history),
    "conversations.info": Method(conversations.info),
    "conversations.join": Method(conversations.join, ("channels:join",)),
    "conversations.list": Method(
        conversations.list_channels, ("channels:read", "groups:read", "im:read", "mpim:read")
    ),
    "conversations.open": Method(conversations.open_direct, ("im:write", "mpim:write")),
    "conversations.replies": Method(conversations.replies),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",)),
    "oauth.v2.access": Method(accounts.oauth_access, needs_token=False),
    "team.info": Method(accounts.team_info, ("team:read",)),
    "users.conversations": Method(conversations.of_person),
    "users.info": Method(accounts.users_info, ("users:read",)),
    "users.list": Method(accounts.users_list, ("users:read",)),
    "views.open": Method(views.open_modal),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}
