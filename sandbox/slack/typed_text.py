"""What people type, in the form in which Slack passes it on."""

import re

from sandbox.slack.state import SlackState

_URL = re.compile(r"\bhttps?://[^\s<>|]+[^\s<>|.,;:!?)'\"]")
_MENTION = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
_CHANNEL = re.compile(r"(?<![\w#&])#([a-z0-9][a-z0-9_-]*)", re.IGNORECASE)
_MARKED_UP = re.compile(r"(<(?:[@#!][^<>\s]+|https?://[^<>\s]+)>)")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_command_text(text: str, team_id: str, state: SlackState) -> str:
    """As with `should_escape`: names become ids (with the name), addresses are bracketed."""
    return _linked(escaped(text), team_id, state, named=True)


def as_message_text(text: str, team_id: str, state: SlackState) -> str:
    """As in a message event; what is marked up already (`<@U…>`) is left alone."""
    parts = _MARKED_UP.split(text)
    return "".join(
        part if index % 2 else _linked(escaped(part), team_id, state, named=False)
        for index, part in enumerate(parts)
    )


def _linked(text: str, team_id: str, state: SlackState, *, named: bool) -> str:
    people = {user.name: user.id for user in state.users.values() if state.belongs(user, team_id)}
    rooms = {
        channel.name: channel
        for channel in state.channels.values()
        if channel.team_id == team_id and channel.name
    }

    def mention(match: re.Match[str]) -> str:
        name = match[1].rstrip(".")
        if name not in people:
            return match[0]
        rest = match[1][len(name) :]
        return (f"<@{people[name]}|{name}>" if named else f"<@{people[name]}>") + rest

    def room(match: re.Match[str]) -> str:
        channel = rooms.get(match[1])
        if channel is None:
            return match[0]
        return f"<#{channel.id}|{'' if channel.kind == 'private' else channel.name}>"

    pieces = re.split(f"({_URL.pattern})", text)
    return "".join(
        f"<{piece}>" if index % 2 else _CHANNEL.sub(room, _MENTION.sub(mention, piece))
        for index, piece in enumerate(pieces)
    )
