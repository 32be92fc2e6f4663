"""chat.*: posting, changing, deleting, linking."""

from sandbox.slack.content import MOST_TEXT_IN_UPDATE, is_true, read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Channel, Message
from sandbox.slack.posting import (
    change,
    remove,
    store_bot_message,
    store_ephemeral,
)
from sandbox.slack.render import message_json
from sandbox.slack.web_api.call import Call
from sandbox.slack.wire import JsonObject


def post_message(call: Call) -> JsonObject:
    channel = _writable_channel(call)
    platform = call.platform
    content = read_content(call.arguments, platform)
    platform.limits.take_message(channel.id)
    message = store_bot_message(platform, channel, content, call.arguments)
    shown = message_json(message, platform, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def _writable_channel(call: Call) -> Channel:
    channel = _destination(call)
    if not call.is_member(channel):
        if channel.kind != "public":
            raise SlackError("channel_not_found")
        if "chat:write.public" not in call.bot_grant.scopes:
            raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    return channel


def _destination(call: Call) -> Channel:
    """A channel by id or `#name`, or a person, whose DM with the app it then is."""
    wanted, state = call.text("channel"), call.platform.state
    if wanted[:1] in {"U", "W"} and wanted in state.users:
        user = call.user("channel")
        bot = state.bot_user(user.team_id)
        if bot is None or user.is_bot:
            raise SlackError("channel_not_found")
        return state.direct_channel(user.team_id, [user.id, bot.id])
    if wanted in state.channels or call.bot_grant.team_id is None:
        return call.channel()
    for channel in state.channels.values():
        named = channel.name == wanted.removeprefix("#") and channel.name != ""
        if named and channel.team_id == call.bot_grant.team_id:
            return channel
    raise SlackError("channel_not_found")


def update(call: Call) -> JsonObject:
    channel, message = _own_message(call, refusal="cant_update_message")
    platform = call.platform
    # The text of an update counts whole; without it the blocks stay as they are.
    payload = dict(call.arguments)
    if not payload.get("text") and "blocks" not in payload:
        payload["blocks"] = message.blocks
    if not payload.get("text") and "blocks" in payload:
        payload["text"] = message.text
    content = read_content(
        payload,
        platform,
        longest_text=MOST_TEXT_IN_UPDATE,
    )
    change(platform, channel, message, content)
    if call.arguments.get("metadata") in ("{}", {}):
        message.metadata = None
    if is_true(call.arguments.get("reply_broadcast")) and message.is_reply:
        message.subtype = "thread_broadcast"
    shown = message_json(message, platform, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def _own_message(call: Call, *, refusal: str) -> tuple[Channel, Message]:
    channel = call.visible_channel()
    message = call.message(channel, ts=call.text("ts"))
    bot = call.platform.state.bot_user(channel.team_id)
    if message.bot_id is None or bot is None or message.bot_id != bot.bot_id:
        raise SlackError(refusal)
    if channel.archived:
        raise SlackError("is_archived" if refusal == "cant_update_message" else refusal)
    return channel, message


def delete(call: Call) -> JsonObject:
    channel, message = _own_message(call, refusal="cant_delete_message")
    remove(call.platform, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> JsonObject:
    platform = call.platform
    channel = call.visible_channel()
    if not call.is_member(channel):
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    user = platform.state.users.get(call.text("user"))
    if user is None or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(call.arguments, platform)
    platform.limits.take_message(channel.id)
    ephemeral = store_ephemeral(platform, channel, user, content, thread_ts=call.text("thread_ts"))
    return {"message_ts": ephemeral.id}


def get_permalink(call: Call) -> JsonObject:
    channel = call.visible_channel()
    message = call.message(channel, ts=call.text("message_ts"))
    domain = call.platform.state.teams[channel.team_id].domain
    link = f"https://{domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
