"""Who may start a monitor: by the workspace's rules and budgets, and by how many there are."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from monitors.delivery.creation import Finished, StartProgress
from monitors.delivery.monitors import Monitors
from monitors.model.account import ParallelAccount
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.monitor import Monitor
from monitors.model.outcome import RetryAfter
from monitors.model.parallel_errors import BadKeyError, ForbiddenError, NoCreditError
from monitors.model.requests import ResearchRequest, StartRequest
from monitors.model.rules import Budgets
from monitors.ports import MonitorGateway
from monitors.texts import start_texts
from monitors.watching.budget import CheckBudget, Expense, OverBudgetError, beyond
from monitors.watching.rules import CheckRules
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of

# There is room only if starts before this one come to nothing.
_EARLIER_STARTS: Final = RetryAfter("earlier starts may take the last places", 1.0)


@dataclass(frozen=True, slots=True)
class Quota:
    """Parallel is the authority; it is asked only where a limit may be near.

    It counts active monitors; a person's limit holds on the operator's account.
    """

    gateway: MonitorGateway
    monitors: Monitors
    intents: SqlIntents
    per_workspace: int
    per_person: int
    rules: CheckRules
    budget: CheckBudget

    async def refusal(
        self, intent: Intent, request: StartRequest, account: ParallelAccount, app_id: str
    ) -> str | None:
        """Why no monitor may be started; None if one may be.

        Starts are counted in the order in which they were asked for, so that many at once don't
        exceed a limit. Raises Finished, OverBudgetError, ParallelError, SlackPostError.
        """
        workspace, is_operators = request.workspace, account.team_id is None
        refused = await self.not_allowed(request, is_operators=is_operators)
        if refused is not None:
            return refused
        budgets = (await self.rules.rules.of(workspace)).rules.budgets
        has_budget = budgets.is_any and not request.is_approved
        earlier = await self._earlier(intent)
        lowest = self.per_workspace
        if is_operators:
            lowest = min(lowest, self.per_person)
        if await self.monitors.count(workspace) + len(earlier) < lowest and not has_budget:
            return None
        try:
            listed = await self.gateway.list_monitors(account)
        except (BadKeyError, NoCreditError, ForbiddenError):
            # The account refuses to create one, too, and the card will say why.
            return None
        running = {
            (home.thread.channel, home.thread.ts): each
            for each in listed
            if (home := each.home) is not None and home.is_of(workspace, app_id)
        }
        starting = [each for place, each in earlier if place not in running]
        if has_budget:
            on_tasks = await self.budget.on_tasks(workspace)
            _stay_within(budgets, request, running.values(), starting, on_tasks)
        return self._too_many(request, running.values(), starting, is_operators=is_operators)

    async def not_allowed(
        self, request: StartRequest | ResearchRequest, *, is_operators: bool
    ) -> str | None:
        """Why this person may not spend the account's money here. Raises SlackPostError."""
        workspace, reply_to = request.workspace, request.reply_to
        refused = await self.rules.refuses_start(workspace, reply_to.user_id, reply_to.channel)
        if refused is not None or not is_operators:
            return refused
        person = await self.rules.known(workspace, reply_to.user_id)
        is_guest = person is None or person.is_guest
        return start_texts.GUESTS_START_NONE if is_guest else None

    def _too_many(
        self,
        request: StartRequest,
        running: Collection[Monitor],
        starting: Collection[StartRequest],
        *,
        is_operators: bool,
    ) -> str | None:
        """Raises Finished if it is only those that come first."""
        user_id = request.reply_to.user_id
        if len(running) >= self.per_workspace:
            return start_texts.workspace_is_full(self.per_workspace)
        mine = sum(each.home is not None and each.home.user_id == user_id for each in running)
        if is_operators and mine >= self.per_person:
            return start_texts.person_is_full(self.per_person)
        mine += sum(each.reply_to.user_id == user_id for each in starting)
        is_full = len(running) + len(starting) >= self.per_workspace
        if is_full or (is_operators and mine >= self.per_person):
            raise Finished(_EARLIER_STARTS)
        return None

    async def _earlier(self, intent: Intent) -> list[tuple[tuple[str, str | None], StartRequest]]:
        """The place of each open start that was asked for before, and what it asks for."""
        found: list[tuple[tuple[str, str | None], StartRequest]] = []
        for each in await self.intents.open_intents(intent.workspace, IntentKind.START):
            if (each.created_at, each.intent_id) < (intent.created_at, intent.intent_id):
                request = request_of(each, StartRequest)
                progress = decode(StartProgress, each.progress)
                if progress.waits_for is None:
                    found.append(((request.reply_to.channel, progress.card_ts), request))
        return found


def _stay_within(
    budgets: Budgets,
    request: StartRequest,
    running: Collection[Monitor],
    starting: Collection[StartRequest],
    on_tasks: Collection[Expense],
) -> None:
    """Raises OverBudgetError, or Finished if it is only those that come first."""
    wanted = Expense.of_start(request)
    spent = [*map(Expense.of_monitor, running), *on_tasks]
    over = beyond(budgets, wanted, spent)
    if over is not None:
        raise OverBudgetError(over)
    if beyond(budgets, wanted, [*spent, *map(Expense.of_start, starting)]):
        raise Finished(_EARLIER_STARTS)
