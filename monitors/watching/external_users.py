"""Who belongs to another company, in a channel shared with it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from monitors.model.workspace import Workspace

OrganisationMembers = Callable[[str], Awaitable[Sequence[Workspace]]]


@dataclass(frozen=True, slots=True)
class ExternalUsers:
    """Decides by the team that Slack says a person belongs to.

    `members_of` returns the workspaces that an organisation's installation serves.
    """

    members_of: OrganisationMembers

    async def is_external(self, workspace: Workspace, user_team: str | None) -> bool:
        """True if the user belongs to another company. An unknown team counts as ours."""
        if user_team in {None, workspace.team_id, workspace.enterprise_id}:
            return False
        if workspace.enterprise_id is None:
            return True
        members = await self.members_of(workspace.enterprise_id)
        return all(each.team_id != user_team for each in members)
