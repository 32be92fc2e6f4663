"""Asks an admin to approve a monitor that would exceed a budget."""

from dataclasses import dataclass
from typing import Final

from monitors.delivery.post_once import PostOnce
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Outcome
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import Renderer, ThreadPoster
from monitors.texts import rule_texts
from monitors.watching.rules import CheckRules

_MOST_TRIED: Final = 3


@dataclass(frozen=True, slots=True)
class AskApproval:
    """An admin who wants it themselves is asked where they stand, anyone else's admin directly."""

    rules: CheckRules
    poster: ThreadPoster
    posting: PostOnce
    renderer: Renderer

    async def ask(
        self, intent: Intent, request: StartRequest, reason: str, attempt: Attempt
    ) -> str | Outcome:
        """What to tell the person; empty if it is they who are asked. Raises SlackPostError."""
        workspace, user_id = request.workspace, request.reply_to.user_id
        is_own = await self.rules.is_admin(workspace, user_id)
        message = self.renderer.approval(request, reason, intent_id=intent.intent_id, is_own=is_own)
        if is_own:
            await self.poster.post_ephemeral(workspace, request.reply_to, message)
            return ""
        for admin in await self._admins(workspace):
            try:
                channel = await self.poster.open_direct(workspace, admin)
                notice = Post.notice(intent.intent_id, "approval", message)
                posted = await self.posting.begin(
                    workspace, notice, channel=channel, attempt=attempt
                )
            except REFUSALS:
                continue
            if isinstance(posted, ThreadRef):
                name = await self.rules.name(workspace, admin)
                return rule_texts.waits_for_approval(reason, name)
            return posted
        return rule_texts.nobody_to_approve(reason)

    async def _admins(self, workspace: Workspace) -> list[str]:
        """Who set the budget, if they still are one, then the others."""
        setter = (await self.rules.rules.of(workspace)).changed_by
        admins = await self.rules.people.admins(workspace, at_most=_MOST_TRIED)
        first = [setter] if setter and await self.rules.is_admin(workspace, setter) else []
        return [*first, *(each for each in admins if each != setter)]
