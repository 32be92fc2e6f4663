"""conversations.*: where the app may be, what was said there."""

from sandbox.slack import events
from sandbox.slack.errors import SlackError
from sandbox.slack.model import SCOPE_PREFIXES, Channel, ChannelKind, Message
from sandbox.slack.render import channel_json, message_json
from sandbox.slack.web_api.call import Call
from sandbox.slack.web_api.paging import one_page
from sandbox.slack.wire import JsonObject

_KIND_NAMES: dict[ChannelKind, str] = {
    "public": "public_channel",
    "private": "private_channel",
    "dm": "im",
    "mpim": "mpim",
}
_MOST_UNDER_THE_RULE = 15


def info(call: Call) -> JsonObject:
    channel = call.visible_channel()
    call.require_scope(f"{channel.scope_prefix}:read")
    return {"channel": channel_json(channel, call.platform.state)}


def join(call: Call) -> JsonObject:
    channel = call.channel()
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    state = call.platform.state
    bot = state.bot_user(channel.team_id)
    if bot is None:
        raise SlackError("account_inactive")
    answer: JsonObject = {}
    if bot.id in channel.members:
        answer = {
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    else:
        channel.members.append(bot.id)
        call.platform.stream.changed("teams")
        events.bot_joined(call.platform, channel, bot)
    return {"channel": channel_json(channel, state), **answer}


def open_direct(call: Call) -> JsonObject:
    state = call.platform.state
    if call.text("channel"):
        channel = call.visible_channel()
        if channel.kind not in {"dm", "mpim"}:
            raise SlackError("channel_not_found")
        return _opened(call, channel, already=True)
    names = [name.strip() for name in call.text("users").split(",") if name.strip()]
    if not names:
        raise SlackError("users_list_not_supplied")
    users = [state.users.get(name) for name in names]
    team_id = call.bot_grant.team_id or (users[0].team_id if users[0] else "")
    bot = state.bot_user(team_id)
    people = [user.id for user in users if user and not user.is_bot and user.team_id == team_id]
    if bot is None or len(people) != len(users) or not state.serves(call.bot_grant, team_id):
        raise SlackError("user_not_found")
    before = len(state.channels)
    channel = state.direct_channel(team_id, [*people, bot.id])
    return _opened(call, channel, already=len(state.channels) == before)


def _opened(call: Call, channel: Channel, *, already: bool) -> JsonObject:
    found: JsonObject = {"id": channel.id}
    if call.flag("return_im"):
        found = channel_json(channel, call.platform.state)
    noted: JsonObject = {"no_op": True, "already_open": True} if already else {}
    return {"channel": found, **noted}


def list_channels(call: Call) -> JsonObject:
    team_id = call.team_id()
    wanted = {each.strip() for each in (call.text("types") or "public_channel").split(",")}
    if wanted - set(_KIND_NAMES.values()):
        raise SlackError("invalid_types")
    found = [
        channel_json(channel, call.platform.state)
        for channel in call.platform.state.channels.values()
        if channel.team_id == team_id
        and _KIND_NAMES[channel.kind] in wanted
        and (channel.kind == "public" or call.is_member(channel))
        and f"{channel.scope_prefix}:read" in call.bot_grant.scopes
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    page, cursor = one_page(call, found, call.limit(default=100, most=1000))
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def history(call: Call) -> JsonObject:
    channel, limit = _readable(call, "history")
    chosen = [
        message
        for message in call.platform.state.messages[channel.id].values()
        if not message.is_reply or message.subtype == "thread_broadcast"
    ]
    found = [message for message in reversed(chosen) if _in_range(call, message)]
    page, cursor = one_page(call, found, limit)
    return _messages_answer(call, page, cursor)


def replies(call: Call) -> JsonObject:
    channel, limit = _readable(call, "replies")
    state = call.platform.state
    parent = call.message(channel, ts=call.text("ts"), missing="thread_not_found")
    root_ts = parent.thread_ts if parent.is_reply else parent.ts
    thread = [reply for reply in state.replies(channel.id, root_ts or "") if _in_range(call, reply)]
    page, cursor = one_page(call, thread, limit)
    root = state.message(channel.id, root_ts or "")
    return _messages_answer(call, [root, *page] if root else page, cursor)


def _readable(call: Call, method: str) -> tuple[Channel, int]:
    """A channel whose messages this token may read, and how many at once."""
    channel = call.visible_channel()
    call.require_scope(f"{channel.scope_prefix}:history")
    if not call.is_member(channel):
        raise SlackError("not_in_channel")
    call.platform.limits.take_history(call.bot_grant.token, method)
    limited = call.platform.settings.history_limited
    most = _MOST_UNDER_THE_RULE if limited else 999
    return channel, call.limit(default=_MOST_UNDER_THE_RULE if limited else 100, most=most)


def _in_range(call: Call, message: Message) -> bool:
    at = _moment(message.ts)
    inclusive = call.flag("inclusive")
    for name, sign in (("oldest", 1), ("latest", -1)):
        bound = call.text(name)
        if not bound:
            continue
        distance = (at - _moment(bound)) * sign
        if distance < 0 or (distance == 0 and not inclusive):
            return False
    return True


def _moment(ts: str) -> int:
    """A ts in microseconds; floats would round it."""
    seconds, _, fraction = ts.partition(".")
    if not seconds.isdecimal() or (fraction and not fraction.isdecimal()):
        raise SlackError("invalid_ts_oldest")
    return int(seconds) * 1_000_000 + int(f"{fraction:0<6}"[:6])


def _messages_answer(call: Call, messages: list[Message], cursor: str) -> JsonObject:
    answer: JsonObject = {
        "messages": [
            message_json(
                message,
                call.platform,
                with_metadata=call.flag("include_all_metadata"),
            )
            for message in messages
        ],
        "has_more": bool(cursor),
    }
    if cursor:
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def of_person(call: Call) -> JsonObject:
    """users.conversations: those of a person, or of the app; non-public ones only if it is there.

    Each type that is asked for needs its own scope.
    """
    team_id, state = call.team_id(), call.platform.state
    wanted = {each.strip() for each in (call.text("types") or "public_channel").split(",")}
    if wanted - set(_KIND_NAMES.values()):
        raise SlackError("invalid_types")
    kinds: list[ChannelKind] = [kind for kind, name in _KIND_NAMES.items() if name in wanted]
    for kind in kinds:
        call.require_scope(f"{SCOPE_PREFIXES[kind]}:read")
    user = call.user() if call.text("user") else state.bot_user(team_id)
    found = [
        _without_membership(channel_json(channel, state))
        for channel in state.channels.values()
        if channel.team_id == team_id
        and channel.kind in kinds
        and user is not None
        and user.id in channel.members
        and (channel.kind == "public" or call.is_member(channel))
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    page, cursor = one_page(call, found, call.limit(default=100, most=999))
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def _without_membership(shown: JsonObject) -> JsonObject:
    """This method leaves out who is in it."""
    return {name: each for name, each in shown.items() if name not in {"is_member", "num_members"}}
