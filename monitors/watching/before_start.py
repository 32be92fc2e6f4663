"""Before a card is posted: is it allowed, is there room, and is it meant?"""

from dataclasses import dataclass
from typing import NoReturn

from monitors.blocks.decisions import approval_message
from monitors.delivery.creation import Finished, StartProgress, WaitsFor, save_step
from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.intent import Intent
from monitors.model.outcome import Attempt, Done, RetryAfter
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import REFUSALS, DeadInstallationError
from monitors.texts import problem_texts, rule_texts
from monitors.watching.ask_admins import AskAdmins
from monitors.watching.ask_first import AskFirst
from monitors.watching.budget import OverBudgetError
from monitors.watching.quota import Quota
from monitors.watching.tell import NotDoneError, Tell
from monitors.watching.waiting import WAIT, WAIT_FOR_APPROVAL
from monitors.work.intent_store import SqlIntents


@dataclass(frozen=True, slots=True)
class BeforeStart:
    quota: Quota
    ask_first: AskFirst
    ask_admins: AskAdmins
    intents: SqlIntents
    tell: Tell
    clock: Clock

    async def check(
        self,
        intent: Intent,
        request: StartRequest,
        attempt: Attempt,
        *,
        account: ParallelAccount,
        app_id: str,
    ) -> None:
        """Raises NotDoneError if it isn't, and Finished while somebody is asked."""
        try:
            refusal = await self.quota.refusal(intent, request, account, app_id)
        except OverBudgetError as over:
            await self._ask_approval(intent, request, str(over), attempt)
        except DeadInstallationError as error:
            await self.tell.give_back(request, await self.tell.explain(error, request))
            raise
        except REFUSALS as error:
            refusal = problem_texts.not_looked_up(error)
        if refusal is not None:
            raise NotDoneError(refusal)
        question = await self.ask_first.question(intent, request, account, app_id)
        if question is not None:
            await save_step(self.intents, intent, StartProgress(waits_for=WaitsFor.ANSWER))
            await self.tell.poster.post_ephemeral(request.workspace, request.reply_to, question)
            await self.wait(intent, request, WaitsFor.ANSWER)

    async def wait(self, intent: Intent, request: StartRequest, what: WaitsFor) -> NoReturn:
        """Until somebody has acted (monitors.watching.waiting), or it is too late."""
        is_approval = what is WaitsFor.APPROVAL
        over_at = intent.created_at + (WAIT_FOR_APPROVAL if is_approval else WAIT)
        left = (over_at - self.clock.now()).total_seconds()
        if left > 0:
            who = "an admin" if is_approval else "the person"
            raise Finished(RetryAfter(f"waits for {who}", left))
        if is_approval:
            over = rule_texts.APPROVAL_OVER
            await self.ask_admins.answered(intent.workspace, intent.intent_id, over)
            await self.tell(request, rule_texts.not_answered(request.spec.query))
        raise Finished(Done())

    async def _ask_approval(
        self, intent: Intent, request: StartRequest, reason: str, attempt: Attempt
    ) -> NoReturn:
        """An admin who wants it is asked where they stand, anyone else's admins directly."""
        said = await self._asked(intent, request, reason, attempt)
        await save_step(self.intents, intent, StartProgress(waits_for=WaitsFor.APPROVAL))
        if said:
            await self.tell(request, said)
        await self.wait(intent, request, WaitsFor.APPROVAL)

    async def _asked(
        self, intent: Intent, request: StartRequest, reason: str, attempt: Attempt
    ) -> str:
        """What to tell the person; empty if it is they who are asked. Raises SlackPostError."""
        workspace, intent_id, rules = request.workspace, intent.intent_id, self.quota.rules
        is_own = await rules.is_admin(workspace, request.reply_to.user_id)
        message = approval_message(request, reason, intent_id=intent_id, is_own=is_own)
        if is_own:
            await self.tell.poster.post_ephemeral(workspace, request.reply_to, message)
            return ""
        asked = await self.ask_admins.ask(workspace, intent_id, message, attempt)
        names = [await rules.name(workspace, each) for each in asked]
        return (
            rule_texts.waits_for_approval(reason, names)
            if names
            else rule_texts.nobody_to_approve(reason)
        )
