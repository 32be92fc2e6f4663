"""The Events API: envelopes, and who gets to hear of what."""

import asyncio

from sandbox.slack.model import Channel, Grant, Message, User
from sandbox.slack.platform import Platform
from sandbox.slack.render import message_json, user_json
from sandbox.slack.wire import JsonObject

FirstAttempt = asyncio.Task[int | None] | None
"""Ends with the status the app answered; None where nothing was sent."""

_SUBSCRIPTIONS = {
    "public": "message.channels",
    "private": "message.groups",
    "dm": "message.im",
    "mpim": "message.mpim",
}


async def status_of(attempt: FirstAttempt) -> int | None:
    """Also None where the attempt was given up (`reset`)."""
    if attempt is None:
        return None
    await asyncio.wait([attempt])
    return None if attempt.cancelled() else attempt.result()


def send_event(
    platform: Platform, team_id: str, event: JsonObject, *, subscription: str, grant: Grant | None
) -> FirstAttempt:
    """Send an event, if the app subscribed to it and is installed."""
    if grant is None or subscription not in platform.settings.events:
        return None
    return platform.dispatcher.post_event(_envelope(platform, team_id, event, grant))


def _envelope(platform: Platform, team_id: str, event: JsonObject, grant: Grant) -> JsonObject:
    state, settings = platform.state, platform.settings
    team = state.teams[team_id]
    now = int(platform.clock.wall())
    envelope: JsonObject = {
        "token": settings.verification_token,
        "team_id": team_id,
        "context_team_id": team_id,
        "context_enterprise_id": team.enterprise_id,
        "api_app_id": settings.app_id,
        "event": {"event_ts": f"{now}.000000"} | event,
        "type": "event_callback",
        "event_id": state.new_id("Ev"),
        "event_time": now,
        "authorizations": [
            {
                "enterprise_id": grant.enterprise_id,
                "team_id": grant.team_id,
                "user_id": grant.bot_user_ids.get(team_id),
                "is_bot": True,
                "is_enterprise_install": grant.is_enterprise,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{state.new_secret(length=40)}",
    }
    if team.enterprise_id:
        envelope["enterprise_id"] = team.enterprise_id
    return envelope


def _listening_grant(platform: Platform, channel: Channel) -> Grant | None:
    """A bot hears what is said where it is a member and may read the history."""
    grant = platform.state.grant_for(channel.team_id)
    if grant is None or not platform.state.bot_is_member(channel):
        return None
    return grant if f"{channel.scope_prefix}:history" in grant.scopes else None


def message_posted(platform: Platform, channel: Channel, message: Message) -> FirstAttempt:
    if message.bot_id and not platform.settings.own_message_events:
        return None
    event = message_json(message, platform)
    # What was posted is announced as it was then: before it had replies.
    event |= {
        "channel": channel.id,
        "channel_type": event_channel_type(channel),
        "event_ts": message.ts,
    }
    if not message.bot_id:
        event["client_msg_id"] = platform.state.new_secret(length=32).lower()
    if message.subtype == "thread_broadcast":
        root = platform.state.message(channel.id, message.thread_ts or "")
        if root:
            event["root"] = message_json(root, platform)
    attempt = _send_message_event(platform, channel, event)
    _mention_app(platform, channel, message, event)
    return attempt


def _mention_app(platform: Platform, channel: Channel, message: Message, event: JsonObject) -> None:
    bot = platform.state.bot_user(channel.team_id)
    if bot is None or message.bot_id or f"<@{bot.id}>" not in message.text:
        return
    grant = platform.state.grant_for(channel.team_id)
    is_heard = channel.kind != "dm" and platform.state.bot_is_member(channel)
    if is_heard and grant is not None and "app_mentions:read" in grant.scopes:
        mention = event | {"type": "app_mention"}
        send_event(platform, channel.team_id, mention, subscription="app_mention", grant=grant)


def message_changed(
    platform: Platform, channel: Channel, message: Message, previous: JsonObject
) -> None:
    current = message_json(message, platform)
    _send_hidden(
        platform, channel, "message_changed", {"message": current, "previous_message": previous}
    )


def message_deleted(
    platform: Platform, channel: Channel, message: Message, previous: JsonObject
) -> None:
    about = {"deleted_ts": message.ts, "previous_message": previous}
    _send_hidden(platform, channel, "message_deleted", about)


def _send_hidden(platform: Platform, channel: Channel, subtype: str, about: JsonObject) -> None:
    if not platform.settings.update_events:
        return
    ts = platform.state.next_ts(channel)
    event: JsonObject = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": event_channel_type(channel),
        "ts": ts,
        "event_ts": ts,
        **about,
    }
    _send_message_event(platform, channel, event)


def _send_message_event(platform: Platform, channel: Channel, event: JsonObject) -> FirstAttempt:
    return send_event(
        platform,
        channel.team_id,
        event,
        subscription=_SUBSCRIPTIONS[channel.kind],
        grant=_listening_grant(platform, channel),
    )


def event_channel_type(channel: Channel) -> str:
    return {"public": "channel", "private": "group", "dm": "im", "mpim": "mpim"}[channel.kind]


def channel_event(platform: Platform, channel: Channel, event: JsonObject) -> FirstAttempt:
    """Something about a channel itself; `event` names its own type."""
    return send_event(
        platform,
        channel.team_id,
        event,
        subscription=str(event["type"]),
        grant=platform.state.grant_for(channel.team_id),
    )


def bot_joined(platform: Platform, channel: Channel, bot: User) -> None:
    event: JsonObject = {
        "type": "member_joined_channel",
        "user": bot.id,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "public" else "G",
        "team": channel.team_id,
    }
    channel_event(platform, channel, event)


def bot_left(platform: Platform, channel: Channel, bot: User) -> None:
    """The bot was removed: it is told as itself, and as a member among members."""
    kind = "C" if channel.kind == "public" else "G"
    left = "channel_left" if channel.kind == "public" else "group_left"
    about = {"channel": channel.id, "channel_type": kind, "team": channel.team_id}
    channel_event(platform, channel, {"type": "member_left_channel", "user": bot.id, **about})
    channel_event(platform, channel, {"type": left, "channel": channel.id})


def home_opened(
    platform: Platform, team_id: str, user: User, view: JsonObject | None
) -> FirstAttempt:
    bot = platform.state.bot_user(team_id)
    members = [user.id, bot.id] if bot else [user.id]
    event: JsonObject = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": platform.state.direct_channel(team_id, members).id,
        "tab": "home",
    }
    if view is not None:
        event["view"] = view
    grant = platform.state.grant_for(team_id)
    return send_event(platform, team_id, event, subscription="app_home_opened", grant=grant)


def user_changed(platform: Platform, user: User) -> None:
    event: JsonObject = {"type": "user_change", "user": user_json(user, platform.state)}
    grant = platform.state.grant_for(user.team_id)
    send_event(platform, user.team_id, event, subscription="user_change", grant=grant)


def tokens_revoked(platform: Platform, grant: Grant) -> None:
    tokens = {"oauth": [], "bot": sorted(set(grant.bot_user_ids.values()))}
    _about_installation(platform, grant, {"type": "tokens_revoked", "tokens": tokens})


def app_uninstalled(platform: Platform, grant: Grant) -> None:
    """Both notices of an uninstallation, in the order Slack is seen to send them."""
    tokens_revoked(platform, grant)
    _about_installation(platform, grant, {"type": "app_uninstalled"})


def _about_installation(platform: Platform, grant: Grant, event: JsonObject) -> None:
    team_id = next(iter(grant.bot_user_ids))
    send_event(platform, team_id, event, subscription=str(event["type"]), grant=grant)
