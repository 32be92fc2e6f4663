"""Finds what no webhook announced: webhook lost, app away, wrong address, or no webhooks at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from monitors.delivery.account_suspensions import SuspendAccounts
from monitors.delivery.address import AddressMonitor
from monitors.delivery.dead_ends import ask_delivery
from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import DeliverRequest, Tick
from monitors.model.stranded import Stranded
from monitors.ports import AccountDirectory, JobQueue, MonitorReader, RunsSeen

# Spreads what one pass finds, so that webhooks meanwhile do not queue up behind it.
ENQUEUED_PER_SECOND: Final = 50
# In one pass; the rest are due at the next.
MOST_STRANDED: Final = 1000


class DueStranded(Protocol):
    async def due(self, *, now: datetime, limit: int) -> Sequence[Stranded]:
        """Monitors whose closed threads are to be tried again, the longest due first."""
        ...


@dataclass(frozen=True, slots=True)
class Reconcile:
    """One pass over every account. Jobs do the rest: this only finds monitors that ran."""

    directory: AccountDirectory
    addresses: AddressMonitor
    gateway: MonitorReader
    runs: RunsSeen
    queue: JobQueue
    stranded: DueStranded
    suspend_accounts: SuspendAccounts
    clock: Clock

    async def run(self, _request: Tick, _attempt: Attempt) -> Outcome:
        """An account that does not answer is met again at the next pass."""
        await self.find_all()
        return Done()

    async def find_all(self) -> int:
        """How many monitors were to be caught up."""
        found = 0
        for account in await self.directory.accounts():
            try:
                monitors = await self.gateway.list_monitors(account)
            except ParallelError as error:
                structlog.get_logger("reconciler").warning(
                    "account not read", team_id=account.team_id, error=type(error).__name__
                )
                await self.suspend_accounts.not_read(account, error)
                continue
            await self.suspend_accounts.read(account)
            for monitor in monitors:
                if await self._has_run(account, monitor):
                    await self._enqueue(account, monitor, found / ENQUEUED_PER_SECOND)
                    found += 1
        return found + await self._try_stranded()

    async def _try_stranded(self) -> int:
        """Threads that were closed to us and may be open again, whatever was found meanwhile."""
        due = await self.stranded.due(now=self.clock.now(), limit=MOST_STRANDED)
        for each in due:
            await ask_delivery(self.queue, each.endpoint_id, each.monitor_id)
        return len(due)

    async def _has_run(self, account: ParallelAccount, monitor: Monitor) -> bool:
        if monitor.last_run_at is None or monitor.home is None:
            return False
        addressed = await self.addresses.check(account, monitor)
        if addressed is None:
            return False
        seen = await self.runs.run_seen(addressed.workspace, monitor.monitor_id)
        return seen != monitor.last_run_at.isoformat()

    async def _enqueue(
        self, account: ParallelAccount, monitor: Monitor, delay_seconds: float
    ) -> None:
        request = DeliverRequest(account.endpoint_id, monitor.monitor_id, "")
        await self.queue.enqueue(
            "deliver",
            encode(request),
            key=f"deliver:{account.endpoint_id}:{monitor.monitor_id}:reconcile",
            delay_seconds=delay_seconds,
        )
