"""Asks one of a workspace's admins something, by direct message, once."""

from dataclasses import dataclass
from typing import Final

from monitors.delivery.post_once import PostOnce
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Outcome
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import ThreadPoster
from monitors.watching.rules import CheckRules

_MOST_TRIED: Final = 3


@dataclass(frozen=True, slots=True)
class OneAdmin:
    rules: CheckRules
    poster: ThreadPoster
    posting: PostOnce

    async def ask(self, workspace: Workspace, question: Post, attempt: Attempt) -> str | Outcome:
        """The user id of who was asked, empty if nobody could be; or the outcome of the attempt.

        Raises SlackPostError.
        """
        for admin in await self._admins(workspace):
            try:
                channel = await self.poster.open_direct(workspace, admin)
                posted = await self.posting.begin(
                    workspace, question, channel=channel, attempt=attempt
                )
            except REFUSALS:
                continue
            return admin if isinstance(posted, ThreadRef) else posted
        return ""

    async def _admins(self, workspace: Workspace) -> list[str]:
        """Who set the rules, if they still are one, then the others."""
        setter = (await self.rules.rules.of(workspace)).changed_by
        admins = await self.rules.people.admins(workspace, at_most=_MOST_TRIED)
        first = [setter] if setter and await self.rules.is_admin(workspace, setter) else []
        return [*first, *(each for each in admins if each != setter)]
