"""Everything this Slack remembers, and how its pieces find each other."""

import random
import string

from sandbox.clock import Clock
from sandbox.slack.model import (
    Channel,
    ChannelKind,
    Code,
    Ephemeral,
    Grant,
    Message,
    ResponseUrl,
    StoredFile,
    Team,
    Trigger,
    User,
    View,
)

_ID_LETTERS = string.ascii_uppercase + string.digits
_MICROSECONDS = 1_000_000


class SlackState:
    """Plain records in dictionaries; rules live in the modules that use them.

    `demo_installed` says how the demo workspace was seeded, None where it was not.
    """

    def __init__(self, *, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self.clear()

    def clear(self) -> None:
        self.demo_installed: bool | None = None
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.ephemerals: dict[str, Ephemeral] = {}
        self.homes: dict[str, View] = {}
        self.home_teams: dict[str, str] = {}
        self.modals: dict[str, View] = {}
        self.grants: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, StoredFile] = {}

    def new_id(self, prefix: str, *, length: int = 10) -> str:
        return prefix + "".join(self._rng.choices(_ID_LETTERS, k=length))

    def new_secret(self, *, length: int = 24) -> str:
        return "".join(self._rng.choices(string.ascii_letters + string.digits, k=length))

    def new_hash(self) -> str:
        return f"{int(self._clock.wall())}.{self.new_secret(length=8)}"

    def next_ts(self, channel: Channel, *, counts: bool = False) -> str:
        """Unique and increasing per channel; two channels may share one, as at Slack.

        With `counts` its fraction only counts the messages of its second.
        """
        now = int(self._clock.wall() * _MICROSECONDS)
        moment = max(now - now % _MICROSECONDS if counts else now, channel.last_ts + 1)
        channel.last_ts = moment
        return f"{moment // _MICROSECONDS}.{moment % _MICROSECONDS:06d}"

    # Making

    def add_team(self, name: str, *, team_id: str = "", enterprise_id: str | None = None) -> Team:
        domain = "-".join(name.lower().split()) or "workspace"
        team = Team(team_id or self.new_id("T"), name, domain, enterprise_id)
        self.teams[team.team_id] = team
        return team

    def add_user(
        self,
        team_id: str,
        name: str,
        *,
        real_name: str = "",
        admin: bool = False,
        user_id: str = "",
    ) -> User:
        user = User(
            id=user_id or self.new_id("U"),
            team_id=team_id,
            name=name,
            real_name=real_name or name.title(),
            is_admin=admin,
        )
        self.users[user.id] = user
        return user

    def add_channel(
        self,
        team_id: str,
        name: str,
        kind: ChannelKind,
        *,
        members: list[str] | None = None,
        channel_id: str = "",
    ) -> Channel:
        prefix = {"public": "C", "private": "C", "dm": "D", "mpim": "C"}[kind]
        if kind == "mpim" and not name.startswith("mpdm-"):
            name = f"mpdm-{name}-1"
        channel = Channel(
            id=channel_id or self.new_id(prefix),
            team_id=team_id,
            name=name,
            kind=kind,
            created=int(self._clock.wall()),
            members=list(members or []),
        )
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        return channel

    def ensure_bot(self, team: Team, *, name: str) -> User:
        """The app's bot user; the workspaces of one organisation share it."""
        home = team.enterprise_id or team.team_id
        user_id, bot_id = f"U0BOT{home[1:]}", f"B0BOT{home[1:]}"
        if user_id not in self.users:
            self.users[user_id] = User(
                user_id, team.team_id, name, name.title(), is_bot=True, bot_id=bot_id
            )
        return self.users[user_id]

    def rename_token(self, grant: Grant, token: str) -> str:
        del self.grants[grant.token]
        grant.token = token
        self.grants[token] = grant
        return token

    # Finding

    def grant_for(self, team_id: str) -> Grant | None:
        """The live installation that serves a workspace: its own, else its organisation's."""
        team = self.teams.get(team_id)
        if team is None:
            return None
        live = [grant for grant in self.grants.values() if not grant.revoked]
        for grant in live:
            if grant.team_id == team_id:
                return grant
        for grant in live:
            if grant.team_id is None and self.serves(grant, team_id):
                return grant
        return None

    def organisation_grant(self, team: Team) -> Grant | None:
        """The live installation of a workspace's organisation, whether or not it serves it."""
        for grant in self.grants.values():
            is_wide = grant.team_id is None and grant.enterprise_id == team.enterprise_id
            if is_wide and not grant.revoked:
                return grant
        return None

    def serves(self, grant: Grant, team_id: str) -> bool:
        if grant.team_id is not None:
            return grant.team_id == team_id
        team = self.teams.get(team_id)
        in_organisation = team is not None and team.enterprise_id == grant.enterprise_id
        return in_organisation and team_id not in grant.excluded

    def bot_user(self, team_id: str) -> User | None:
        team = self.teams.get(team_id)
        if team is None:
            return None
        return self.users.get(f"U0BOT{(team.enterprise_id or team.team_id)[1:]}")

    def bot_is_member(self, channel: Channel) -> bool:
        bot = self.bot_user(channel.team_id)
        return bot is not None and bot.id in channel.members

    def belongs(self, user: User, team_id: str) -> bool:
        if user.is_bot:
            bot = self.bot_user(team_id)
            return bot is not None and bot.id == user.id
        return team_id in {user.team_id, *user.also_in}

    def direct_channel(self, team_id: str, user_ids: list[str]) -> Channel:
        """The DM (or group DM) of exactly these people; made at the first need."""
        wanted = set(user_ids)
        for channel in self.channels.values():
            direct = channel.kind in {"dm", "mpim"} and channel.team_id == team_id
            if direct and set(channel.members) == wanted:
                return channel
        kind: ChannelKind = "dm" if len(wanted) == 2 else "mpim"  # noqa: PLR2004  # a pair
        name = "" if kind == "dm" else "mpdm-" + "--".join(sorted(wanted)).lower()
        return self.add_channel(team_id, name, kind, members=sorted(wanted))

    def message(self, channel_id: str, ts: str) -> Message | None:
        return self.messages.get(channel_id, {}).get(ts)

    def replies(self, channel_id: str, thread_ts: str) -> list[Message]:
        return [
            message
            for message in self.messages.get(channel_id, {}).values()
            if message.thread_ts == thread_ts and message.is_reply
        ]

    def view(self, view_id: str) -> View | None:
        homes = (home for home in self.homes.values() if home.id == view_id)
        return self.modals.get(view_id) or next(homes, None)

    def view_stack(self, view: View) -> list[View]:
        """The modals lying on each other, the lowest first."""
        return [each for each in self.modals.values() if each.root_view_id == view.root_view_id]
