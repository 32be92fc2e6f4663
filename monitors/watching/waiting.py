"""Starts that wait for a person: for an answer, an invitation, or an admin's approval."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from monitors.delivery.creation import StartProgress, WaitsFor
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.requests import AdminAnswer, ReplyTo, StartRequest
from monitors.model.workspace import Workspace
from monitors.texts import rule_texts
from monitors.watching.ask_admins import AskAdmins
from monitors.work.intents import SubmitIntent, request_of

# As long as Slack's own response URL works; an admin has longer.
WAIT: Final = timedelta(minutes=30)
WAIT_FOR_APPROVAL: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WaitingStarts:
    """Has them go on, each once. Raises StoreDownError."""

    submit_intent: SubmitIntent

    async def answered(self, workspace: Workspace, intent_id: str, reply_to: ReplyTo) -> bool:
        """False if the question is over, or was another person's."""
        for intent, request in await self.that_wait(workspace, WaitsFor.ANSWER):
            if intent.intent_id == intent_id and request.reply_to.user_id == reply_to.user_id:
                reply_to = replace(reply_to, is_group_dm=request.reply_to.is_group_dm)
                again = replace(request, reply_to=reply_to, is_confirmed=True)
                await self.go_on(intent, again)
                return True
        return False

    async def invited(self, workspace: Workspace, channel: str) -> None:
        """The app may post in the channel now."""
        for intent, request in await self.that_wait(workspace, WaitsFor.INVITATION):
            if request.reply_to.channel == channel:
                await self.go_on(intent, replace(request, is_confirmed=True))

    async def that_wait(
        self, workspace: Workspace, what: WaitsFor
    ) -> list[tuple[Intent, StartRequest]]:
        opened = await self.submit_intent.intents.open_intents(workspace, IntentKind.START)
        return [
            (each, request_of(each, StartRequest))
            for each in opened
            if decode(StartProgress, each.progress).waits_for is what
        ]

    async def go_on(self, intent: Intent, request: StartRequest) -> None:
        """As a request of its own: the one that waits ends."""
        await self.submit_intent(IntentKind.START, request, intent_id=f"{intent.intent_id}:again")
        await self.submit_intent.intents.finish(intent.intent_id)


@dataclass(frozen=True, slots=True)
class Decide:
    """A start would exceed a budget: the first of the admins who were asked decides.

    Their answer's intent is named after the question, which makes it the only one.
    """

    ask_admins: AskAdmins
    waiting: WaitingStarts

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        """Slack said at the button that an admin pressed it. Done last, the start goes on."""
        request, tell = request_of(intent, AdminAnswer), self.ask_admins.tell
        workspace, asked = request.workspace, request.asked
        intents = self.waiting.submit_intent.intents
        waiting = await self.waiting.that_wait(workspace, WaitsFor.APPROVAL)
        found = next((each for each in waiting if each[0].intent_id == asked), None)
        if found is None:
            if await intents.get(asked) is not None:
                return RetryAfter("other admins are still being asked", 0.5)
            if attempt.number == 1:
                await self.ask_admins.answered(workspace, asked, rule_texts.APPROVAL_OVER)
                await tell(request, rule_texts.APPROVAL_OVER)
            return Done()
        start, wanted = found
        query = wanted.spec.query
        name = await self.ask_admins.rules.name(workspace, request.reply_to.user_id)
        is_approved = intent.kind is IntentKind.APPROVE
        said = rule_texts.approved if is_approved else rule_texts.declined
        await self.ask_admins.answered(workspace, asked, said(query, by=name))
        await tell(request, said(query))
        if is_approved:
            await self.waiting.go_on(start, replace(wanted, is_approved=True))
        else:
            await tell(wanted, rule_texts.declined_by(name, query))
            await intents.finish(asked)
        return Done()
