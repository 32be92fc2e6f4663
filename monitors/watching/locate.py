"""Finds a thread's monitor: by its row first, else at Parallel, which decides."""

from dataclasses import dataclass

from monitors.delivery.monitors import Monitors
from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.parallel_errors import UnknownMonitorError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import AccountStore, InstallationStore, MonitorGateway


@dataclass(frozen=True, slots=True)
class Located:
    account: ParallelAccount
    monitor: Monitor


@dataclass(frozen=True, slots=True)
class LocateMonitor:
    """Finds monitors by thread, but never those of another workspace, app or account."""

    accounts: AccountStore
    installations: InstallationStore
    gateway: MonitorGateway
    monitors: Monitors

    async def in_thread(
        self, workspace: Workspace, thread: ThreadRef, *, hint: str | None = None
    ) -> Located | None:
        """The thread's monitor, an active one before a cancelled one, or None.

        `hint` is a monitor id to try first. Raises ParallelError.
        """
        account = await self.accounts.for_workspace(workspace)
        if account is None:
            return None
        ended: Located | None = None
        for monitor_id in dict.fromkeys((hint, await self.monitors.in_thread(workspace, thread))):
            if monitor_id is None:
                continue
            monitor = await self._retrieve(account, monitor_id)
            if monitor is not None and await self._lives_in(monitor, workspace, thread):
                if monitor.status is MonitorStatus.ACTIVE:
                    return Located(account, monitor)
                ended = ended or Located(account, monitor)
        return await self._search(account, workspace, thread) or ended

    async def _retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor | None:
        try:
            return await self.gateway.retrieve(account, monitor_id)
        except UnknownMonitorError:
            return None

    async def _search(
        self, account: ParallelAccount, workspace: Workspace, thread: ThreadRef
    ) -> Located | None:
        app_id = await self.installations.app_id(workspace)
        if app_id is None:
            return None
        home = MonitorHome(thread, workspace.team_id, app_id, user_id="")
        monitor = await self.gateway.find_by_thread(account, home)
        if monitor is None:
            return None
        await self.monitors.put(
            MonitorRow(
                workspace,
                monitor.monitor_id,
                account.endpoint_id,
                thread,
                is_signed=monitor.is_signed,
            )
        )
        return Located(account, monitor)

    async def _lives_in(self, monitor: Monitor, workspace: Workspace, thread: ThreadRef) -> bool:
        home = monitor.home
        return (
            home is not None
            and home.thread == thread
            and home.team_id == workspace.team_id
            and home.app_id == await self.installations.app_id(workspace)
        )
