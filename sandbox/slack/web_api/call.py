"""One Web API call: its arguments, its token, and what that token may reach."""

from dataclasses import dataclass

from sandbox.slack.content import is_true
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Channel, Grant, Message, User
from sandbox.slack.platform import Platform
from sandbox.slack.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Call:
    platform: Platform
    arguments: JsonObject
    grant: Grant | None
    basic_auth: tuple[str, str] | None = None
    token: str = ""
    base_url: str = ""

    @property
    def bot_grant(self) -> Grant:
        if self.grant is None:
            raise SlackError("not_authed")
        return self.grant

    def text(self, name: str) -> str:
        value = self.arguments.get(name)
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", messages=[f"missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        return is_true(self.arguments.get(name))

    def limit(self, *, default: int, most: int) -> int:
        given = self.text("limit")
        if not given:
            return default
        if not given.isdecimal() or int(given) == 0:
            raise SlackError("invalid_limit")
        return min(int(given), most)

    def team_id(self) -> str:
        """The workspace a call is about: the token's own, or the one an org-wide call names."""
        if self.bot_grant.team_id is not None:
            return self.bot_grant.team_id
        team_id = self.text("team_id")
        if not team_id:
            raise SlackError("missing_argument", messages=["missing required field: team_id"])
        if not self.platform.state.serves(self.bot_grant, team_id):
            raise SlackError("team_not_found")
        return team_id

    def require_scope(self, *any_of: str) -> None:
        if not set(any_of) & set(self.bot_grant.scopes):
            raise SlackError(
                "missing_scope", needed=any_of[0], provided=",".join(self.bot_grant.scopes)
            )

    def channel(self, name: str = "channel") -> Channel:
        """The named channel, if this token's workspace has it."""
        wanted = self.text(name)
        if not wanted:
            raise SlackError("channel_not_found")
        channel = self.platform.state.channels.get(wanted)
        if channel is None or not self.platform.state.serves(self.bot_grant, channel.team_id):
            raise SlackError("channel_not_found")
        return channel

    def visible_channel(self, name: str = "channel") -> Channel:
        """As `channel`, but what is private and without the bot does not exist for it."""
        channel = self.channel(name)
        if channel.kind != "public" and not self.is_member(channel):
            raise SlackError("channel_not_found")
        return channel

    def is_member(self, channel: Channel) -> bool:
        return self.platform.state.bot_is_member(channel)

    def user(self, name: str = "user") -> User:
        user = self.platform.state.users.get(self.text(name))
        if user is None or not any(
            self.platform.state.belongs(user, team_id)
            for team_id in self.platform.state.teams
            if self.platform.state.serves(self.bot_grant, team_id)
        ):
            raise SlackError("user_not_found")
        return user

    def known_user(self, name: str = "user") -> User:
        """As `user`, and people of other companies in a channel that these workspaces have."""
        state = self.platform.state
        user = state.users.get(self.text(name))
        if user is not None and any(
            user.id in channel.members and state.serves(self.bot_grant, channel.team_id)
            for channel in state.channels.values()
        ):
            return user
        return self.user(name)

    def message(self, channel: Channel, *, ts: str, missing: str = "message_not_found") -> Message:
        message = self.platform.state.message(channel.id, ts)
        if message is None:
            raise SlackError(missing)
        return message
