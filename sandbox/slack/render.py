"""How records look in Slack's answers and payloads."""

from sandbox.slack.files import file_json
from sandbox.slack.model import Channel, Message, User, View
from sandbox.slack.platform import Platform
from sandbox.slack.settings import SlackSettings
from sandbox.slack.state import SlackState
from sandbox.slack.wire import JsonObject


def message_json(
    message: Message, platform: Platform, *, with_metadata: bool = False
) -> JsonObject:
    shown: JsonObject = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": message.team_id,
    }
    if message.subtype:
        shown["subtype"] = message.subtype
    if message.files:
        # A shared file names its person alone, be it an app's bot user.
        shown |= {"files": [file_json(each) for each in message.files], "upload": False}
    elif message.bot_id:
        shown |= {
            "bot_id": message.bot_id,
            "app_id": platform.settings.app_id,
            "bot_profile": bot_profile(message.bot_id, message.team_id, platform.settings),
        }
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.attachments:
        shown["attachments"] = message.attachments
    if message.edited_ts and not message.blocks:  # where blocks change, Slack doesn't say so
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.metadata and with_metadata:
        shown["metadata"] = message.metadata
    shown |= _thread_fields(message, platform.state)
    return shown


def _thread_fields(message: Message, state: SlackState) -> JsonObject:
    if message.is_reply:
        parent = state.message(message.channel_id, message.thread_ts or "")
        return {"parent_user_id": parent.user} if parent and parent.user else {}
    replies = state.replies(message.channel_id, message.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.user for reply in replies if reply.user))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": people[:5],
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def bot_profile(bot_id: str, team_id: str, settings: SlackSettings) -> JsonObject:
    return {
        "id": bot_id,
        "app_id": settings.app_id,
        "name": settings.app_name,
        "team_id": team_id,
        "deleted": False,
        "updated": 1_700_000_000,
        "icons": {},
    }


def channel_json(channel: Channel, state: SlackState) -> JsonObject:
    bot = state.bot_user(channel.team_id)
    shown: JsonObject = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "dm",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_org_shared": False,
        "is_ext_shared": False,
        "context_team_id": channel.team_id,
    }
    if channel.kind == "dm":
        others = [member for member in channel.members if bot is None or member != bot.id]
        return shown | {"user": others[0] if others else None, "is_open": True}
    return shown | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": state.bot_is_member(channel),
        "is_general": channel.name == "general",
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def command_channel_name(channel: Channel) -> str:
    """What a slash command calls its channel."""
    if channel.kind in {"public", "mpim"}:
        return channel.name
    return "directmessage" if channel.kind == "dm" else "privategroup"


def user_json(user: User, state: SlackState) -> JsonObject:
    shown: JsonObject = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": 0,
        "profile": {"real_name": user.real_name, "display_name": user.name},
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
    }
    enterprise_id = state.teams[user.team_id].enterprise_id
    if enterprise_id:
        shown["enterprise_user"] = {
            "id": user.id,
            "enterprise_id": enterprise_id,
            "enterprise_name": enterprise_id,
            "is_admin": False,
            "is_owner": False,
            "teams": [user.team_id, *user.also_in],
        }
    return shown


def enterprise_json(enterprise_id: str | None) -> JsonObject | None:
    return {"id": enterprise_id, "name": enterprise_id} if enterprise_id else None


def view_json(view: View, platform: Platform) -> JsonObject:
    bot = platform.state.bot_user(view.team_id)
    content = view.content
    return {
        "id": view.id,
        "team_id": view.team_id,
        "type": content["type"],
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": content.get("title"),
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": platform.settings.app_id,
        "external_id": view.external_id,
        "app_installed_team_id": view.team_id,
        "bot_id": bot.bot_id if bot else None,
    }
