"""A person's name, teams and channels, and whether they are an admin; asks Slack each time."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.slack.answers import SlackAnswer
from bot.slack.api import within
from bot.slack.installations import Installations
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.person import Person, WorkspaceName
from monitors.model.slack_errors import DeadDestinationError, MissingScopeError, SlackPostError
from monitors.model.workspace import Workspace
from monitors.texts import problem_texts

_UNNAMED: Final = "An admin"
# As many as Slack recommends at a time, of at most 20,000 people.
_PAGE: Final = 200
_MOST_PAGES: Final = 100
_CHANNELS_PAGE: Final = 999
_MOST_CHANNEL_PAGES: Final = 20


class _Enterprise(SlackAnswer):
    enterprise_id: str = ""
    teams: tuple[str, ...] = ()


class _User(SlackAnswer):
    """The fields of `users.info` that are needed (https://docs.slack.dev/reference/objects/user-object)."""

    id: str = ""
    team_id: str = ""
    name: str = ""
    real_name: str | None = None
    deleted: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_primary_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    tz: str | None = None
    enterprise_user: _Enterprise = _Enterprise()

    @property
    def is_guest(self) -> bool:
        """Of one channel or several, or of another company."""
        return self.is_restricted or self.is_ultra_restricted or self.is_stranger

    def is_member_of(self, workspace: Workspace) -> bool:
        """False for another workspace's person, met in a shared channel."""
        teams = (self.team_id, *self.enterprise_user.teams)
        return workspace.team_id in teams and not (self.deleted or self.is_bot)

    def is_admin_of(self, workspace: Workspace) -> bool:
        may = self.is_admin or self.is_owner or self.is_primary_owner
        return self.is_member_of(workspace) and may and not self.is_guest


class _Users(SlackAnswer):
    members: tuple[_User, ...] = ()


class _Channel(SlackAnswer):
    id: str = ""
    is_private: bool = True


class _Channels(SlackAnswer):
    channels: tuple[_Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class SlackPeople:
    """The People port."""

    calls: WorkspaceCalls
    installations: Installations

    async def person(self, workspace: Workspace, user_id: str) -> Person:
        """Raises SlackPostError."""
        user = await self._user(workspace, user_id)
        return Person(
            user_id=user_id,
            name=user.real_name or user.name or _UNNAMED,
            is_admin=user.id == user_id and user.is_admin_of(workspace),
            is_guest=user.is_guest,
            is_member=user.id == user_id and user.is_member_of(workspace),
            zone=user.tz or "",
        )

    async def teams(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        """Raises SlackPostError."""
        user = await self._user(workspace, user_id)
        if user.id != user_id:
            return frozenset()
        organisation = user.enterprise_user
        return frozenset({user.team_id, organisation.enterprise_id, *organisation.teams} - {""})

    async def workspace_name(self, workspace: Workspace) -> WorkspaceName:
        """Raises SlackPostError."""
        answer = await self.calls.read(workspace, "auth.test", {"team_id": workspace.team_id})
        if answer.get("team_id") != workspace.team_id:
            # An organisation's token may be answered for the organisation.
            return WorkspaceName()
        domain = urlsplit(str(answer.get("url") or "")).hostname
        name = str(answer.get("team") or "")
        return WorkspaceName(name, domain or "", await self._icon(workspace))

    async def _icon(self, workspace: Workspace) -> str:
        """Empty where Slack doesn't say, as to installations older than the scope `team:read`."""
        with suppress(SlackPostError):
            answer = await self.calls.read(workspace, "team.info", {"team": workspace.team_id})
            team = within(answer, "team")
            icon = within(team, "icon").get("image_88")
            return str(icon or "") if team.get("id") == workspace.team_id else ""
        return ""

    async def admins(self, workspace: Workspace, *, at_most: int) -> Sequence[str]:
        """Raises SlackPostError."""
        found: list[str] = []
        params = {"team_id": workspace.team_id, "limit": _PAGE}
        async for page in self.calls.pages(workspace, "users.list", params, most=_MOST_PAGES):
            users = _Users.model_validate(page).members
            found += [user.id for user in users if user.is_admin_of(workspace)]
            if len(found) >= at_most:
                break
        return found[:at_most]

    async def bot_name(self, workspace: Workspace) -> str:
        """The unique name: Slack changes it where another app has it already."""
        user_id = await self.installations.bot_user_id(workspace)
        with suppress(SlackPostError):
            name = (await self._user(workspace, user_id)).name if user_id else ""
            return name or problem_texts.BOT_NAME
        return problem_texts.BOT_NAME

    async def joined(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        """The person's channels, private ones only where the app is, too. Raises SlackPostError."""
        found: set[str] = set()
        params = {
            "user": user_id,
            "types": "public_channel,private_channel",
            "team_id": workspace.team_id,
            "limit": _CHANNELS_PAGE,
        }
        pages = self.calls.pages(workspace, "users.conversations", params, most=_MOST_CHANNEL_PAGES)
        async for page in pages:
            found |= {channel.id for channel in _Channels.model_validate(page).channels}
        return frozenset(found)

    async def closed(self, workspace: Workspace, channels: Collection[str]) -> frozenset[str]:
        """Those that are private, or that the app can't see either, to a person who isn't in them.

        Nobody can leave a direct message. Raises SlackPostError.
        """
        shared = {channel for channel in channels if not channel.startswith("D")}
        return frozenset([each for each in shared if await self._is_closed(workspace, each)])

    async def _is_closed(self, workspace: Workspace, channel: str) -> bool:
        try:
            answer = await self.calls.read(workspace, "conversations.info", {"channel": channel})
        except MissingScopeError as error:
            # The app may look into channels, but not into direct messages of several people.
            return not error.needed.startswith("mpim")
        except DeadDestinationError:
            return True
        return _Channel.model_validate(within(answer, "channel")).is_private

    async def _user(self, workspace: Workspace, user_id: str) -> _User:
        answer = await self.calls.read(workspace, "users.info", {"user": user_id})
        return _User.model_validate(within(answer, "user"))
