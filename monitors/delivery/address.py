"""From a webhook to a workspace and thread, by what Parallel returns for the account's key."""

from dataclasses import dataclass
from enum import StrEnum

from monitors.delivery.parts import DeliveryParts
from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor, MonitorHome
from monitors.model.monitor_row import MonitorRow
from monitors.model.parallel_errors import AccountRefusedError, UnknownMonitorError
from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Addressed:
    """A monitor with its workspace, account and thread, all verified."""

    account: ParallelAccount
    monitor: Monitor
    home: MonitorHome
    workspace: Workspace

    @property
    def row(self) -> MonitorRow:
        """The monitor's row, from Parallel's metadata."""
        return MonitorRow(
            self.workspace,
            self.monitor.monitor_id,
            self.account.endpoint_id,
            self.home.thread,
            is_signed=self.monitor.is_signed,
        )


class Dropped(StrEnum):
    """Why a webhook was dropped."""

    NO_ACCOUNT = "no_account"
    UNKNOWN_MONITOR = "unknown_monitor"
    """The account has no such monitor: it belongs to another account, or is gone."""
    NOT_OURS = "not_ours"
    """It belongs to another app, or to a workspace without the app."""
    OTHER_ACCOUNT = "other_account"
    """It belongs to a workspace that another account serves."""


async def address(parts: DeliveryParts, endpoint_id: str, monitor_id: str) -> Addressed | None:
    """None for a monitor of another app or account, which is counted. Raises ParallelError."""
    found = await _find(parts, endpoint_id, monitor_id)
    if isinstance(found, Dropped):
        parts.count_dropped(found)
        return None
    return found


async def check_address(
    parts: DeliveryParts, account: ParallelAccount, monitor: Monitor
) -> Addressed | None:
    """The same for a monitor already read, without counting."""
    found = await _check(parts, account, monitor)
    return None if isinstance(found, Dropped) else found


async def _find(parts: DeliveryParts, endpoint_id: str, monitor_id: str) -> Addressed | Dropped:
    account = await parts.accounts.by_endpoint(endpoint_id)
    if account is None:
        return Dropped.NO_ACCOUNT
    try:
        monitor = await parts.gateway.retrieve(account, monitor_id)
    except UnknownMonitorError:
        return Dropped.UNKNOWN_MONITOR
    found = await _check(parts, account, monitor)
    if found is Dropped.OTHER_ACCOUNT and monitor.home is not None:
        return await _find_taken_over(parts, monitor.home.workspace, monitor_id)
    return found


async def _find_taken_over(
    parts: DeliveryParts, workspace: Workspace, monitor_id: str
) -> Addressed | Dropped:
    """A monitor whose workspace now has a key of its own for the same Parallel account.

    Its webhooks still come to the address that it was created with.
    """
    account = await parts.accounts.for_workspace(workspace)
    if account is None:
        return Dropped.OTHER_ACCOUNT
    try:
        monitor = await parts.gateway.retrieve(account, monitor_id)
    except (UnknownMonitorError, AccountRefusedError):
        return Dropped.OTHER_ACCOUNT
    return await _check(parts, account, monitor)


async def _check(
    parts: DeliveryParts, account: ParallelAccount, monitor: Monitor
) -> Addressed | Dropped:
    home = monitor.home
    workspace = await parts.installations.installed(home.workspace) if home else None
    if home is None or workspace is None:
        return Dropped.NOT_OURS
    if await parts.installations.app_id(workspace) != home.app_id:
        return Dropped.NOT_OURS
    linked = await parts.accounts.for_workspace(workspace)
    if linked is None or linked.endpoint_id != account.endpoint_id:
        return Dropped.OTHER_ACCOUNT
    return Addressed(account, monitor, home, workspace)
