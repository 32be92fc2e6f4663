"""Who may speak for a workspace in a channel that it shares with another company."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitors.model.workspace import Workspace


class OrganisationMembers(Protocol):
    async def members(self, enterprise_id: str) -> Sequence[Workspace]:
        """The workspaces that its installation serves."""
        ...


@dataclass(frozen=True, slots=True)
class Strangers:
    """By the team that Slack says a person belongs to."""

    organisations: OrganisationMembers

    async def is_stranger(self, workspace: Workspace, user_team: str | None) -> bool:
        """Whether it is another company's; where Slack names no team, it is nobody's."""
        if user_team in {None, workspace.team_id, workspace.enterprise_id}:
            return False
        if workspace.enterprise_id is None:
            return True
        members = await self.organisations.members(workspace.enterprise_id)
        return all(each.team_id != user_team for each in members)
