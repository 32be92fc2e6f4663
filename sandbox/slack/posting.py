"""Putting messages into channels: shared by the Web API, response URLs and people."""

from sandbox.slack import events
from sandbox.slack.content import Content, is_true
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Channel, Ephemeral, Message, StoredFile, User
from sandbox.slack.platform import Platform
from sandbox.slack.render import message_json
from sandbox.slack.wire import JsonObject, as_text


def parent_of(platform: Platform, channel: Channel, thread_ts: str) -> str | None:
    """The thread that a reply comes into: none where its parent is gone, and nothing says so.

    Slack refuses a reply to a reply, but posts one to a deleted message top-level.
    """
    parent = platform.state.message(channel.id, thread_ts)
    if parent is None or parent.subtype == "tombstone":
        return None
    if parent.is_reply:
        raise SlackError("cannot_reply_to_message")
    return thread_ts


def store_bot_message(
    platform: Platform,
    channel: Channel,
    content: Content,
    payload: JsonObject,
    *,
    files: list[StoredFile] | None = None,
) -> Message:
    """Post as the app; `payload` brings thread, broadcast and unfurling."""
    bot = platform.state.bot_user(channel.team_id)
    if bot is None:
        raise SlackError("account_inactive")
    wanted = as_text(payload.get("thread_ts"))
    thread_ts = parent_of(platform, channel, wanted) if wanted else None
    broadcast = thread_ts is not None and is_true(payload.get("reply_broadcast"))
    message = Message(
        ts=platform.state.next_ts(channel, counts=platform.settings.dates_count),
        channel_id=channel.id,
        team_id=channel.team_id,
        text=content.text,
        user=bot.id,
        username=as_text(payload.get("username")) or bot.name,
        bot_id=bot.bot_id,
        thread_ts=thread_ts,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
        subtype="thread_broadcast" if broadcast else "file_share" if files else None,
        unfurl_links=is_true(payload.get("unfurl_links", True)),
        unfurl_media=is_true(payload.get("unfurl_media", True)),
        mentions=content.mentions,
        files=files or [],
    )
    store(platform, channel, message)
    return message


def store(platform: Platform, channel: Channel, message: Message) -> events.FirstAttempt:
    message.at = platform.clock.time()
    platform.state.messages[channel.id][message.ts] = message
    platform.stream.changed("messages")
    return events.message_posted(platform, channel, message)


def change(platform: Platform, channel: Channel, message: Message, content: Content) -> None:
    previous = message_json(message, platform)
    message.text = content.text
    message.blocks = content.blocks
    message.attachments = content.attachments
    message.mentions = content.mentions
    if content.metadata is not None:
        message.metadata = content.metadata
    message.edited_ts = f"{int(platform.clock.wall())}.000000"
    platform.stream.changed("messages")
    events.message_changed(platform, channel, message, previous)


def remove(platform: Platform, channel: Channel, message: Message) -> None:
    """Delete a message; a parent with replies leaves a tombstone, as at Slack."""
    previous = message_json(message, platform)
    if platform.state.replies(channel.id, message.ts):
        message.subtype = "tombstone"
        message.text = "This message was deleted."
        message.user, message.username, message.bot_id = "USLACKBOT", "slackbot", None
        message.blocks, message.attachments, message.mentions = [], [], []
        message.metadata = None
    else:
        del platform.state.messages[channel.id][message.ts]
    platform.stream.changed("messages")
    events.message_deleted(platform, channel, message, previous)


def store_ephemeral(
    platform: Platform, channel: Channel, user: User, content: Content, *, thread_ts: str = ""
) -> Ephemeral:
    ephemeral = Ephemeral(
        id=platform.state.next_ts(channel),
        channel_id=channel.id,
        team_id=channel.team_id,
        user=user.id,
        text=content.text,
        at=platform.clock.now().isoformat(),
        blocks=content.blocks,
        thread_ts=thread_ts or None,
        mentions=content.mentions,
    )
    platform.state.ephemerals[ephemeral.id] = ephemeral
    platform.stream.changed("ephemerals")
    return ephemeral
