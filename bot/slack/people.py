"""A person's name and teams, and whether they are an admin; asks Slack each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from pydantic import BaseModel, ConfigDict

from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.person import Person
from monitors.model.workspace import Workspace

_UNNAMED: Final = "An admin"


class _Enterprise(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    enterprise_id: str = ""
    teams: list[str] = []


class _User(BaseModel):
    """The fields of `users.info` that are needed (https://docs.slack.dev/reference/objects/user-object)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

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
    enterprise_user: _Enterprise = _Enterprise()

    @property
    def is_guest(self) -> bool:
        """Of one channel or several, or of another company."""
        return self.is_restricted or self.is_ultra_restricted or self.is_stranger

    def is_admin_of(self, workspace: Workspace) -> bool:
        """False for another workspace's admin, met in a shared channel."""
        is_here = self.team_id == workspace.team_id or (
            workspace.team_id in self.enterprise_user.teams
        )
        may = self.is_admin or self.is_owner or self.is_primary_owner
        return is_here and may and not (self.deleted or self.is_guest)


@dataclass(frozen=True, slots=True)
class SlackPeople:
    """The People port."""

    calls: WorkspaceCalls

    async def person(self, workspace: Workspace, user_id: str) -> Person:
        """Raises SlackPostError."""
        user = await self._user(workspace, user_id)
        return Person(
            user_id=user_id,
            name=user.real_name or user.name or _UNNAMED,
            is_admin=user.id == user_id and user.is_admin_of(workspace),
            is_guest=user.is_guest,
        )

    async def teams(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        """Raises SlackPostError."""
        user = await self._user(workspace, user_id)
        if user.id != user_id:
            return frozenset()
        organisation = user.enterprise_user
        return frozenset({user.team_id, organisation.enterprise_id, *organisation.teams} - {""})

    async def _user(self, workspace: Workspace, user_id: str) -> _User:
        answer = await self.calls.read(workspace, "users.info", {"user": user_id})
        found = answer.get("user")
        return _User.model_validate(cast("Mapping[str, object]", found) if found else {})
