"""What a workspace's monitors and tasks cost a month, by estimate, beside its admins' budgets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from monitors.delivery.address import Addressed
from monitors.model.account import ParallelAccount
from monitors.model.intent import IntentKind
from monitors.model.monitor import Monitor
from monitors.model.price import USD_PER_TASK, usd_per_month
from monitors.model.requests import ResearchRequest, StartRequest
from monitors.model.research import BASELINE_PROCESSOR, RESEARCH_PROCESSOR
from monitors.model.rules import Budgets
from monitors.model.workspace import Workspace
from monitors.texts import rule_texts
from monitors.watching.locate import monitors_on
from monitors.watching.parts import Parts
from monitors.work.audit import Action

TASKS: Final[Mapping[str, Decimal]] = {
    IntentKind.RESEARCH: USD_PER_TASK[RESEARCH_PROCESSOR],
    IntentKind.START: USD_PER_TASK[BASELINE_PROCESSOR],
}
_MONTH: Final = timedelta(days=30)


class OverBudgetError(Exception):
    """An admin has to approve it; the message says what it would cost."""


@dataclass(frozen=True, slots=True)
class Expense:
    """One monitor's; one with an unknown price counts as nothing."""

    channel: str
    user_id: str
    usd: Decimal

    @classmethod
    def of_start(cls, request: StartRequest) -> "Expense":
        spec, reply_to = request.spec, request.reply_to
        usd = usd_per_month(str(spec.frequency), spec.processor) or Decimal(0)
        first_values = TASKS[IntentKind.START] if spec.tracks else Decimal(0)
        return cls(reply_to.channel, reply_to.user_id, usd + first_values)

    @classmethod
    def of_task(cls, ran: Action) -> "Expense":
        return cls(ran.record.channel, ran.record.user_id, TASKS[ran.kind])

    @classmethod
    def of_monitor(cls, monitor: Monitor, *, frequency: str = "") -> "Expense":
        """A paused one costs what it will once resumed; `frequency` is one it is to have."""
        home = monitor.home
        usd = usd_per_month(frequency or monitor.frequency_when_on, monitor.processor)
        return cls(
            home.thread.channel if home else "", home.user_id if home else "", usd or Decimal(0)
        )


def beyond(
    budgets: Budgets,
    wanted: Expense,
    others: Iterable[Expense],
    *,
    is_task: bool = False,
    whose_channel: str = "This channel's",
) -> str | None:
    """Which budget it would exceed, in words; None if none."""
    running = list(others)
    for limit, whose, spent in (
        (budgets.workspace, "This workspace's", running),
        (budgets.channel, whose_channel, [e for e in running if e.channel == wanted.channel]),
        (budgets.person, "Your", [e for e in running if e.user_id == wanted.user_id]),
    ):
        usd = sum((each.usd for each in spent), Decimal(0))
        if limit is not None and usd + wanted.usd > limit:
            return rule_texts.over_budget(
                whose, price=wanted.usd, limit=limit, spent=usd, is_task=is_task
            )
    return None


async def on_tasks(parts: Parts, workspace: Workspace) -> list[Expense]:
    """What Task runs have cost in the last 30 days."""
    since = parts.clock.now() - _MONTH
    return [Expense.of_task(each) for each in await parts.audit.task_runs(workspace, since=since)]


async def refuses_task(
    parts: Parts, account: ParallelAccount, request: ResearchRequest
) -> str | None:
    """None if it may be researched. Raises ParallelError."""
    asker, workspace = request.reply_to, request.workspace
    wanted = Expense(asker.channel, asker.user_id, TASKS[IntentKind.RESEARCH])
    budgets = (await parts.rules.of(workspace)).rules.budgets
    others = await _spent(parts, workspace, account) if budgets.is_any else ()
    over = beyond(budgets, wanted, others, is_task=True)
    return over and rule_texts.unchanged(over)


async def refuses_change(parts: Parts, located: Addressed, wanted: Expense) -> str | None:
    """None if it may, or doesn't cost more than it does. Raises ParallelError."""
    workspace, monitor = located.workspace, located.monitor
    budgets = (await parts.rules.of(workspace)).rules.budgets
    if wanted.usd <= Expense.of_monitor(monitor).usd or not budgets.is_any:
        return None
    others = await _spent(parts, workspace, located.account, but=monitor.monitor_id)
    over = beyond(budgets, wanted, others)
    return over and rule_texts.unchanged(over)


async def refuses_move(parts: Parts, located: Addressed, channel: str) -> str | None:
    """None if that channel's budget has room for it. Raises ParallelError."""
    workspace, monitor = located.workspace, located.monitor
    limit = (await parts.rules.of(workspace)).rules.budgets.channel
    if limit is None:
        return None
    wanted = replace(Expense.of_monitor(monitor), channel=channel)
    others = await _spent(parts, workspace, located.account, but=monitor.monitor_id)
    return beyond(Budgets(channel=limit), wanted, others, whose_channel="That channel's")


async def _spent(
    parts: Parts, workspace: Workspace, account: ParallelAccount, *, but: str = ""
) -> list[Expense]:
    """By its Task runs and its monitors, but for one."""
    monitors = await monitors_on(parts, account, workspace)
    others = [Expense.of_monitor(each) for each in monitors if each.monitor_id != but]
    return others + await on_tasks(parts, workspace)
