"""Starts that wait for a person: for an answer, an invitation, or an admin's approval."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from monitors.delivery.creation import StartProgress, WaitsFor
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.requests import ReplyTo, StartRequest
from monitors.model.workspace import Workspace
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
        for intent, request in await self._waiting(workspace, WaitsFor.ANSWER):
            if intent.intent_id == intent_id and request.reply_to.user_id == reply_to.user_id:
                reply_to = replace(reply_to, is_group_dm=request.reply_to.is_group_dm)
                again = replace(request, reply_to=reply_to, is_confirmed=True)
                await self._go_on(intent, again)
                return True
        return False

    async def invited(self, workspace: Workspace, channel: str) -> None:
        """The app may post in the channel now."""
        for intent, request in await self._waiting(workspace, WaitsFor.INVITATION):
            if request.reply_to.channel == channel:
                await self._go_on(intent, replace(request, is_confirmed=True))

    async def for_approval(self, workspace: Workspace, intent_id: str) -> StartRequest | None:
        """What an admin was asked to approve; None if that is over."""
        waiting = await self._waiting(workspace, WaitsFor.APPROVAL)
        return next((asked for intent, asked in waiting if intent.intent_id == intent_id), None)

    async def approved(self, workspace: Workspace, intent_id: str) -> None:
        """An admin lets it exceed the budget."""
        for intent, request in await self._waiting(workspace, WaitsFor.APPROVAL):
            if intent.intent_id == intent_id:
                await self._go_on(intent, replace(request, is_approved=True))

    async def declined(self, intent_id: str) -> None:
        await self.submit_intent.intents.finish(intent_id)

    async def _waiting(
        self, workspace: Workspace, what: WaitsFor
    ) -> list[tuple[Intent, StartRequest]]:
        opened = await self.submit_intent.intents.open_intents(workspace, IntentKind.START)
        return [
            (each, request_of(each, StartRequest))
            for each in opened
            if decode(StartProgress, each.progress).waits_for is what
        ]

    async def _go_on(self, intent: Intent, request: StartRequest) -> None:
        """As a request of its own: the one that waits ends."""
        await self.submit_intent(IntentKind.START, request, intent_id=f"{intent.intent_id}:again")
        await self.submit_intent.intents.finish(intent.intent_id)
