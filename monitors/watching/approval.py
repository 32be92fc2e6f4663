"""Asks an admin to approve a monitor that would exceed a budget."""

from dataclasses import dataclass

from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.outcome import Attempt, Outcome
from monitors.model.requests import StartRequest
from monitors.ports import ThreadPoster
from monitors.renderer import Renderer
from monitors.texts import rule_texts
from monitors.watching.one_admin import OneAdmin
from monitors.watching.rules import CheckRules


@dataclass(frozen=True, slots=True)
class AskApproval:
    """An admin who wants it themselves is asked where they stand, anyone else's admin directly."""

    rules: CheckRules
    one_admin: OneAdmin
    poster: ThreadPoster
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
        notice = Post.notice(intent.intent_id, "approval", message)
        asked = await self.one_admin.ask(workspace, notice, attempt)
        if not isinstance(asked, str):
            return asked
        if not asked:
            return rule_texts.nobody_to_approve(reason)
        return rule_texts.waits_for_approval(reason, await self.rules.name(workspace, asked))
