"""Before a card is posted: is it allowed, is there room, and is it meant?"""

from dataclasses import dataclass
from typing import NoReturn

from monitors.delivery.creation import Finished, StartProgress, WaitsFor, save_step
from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.intent import Intent
from monitors.model.outcome import Attempt, Done, RetryAfter
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import (
    REFUSALS,
    DeadInstallationError,
)
from monitors.ports import (
    ThreadPoster,
)
from monitors.texts import problem_texts, rule_texts
from monitors.watching.approval import AskApproval
from monitors.watching.ask_first import AskFirst
from monitors.watching.budget import OverBudgetError
from monitors.watching.quota import EarlierStartsError, Quota
from monitors.watching.tell_starter import TellStarter
from monitors.watching.waiting import WAIT, WAIT_FOR_APPROVAL
from monitors.work.intent_store import SqlIntents


@dataclass(frozen=True, slots=True)
class BeforeStart:
    quota: Quota
    ask_first: AskFirst
    approval: AskApproval
    intents: SqlIntents
    poster: ThreadPoster
    starter: TellStarter
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
        """Before anything is posted: is it allowed, is there room, and is it meant?"""
        try:
            await self._refuse_beyond_quota(intent, request, account, app_id)
        except OverBudgetError as over:
            await self._ask_approval(intent, request, str(over), attempt)
        question = await self.ask_first.question(intent, request, account, app_id)
        if question is not None:
            await save_step(self.intents, intent, StartProgress(waits_for=WaitsFor.ANSWER))
            await self.poster.post_ephemeral(request.workspace, request.reply_to, question)
            self.wait(intent)

    def wait(self, intent: Intent) -> None:
        """Until the person has acted (monitors.watching.waiting), or it is too late."""
        left = (intent.created_at + WAIT - self.clock.now()).total_seconds()
        raise Finished(RetryAfter("waits for the person", left) if left > 0 else Done())

    async def _ask_approval(
        self, intent: Intent, request: StartRequest, reason: str, attempt: Attempt
    ) -> NoReturn:
        said = await self.approval.ask(intent, request, reason, attempt)
        if not isinstance(said, str):
            raise Finished(said)
        await save_step(self.intents, intent, StartProgress(waits_for=WaitsFor.APPROVAL))
        if said:
            await self.starter.tell(request, said)
        await self.wait_for_approval(intent, request)
        raise Finished(Done())

    async def wait_for_approval(self, intent: Intent, request: StartRequest) -> None:
        left = (intent.created_at + WAIT_FOR_APPROVAL - self.clock.now()).total_seconds()
        if left > 0:
            raise Finished(RetryAfter("waits for an admin", left))
        await self.approval.is_over(intent)
        await self.starter.tell_and_end(request, rule_texts.not_answered(request.spec.query))

    async def _refuse_beyond_quota(
        self, intent: Intent, request: StartRequest, account: ParallelAccount, app_id: str
    ) -> None:
        """Before anything is posted or created."""
        try:
            refusal = await self.quota.refusal(intent, request, account, app_id)
        except EarlierStartsError:
            raise Finished(RetryAfter("earlier starts may take the last places", 1.0)) from None
        except DeadInstallationError as error:
            await self.starter.give_back(request, await self.starter.explain(error, request))
            raise
        except REFUSALS as error:
            await self.starter.not_started(request, problem_texts.not_looked_up(error))
        if refusal is not None:
            await self.starter.not_started(request, refusal)
