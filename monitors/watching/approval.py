"""A monitor that would exceed a budget: admins are asked, and the first of them decides."""

from dataclasses import dataclass

from monitors.blocks.decisions import approval_message
from monitors.blocks.notices import note_message
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import AdminAnswer, StartRequest
from monitors.ports import ThreadPoster
from monitors.texts import rule_texts
from monitors.watching.ask_admins import AskAdmins
from monitors.watching.rules import CheckRules
from monitors.watching.waiting import WaitingStarts
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class AskApproval:
    """An admin who wants it themselves is asked where they stand, anyone else's admins directly."""

    rules: CheckRules
    ask_admins: AskAdmins
    poster: ThreadPoster

    async def ask(
        self, intent: Intent, request: StartRequest, reason: str, attempt: Attempt
    ) -> str | RetryAfter:
        """What to tell the person; empty if it is they who are asked. Raises SlackPostError."""
        workspace, user_id = request.workspace, request.reply_to.user_id
        is_own = await self.rules.is_admin(workspace, user_id)
        message = approval_message(request, reason, intent_id=intent.intent_id, is_own=is_own)
        if is_own:
            await self.poster.post_ephemeral(workspace, request.reply_to, message)
            return ""
        asked = await self.ask_admins.ask(workspace, intent.intent_id, message, attempt)
        if isinstance(asked, RetryAfter):
            return asked
        if not asked:
            return rule_texts.nobody_to_approve(reason)
        names = [await self.rules.name(workspace, each) for each in asked]
        return rule_texts.waits_for_approval(reason, names)

    async def is_over(self, intent: Intent) -> None:
        """Nobody answered in time. Raises SlackPostError."""
        over = rule_texts.APPROVAL_OVER
        await self.ask_admins.answered(intent.workspace, intent.intent_id, over)


@dataclass(frozen=True, slots=True)
class Decide:
    """What an admin answered: the intent's id makes the first answer the only one."""

    ask_admins: AskAdmins
    waiting: WaitingStarts
    poster: ThreadPoster

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        """Slack said at the button that an admin pressed it. Done last, the start goes on."""
        request = request_of(intent, AdminAnswer)
        workspace, asked, admin = request.workspace, request.asked, request.reply_to
        is_approved = intent.kind is IntentKind.APPROVE
        start = await self.waiting.for_approval(workspace, asked)
        if start is None:
            if await self.waiting.submit_intent.intents.get(asked) is not None:
                return RetryAfter("other admins are still being asked", 0.5)
            if attempt.number == 1:
                await self.ask_admins.answered(workspace, asked, rule_texts.APPROVAL_OVER)
                await self._tell(request, rule_texts.APPROVAL_OVER)
            return Done()
        query, name = start.spec.query, await self.ask_admins.rules.name(workspace, admin.user_id)
        said = rule_texts.approved if is_approved else rule_texts.declined
        await self.ask_admins.answered(workspace, asked, said(query, by=name))
        await self._tell(request, said(query))
        if is_approved:
            await self.waiting.approved(workspace, asked)
        else:
            told = note_message(rule_texts.declined_by(name, query))
            await self.poster.post_ephemeral(workspace, start.reply_to, told)
            await self.waiting.declined(asked)
        return Done()

    async def _tell(self, request: AdminAnswer, said: str) -> None:
        note = note_message(said)
        await self.poster.post_ephemeral(request.workspace, request.reply_to, note)
