"""The whole state as the page and the tests read it."""

from sandbox.slack.files import file_json
from sandbox.slack.model import Channel, Ephemeral, Message, Team, User, View
from sandbox.slack.platform import Platform
from sandbox.slack.render import view_json
from sandbox.slack.state import SlackState
from sandbox.slack.wire import JsonObject, as_object, objects_in


def state_json(platform: Platform, team_id: str | None) -> JsonObject:
    """Everything, or what belongs to one workspace."""
    state, settings = platform.state, platform.settings

    def mine(owner: str) -> bool:
        return team_id is None or owner == team_id

    channels = [channel for channel in state.channels.values() if mine(channel.team_id)]
    return {
        "app": {
            "app_id": settings.app_id,
            "name": settings.app_name,
            "client_id": settings.client_id,
            "signing_secret": settings.signing_secret,
            "request_url": settings.request_url,
            "redirect_url": settings.redirect_url,
            "install_url": settings.install_url,
            "commands": _declared(settings.manifest, "slash_commands", "command")
            or [{"command": name} for name in settings.commands],
            "shortcuts": _declared(settings.manifest, "shortcuts", "callback_id"),
        },
        "teams": [team_state(team, state) for team in state.teams.values() if mine(team.team_id)],
        "users": [
            user_state(user)
            for user in state.users.values()
            if team_id is None or state.belongs(user, team_id)
        ],
        "channels": [channel_state(channel) for channel in channels],
        "messages": {channel.id: _messages(channel, state) for channel in channels},
        "ephemerals": [
            ephemeral_state(each) for each in state.ephemerals.values() if mine(each.team_id)
        ],
        "homes": {
            user: view_json(view, platform) | {"pings": view.mentions}
            for user, view in state.homes.items()
            if mine(view.team_id)
        },
        "modals": [
            modal_state(view, platform) for view in state.modals.values() if mine(view.team_id)
        ],
    }


def channel_content(channel: Channel, state: SlackState) -> JsonObject:
    """What is to be read in one channel: the same of everything is long."""
    return {
        "messages": _messages(channel, state),
        "ephemerals": [
            ephemeral_state(each)
            for each in state.ephemerals.values()
            if each.channel_id == channel.id
        ],
    }


def _messages(channel: Channel, state: SlackState) -> list[JsonObject]:
    return [message_state(each, state) for each in state.messages[channel.id].values()]


def team_state(team: Team, state: SlackState) -> JsonObject:
    bot = state.bot_user(team.team_id)
    return {
        "team_id": team.team_id,
        "name": team.name,
        "enterprise_id": team.enterprise_id,
        "installed": state.grant_for(team.team_id) is not None,
        "bot_user_id": bot.id if bot else None,
    }


def user_state(user: User) -> JsonObject:
    return _fields(user, "id", "team_id", "name", "real_name", "is_admin", "is_bot")


def channel_state(channel: Channel) -> JsonObject:
    return _fields(channel, "id", "team_id", "name", "kind", "members", "archived")


def message_state(message: Message, state: SlackState) -> JsonObject:
    replies = [] if message.is_reply else state.replies(message.channel_id, message.ts)
    as_is = ("ts", "at", "thread_ts", "user", "bot_id", "username", "text", "blocks", "metadata")
    return _fields(message, *as_is, "subtype", "unfurl_links", "unfurl_media") | {
        "channel": message.channel_id,
        "edited": message.edited_ts is not None,
        "reply_count": len(replies),
        "latest_reply": replies[-1].ts if replies else None,
        "latest_reply_at": replies[-1].at if replies else None,
        "pings": message.mentions,
        "files": [file_json(each) for each in message.files],
    }


def ephemeral_state(ephemeral: Ephemeral) -> JsonObject:
    shown = _fields(ephemeral, "id", "user", "text", "blocks", "thread_ts", "at")
    return shown | {"channel": ephemeral.channel_id, "pings": ephemeral.mentions}


def modal_state(view: View, platform: Platform) -> JsonObject:
    shown = _fields(view, "id", "user", "hash")
    return shown | {"view": view_json(view, platform), "pings": view.mentions}


def _declared(manifest: JsonObject, feature: str, name: str) -> list[JsonObject]:
    features = as_object(manifest.get("features")) or {}
    return [each for each in objects_in(features.get(feature)) if each.get(name)]


def _fields(record: object, *names: str) -> JsonObject:
    return {name: getattr(record, name) for name in names}
