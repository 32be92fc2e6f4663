"""Who may do something to a monitor: not another company's people, and by the workspace's rules."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from monitors.delivery.creation import Finished
from monitors.model.outcome import Attempt, RetryAfter
from monitors.model.requests import MoveRequest, ResearchRequest, ThreadRequest
from monitors.model.slack_errors import DeadDestinationError, SlackPostError
from monitors.model.workspace import Workspace
from monitors.ports import People
from monitors.texts import problem_texts, thread_texts
from monitors.watching.rules import CheckRules
from monitors.watching.tell import NotDoneError
from monitors.work.outcomes import outcome_of

ByTeam = ThreadRequest | MoveRequest | ResearchRequest
OrganisationMembers = Callable[[str], Awaitable[Sequence[Workspace]]]


@dataclass(frozen=True, slots=True)
class Permissions:
    """Decides by the team that Slack says a person belongs to, and asks where it says none.

    `members_of` returns the workspaces that an organisation's installation serves.
    """

    members_of: OrganisationMembers
    people: People
    rules: CheckRules

    async def check(
        self,
        request: ByTeam,
        attempt: Attempt,
        *,
        owners: Sequence[str] = (),
        is_change: bool = True,
    ) -> None:
        """Raises NotDoneError if they may not do it, and Finished if Slack doesn't say now.

        `owners` may change the monitor; a change is up to the workspace's rules, too.
        """
        try:
            refusal = await self.why_not(request, owners=owners, is_change=is_change)
        except SlackPostError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, RetryAfter) and not attempt.is_last:
                raise Finished(outcome) from error
            refusal = problem_texts.PERSON_UNKNOWN
        if refusal is not None:
            raise NotDoneError(refusal)

    async def why_not(
        self, request: ByTeam, *, owners: Sequence[str] = (), is_change: bool = True
    ) -> str | None:
        """For a person who waits for a form; None if they may. Raises SlackPostError."""
        workspace, user_id = request.workspace, request.reply_to.user_id
        is_external = await self._is_external(workspace, user_id, request.user_team)
        if is_external is None:
            return problem_texts.PERSON_UNKNOWN
        if is_external:
            return thread_texts.NOT_YOURS
        if is_change:
            return await self.rules.refuses_change(workspace, user_id, owners)
        return None

    async def _is_external(
        self, workspace: Workspace, user_id: str, user_team: str | None
    ) -> bool | None:
        """True if the user belongs to another company; None if Slack doesn't say.

        A colleague of the same organisation is not external. Raises SlackPostError.
        """
        ours = await self._ours(workspace)
        if user_team in ours:
            return False
        if user_team is not None and workspace.enterprise_id is None:
            return True
        try:
            teams = await self.people.teams(workspace, user_id)
        except DeadDestinationError:
            # Slack doesn't know them here.
            teams = frozenset[str]()
        if teams & ours:
            return False
        return True if teams or user_team is not None else None

    async def _ours(self, workspace: Workspace) -> frozenset[str]:
        enterprise_id = workspace.enterprise_id
        if enterprise_id is None:
            return frozenset({workspace.team_id})
        members = await self.members_of(enterprise_id)
        return frozenset({workspace.team_id, enterprise_id, *(each.team_id for each in members)})
