"""After a run the card says when it was last checked."""

from dataclasses import dataclass

from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.deliver import shown_as
from monitors.delivery.monitors import Monitors
from monitors.delivery.suspend import SUSPENDED, SuspendAccounts, SuspendMonitors
from monitors.model.card import Cancelled, CardState, OnHold, Watching, card_of
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import Attempt, Done, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import CheckRequest
from monitors.model.slack_errors import (
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    SlackRefusedError,
)
from monitors.ports import Renderer, ThreadPoster


def state_of(monitor: Monitor) -> CardState:
    """What the card of a monitor says, going by Parallel alone."""
    if monitor.status is MonitorStatus.CANCELLED:
        return Cancelled()
    if (hold := monitor.hold) is not None:
        return OnHold(monitor.monitor_id, hold.by_user_id, hold.until)
    return Watching(monitor.monitor_id, monitor.last_run_at)


@dataclass(frozen=True, slots=True)
class RefreshCard:
    """Redraws a card from what Parallel says now, unless it was drawn for that run already."""

    addresses: AddressMonitor
    renderer: Renderer
    poster: ThreadPoster
    suspend_monitors: SuspendMonitors
    monitors: Monitors
    suspend_accounts: SuspendAccounts

    async def run(self, request: CheckRequest, _attempt: Attempt) -> Outcome:
        endpoint_id, monitor_id = request.endpoint_id, request.monitor_id
        row = await self.monitors.find(endpoint_id, monitor_id)
        if self.suspend_monitors.is_suspended(row):
            return Suspended(SUSPENDED)
        try:
            addressed = await self.addresses.address(endpoint_id, monitor_id)
        except ParallelError as error:
            return await self.suspend_accounts.suspend(endpoint_id, monitor_id, error)
        if addressed is None:
            return Done()
        suspension = row.suspension if row else None
        if row and not suspension and _is_shown(row, addressed.monitor):
            return Done()
        outcome = await self._redraw(addressed)
        if row and isinstance(outcome, Done):
            await self.monitors.shown(row, shown_as(addressed.monitor))
            if suspension and not suspension.findings_wait:
                await self.suspend_monitors.resume(row)
        return outcome

    async def _redraw(self, addressed: Addressed) -> Outcome:
        monitor = addressed.monitor
        card = card_of(monitor, state_of(monitor))
        try:
            await self.poster.update(
                addressed.workspace, addressed.home.thread, self.renderer.card(card)
            )
        except (SlackRefusedError, BadMessageError):
            # The card stands as it was; its thread may be fine.
            return Done()
        except (DeadDestinationError, DeadInstallationError) as error:
            if monitor.status is MonitorStatus.CANCELLED:
                return Done()
            return await self.suspend_monitors.suspend(addressed, error, findings_wait=False)
        return Done()


def _is_shown(row: MonitorRow, monitor: Monitor) -> bool:
    return monitor.status is MonitorStatus.ACTIVE and row.last_run_shown == shown_as(monitor)
