"""Finds a thread's monitor: by its row first, else at Parallel, which decides."""

from monitors.delivery.address import Addressed
from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.parallel_errors import UnknownMonitorError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.watching.parts import Parts


async def monitors_on(
    parts: Parts, account: ParallelAccount, workspace: Workspace
) -> list[Monitor]:
    """The active ones whose metadata names this workspace and app. Raises ParallelError."""
    app_id = await parts.installations.app_id(workspace)
    return [
        each
        for each in await parts.gateway.list_monitors(account)
        if each.home is not None and each.home.is_of(workspace, app_id)
    ]


async def in_thread(
    parts: Parts, workspace: Workspace, thread: ThreadRef, *, hint: str | None = None
) -> Addressed | None:
    """The thread's monitor, an active one before a cancelled one, or None.

    `hint` is a monitor id to try first. Raises ParallelError.
    """
    account = await parts.accounts.for_workspace(workspace)
    app_id = await parts.installations.app_id(workspace)
    if account is None or app_id is None:
        return None
    ended: Addressed | None = None
    for monitor_id in dict.fromkeys((hint, await parts.monitors.in_thread(workspace, thread))):
        monitor = await _retrieve(parts, account, monitor_id)
        home = monitor.home if monitor else None
        if monitor is None or home is None:
            continue
        if home.is_of(workspace, app_id) and home.thread == thread:
            found = Addressed(account, monitor, home, workspace)
            if monitor.status is MonitorStatus.ACTIVE:
                return found
            ended = ended or found
    home = MonitorHome(thread, workspace.team_id, app_id, user_id="")
    monitor = await parts.gateway.find_by_thread(account, home)
    if monitor is None:
        return ended
    found = Addressed(account, monitor, monitor.home or home, workspace)
    await parts.monitors.put(found.row)
    return found


async def _retrieve(
    parts: Parts, account: ParallelAccount, monitor_id: str | None
) -> Monitor | None:
    try:
        return await parts.gateway.retrieve(account, monitor_id) if monitor_id else None
    except UnknownMonitorError:
        return None
