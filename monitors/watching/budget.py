"""What a workspace's monitors cost a month, by estimate, beside the budgets its admins set."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor
from monitors.model.price import usd_per_month
from monitors.model.requests import StartRequest
from monitors.model.rules import Budgets
from monitors.model.workspace import Workspace
from monitors.ports import MonitorGateway
from monitors.texts import rule_texts
from monitors.watching.rules import SqlRules


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
        return cls(reply_to.channel, reply_to.user_id, usd)

    @classmethod
    def of_monitor(cls, monitor: Monitor, *, frequency: str = "") -> "Expense":
        """A paused one costs what it will once resumed; `frequency` is one it is to have."""
        home = monitor.home
        usd = usd_per_month(frequency or monitor.frequency_when_on, monitor.processor)
        return cls(
            home.thread.channel if home else "", home.user_id if home else "", usd or Decimal(0)
        )


def beyond(budgets: Budgets, wanted: Expense, others: Iterable[Expense]) -> str | None:
    """Which budget it would exceed, in words; None if none."""
    running = list(others)
    for limit, whose, spent in (
        (budgets.workspace, "This workspace's", running),
        (budgets.channel, "This channel's", [e for e in running if e.channel == wanted.channel]),
        (budgets.person, "Your", [e for e in running if e.user_id == wanted.user_id]),
    ):
        usd = sum((each.usd for each in spent), Decimal(0))
        if limit is not None and usd + wanted.usd > limit:
            return rule_texts.over_budget(whose, price=wanted.usd, limit=limit, spent=usd)
    return None


@dataclass(frozen=True, slots=True)
class CheckBudget:
    """Whether a monitor that runs may cost more from now on."""

    rules: SqlRules
    gateway: MonitorGateway

    async def refusal(
        self, workspace: Workspace, account: ParallelAccount, monitor: Monitor, wanted: Expense
    ) -> str | None:
        """None if it may, or doesn't cost more than it does. Raises ParallelError."""
        budgets = (await self.rules.of(workspace)).rules.budgets
        if not budgets.is_any or wanted.usd <= Expense.of_monitor(monitor).usd:
            return None
        listed = await self.gateway.list_monitors(account)
        others = [
            Expense.of_monitor(each)
            for each in listed
            if (home := each.home) is not None
            and home.team_id == workspace.team_id
            and each.monitor_id != monitor.monitor_id
        ]
        over = beyond(budgets, wanted, others)
        return over and rule_texts.unchanged(over)
