"""What cannot be delivered now is suspended: a monitor whose thread is closed, an account refused.

Nothing is copied anywhere. What is found in the meantime stays at Parallel, the ledger lacks it and
the cursor does not move, so the first successful look posts it all. A person is notified once
(`monitors.delivery.notify`).
"""

from datetime import timedelta
from typing import Final

import structlog

from monitors.delivery.address import Addressed
from monitors.delivery.asking import ask, ask_delivery
from monitors.delivery.parts import DeliveryParts
from monitors.model.account import AccountProblem, ParallelAccount
from monitors.model.codec import encode
from monitors.model.monitor_row import MonitorRow, Suspension
from monitors.model.outcome import Done, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import AccountSuspended, CheckRequest, MonitorNotice
from monitors.model.slack_errors import (
    CARD_GONE,
    CARD_REMOVED,
    REPLIES_REFUSED,
    ClosedError,
    DeadInstallationError,
)
from monitors.model.workspace import Workspace
from monitors.work.outcomes import outcome_of

SUSPENDED: Final = "its thread is closed to the app"
# Where every card is deleted, trying more often would only flicker.
CARD_REMOVED_RETRY: Final = timedelta(days=30)


def is_suspended(parts: DeliveryParts, row: MonitorRow | None) -> bool:
    """Whether to leave the monitor alone for now: its webhooks cost one look into SQL."""
    suspension = row.suspension if row else None
    return suspension is not None and suspension.next_try_at > parts.clock.now()


async def suspend(
    parts: DeliveryParts,
    addressed: Addressed,
    error: ClosedError,
    *,
    findings_wait: bool = True,
) -> Outcome:
    """The outcome of a job that met a closed thread.

    Has the owner notified, or a deleted card posted again.
    """
    # Where the app isn't installed nobody can be notified, and a deleted card is posted again.
    is_restored = error.code in CARD_GONE
    is_told = not is_restored and not isinstance(error, DeadInstallationError)
    await _suspend(
        parts,
        addressed,
        error.code,
        findings_wait=findings_wait,
        # Not at once: what was removed by mistake is often back in a minute.
        notify_after=parts.notify_after if is_told else None,
    )
    if is_restored:
        endpoint_id, monitor_id = addressed.account.endpoint_id, addressed.monitor.monitor_id
        await ask(parts.queue, CheckRequest(endpoint_id, monitor_id), named="restore")
    return Suspended(f"slack: {error.code}")


async def card_exists(parts: DeliveryParts, addressed: Addressed, row: MonitorRow) -> Outcome:
    """The card exists after all: the monitor was moved, or Slack refuses replies to it."""
    suspension = row.suspension
    if suspension is None:
        return Done()
    if row.thread != addressed.home.thread or not suspension.findings_wait:
        await deliver_again(parts, addressed)
        return Done()
    return await _close(parts, addressed, REPLIES_REFUSED)


async def card_removed(parts: DeliveryParts, addressed: Addressed) -> Outcome:
    """The new card was deleted as well: the channel counts as closed until somebody acts."""
    return await _close(parts, addressed, CARD_REMOVED, retry_after=CARD_REMOVED_RETRY)


async def _close(
    parts: DeliveryParts, addressed: Addressed, reason: str, *, retry_after: timedelta | None = None
) -> Outcome:
    now = timedelta()
    await _suspend(parts, addressed, reason, retry_after=retry_after, notify_after=now)
    structlog.get_logger("suspensions").warning(
        "thread closed",
        reason=reason,
        team_id=addressed.workspace.team_id,
        monitor_id=addressed.monitor.monitor_id,
    )
    return Suspended(reason)


async def deliver_again(parts: DeliveryParts, addressed: Addressed) -> None:
    """End the suspension, and have what waited delivered."""
    row = addressed.row
    await parts.monitors.resume(row)
    now = parts.clock.now()
    await ask_delivery(parts.queue, row.endpoint_id, row.monitor_id, changed_at=now)


async def _suspend(  # noqa: PLR0913 - by name
    parts: DeliveryParts,
    addressed: Addressed,
    reason: str,
    *,
    findings_wait: bool = True,
    retry_after: timedelta | None = None,
    notify_after: timedelta | None,
) -> None:
    """The owner is notified then, unless they were, or it is None.

    No row is written: its workspace may have been deleted during the job.
    """
    now, row = parts.clock.now(), addressed.row
    next_try_at = now + (retry_after or parts.retry_closed_after)
    suspension = await parts.monitors.suspend(
        row, Suspension(reason, now, next_try_at, findings_wait)
    )
    if notify_after is not None and suspension.notified_at is None:
        request = MonitorNotice(row.endpoint_id, row.monitor_id)
        await ask(parts.queue, request, delay_seconds=notify_after.total_seconds())


async def suspend_account(
    parts: DeliveryParts, endpoint_id: str, monitor_id: str, error: ParallelError
) -> Outcome:
    """The outcome of a monitor's job that Parallel refused."""
    reason = error.account_problem
    account = await parts.accounts.by_endpoint(endpoint_id)
    row = await parts.monitors.find(endpoint_id, monitor_id)
    if reason is None or account is None or row is None:
        return outcome_of(error)
    await _suspend_account(parts, account, reason, row.workspace)
    return Suspended(f"parallel: {reason.value}")


async def account_not_read(
    parts: DeliveryParts, account: ParallelAccount, error: ParallelError
) -> None:
    """The reconciler could not list the account's monitors."""
    reason = error.account_problem
    if reason is not None:
        workspaces = await parts.monitors.workspaces_on(account.endpoint_id)
        await _suspend_account(parts, account, reason, *workspaces)


async def account_read(parts: DeliveryParts, account: ParallelAccount) -> None:
    """The reconciler could: the account works."""
    if await parts.accounts.suspension(account.endpoint_id) is not None:
        await parts.accounts.resume(account.endpoint_id)


async def _suspend_account(
    parts: DeliveryParts, account: ParallelAccount, reason: AccountProblem, *workspaces: Workspace
) -> None:
    suspension = await parts.accounts.suspend(account.endpoint_id, reason)
    if suspension is None:
        return
    for workspace in workspaces:
        user_id = await parts.installations.installer(workspace)
        if user_id is None:
            continue
        request = AccountSuspended(
            workspace, account.endpoint_id, user_id, reason, suspension.since
        )
        noted, name = request.in_ledger
        rows = await parts.ledger.rows(workspace, noted, [name])
        if any(row.is_final for row in rows.values()):
            continue
        structlog.get_logger("suspensions").error(
            "account suspended",
            reason=reason.value,
            team_id=workspace.team_id,
            is_operators=not account.team_id,
        )
        named = (account.endpoint_id, workspace.team_id, user_id, reason.value)
        await parts.queue.enqueue("notify", encode(request), key=":".join(("notify", *named)))
