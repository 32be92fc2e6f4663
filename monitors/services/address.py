"""From a hint to a workspace and thread, by what Parallel says with the account's own key."""

from dataclasses import dataclass

from monitors.domain.account import ParallelAccount
from monitors.domain.monitor import Monitor, MonitorHome
from monitors.domain.outcome import Dead, Held, Outcome, RetryAfter
from monitors.domain.parallel_errors import (
    AnswerLostError,
    ParallelError,
    RateLimitedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.domain.stranded import trouble_of
from monitors.domain.workspace import Workspace
from monitors.services.ports import AccountStore, InstallationIndex, MonitorReader


def parallel_outcome(error: ParallelError) -> Outcome:
    """What becomes of a job that Parallel stopped."""
    if isinstance(error, RateLimitedError | UnavailableError | AnswerLostError):
        return RetryAfter(f"parallel: {error}", error.retry_after_seconds)
    if trouble := trouble_of(error):
        return Held(f"parallel: {trouble.value}")
    return Dead(f"parallel: {type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class Addressed:
    """A monitor, whose it is and where it lives, checked against each other."""

    account: ParallelAccount
    monitor: Monitor
    home: MonitorHome
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class AddressMonitor:
    """Refuses monitors that are not ours to touch, or another account's."""

    accounts: AccountStore
    installations: InstallationIndex
    gateway: MonitorReader

    async def address(self, endpoint_id: str, monitor_id: str) -> Addressed | None:
        """Raises ParallelError."""
        account = await self.accounts.by_endpoint(endpoint_id)
        if account is None:
            return None
        try:
            monitor = await self.gateway.retrieve(account, monitor_id)
        except UnknownMonitorError:
            return None
        return await self.check(account, monitor)

    async def check(self, account: ParallelAccount, monitor: Monitor) -> Addressed | None:
        """The same for a monitor that is at hand."""
        home = monitor.home
        workspace = await self.installations.installed(home.workspace) if home else None
        if home is None or workspace is None:
            return None
        if await self.installations.app_id(workspace) != home.app_id:
            return None
        linked = await self.accounts.for_workspace(workspace)
        if linked is None or linked.endpoint_id != account.endpoint_id:
            return None
        return Addressed(account, monitor, home, workspace)
