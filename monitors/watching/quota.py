"""Who may start a monitor: by the workspace's rules and budgets, and by how many there are."""

from collections.abc import Sequence
from typing import Final

from monitors.delivery.creation import open_starts
from monitors.model.account import ParallelAccount
from monitors.model.intent import Intent
from monitors.model.outcome import RetryAfter
from monitors.model.parallel_errors import AccountRefusedError
from monitors.model.requests import StartRequest
from monitors.model.rules import Budgets
from monitors.texts import start_texts
from monitors.watching import budget, permissions
from monitors.watching.budget import Expense, OverBudgetError, beyond
from monitors.watching.locate import monitors_on
from monitors.watching.parts import Parts
from monitors.work.outcomes import Finished

# There is room only if starts before this one come to nothing.
_EARLIER_STARTS: Final = RetryAfter("earlier starts may take the last places", 1.0)


async def refusal(
    parts: Parts, intent: Intent, request: StartRequest, account: ParallelAccount
) -> str | None:
    """Why no monitor may be started; None if one may be.

    Starts are counted in the order in which they were asked for, so that many at once don't
    exceed a limit. Raises Finished, OverBudgetError, ParallelError, SlackPostError.
    """
    workspace, is_operators = request.workspace, account.team_id is None
    refused = await permissions.why_no_start(parts, request, account)
    if refused is not None:
        return refused
    budgets = (await parts.rules.of(workspace)).rules.budgets
    has_budget = budgets.is_any and not request.is_approved
    earlier = await open_starts(parts.intents, workspace, before=intent)
    per_person = parts.per_person if is_operators else parts.per_workspace
    lowest = min(parts.per_workspace, per_person)
    if await parts.monitors.count(workspace) + len(earlier) < lowest and not has_budget:
        return None
    try:
        running = await monitors_on(parts, account, workspace)
    except AccountRefusedError:
        # The account refuses to create one, too, and the card will say why.
        return None
    threads = {each.home.thread for each in running if each.home}
    starting = [each.request for each in earlier if each.thread not in threads]
    if has_budget:
        on_tasks = await budget.on_tasks(parts, workspace)
        spent = [*map(Expense.of_monitor, running), *on_tasks]
        _stay_within(budgets, request, spent, starting)
    user_id = request.reply_to.user_id
    mine = sum(each.home is not None and each.home.user_id == user_id for each in running)
    if len(running) >= parts.per_workspace:
        return start_texts.workspace_is_full(parts.per_workspace)
    if is_operators and mine >= per_person:
        return start_texts.person_is_full(per_person)
    mine += sum(each.reply_to.user_id == user_id for each in starting)
    if len(running) + len(starting) >= parts.per_workspace or mine >= per_person:
        raise Finished(_EARLIER_STARTS)
    return None


def _stay_within(
    budgets: Budgets,
    request: StartRequest,
    spent: Sequence[Expense],
    starting: Sequence[StartRequest],
) -> None:
    """Raises OverBudgetError, or Finished if it is only those that come first."""
    wanted = Expense.of_start(request)
    over = beyond(budgets, wanted, spent)
    if over is not None:
        raise OverBudgetError(over)
    if beyond(budgets, wanted, [*spent, *map(Expense.of_start, starting)]):
        raise Finished(_EARLIER_STARTS)
