"""Threads that Slack has closed to us: delivery waits, the owner is told once, nothing is lost.

What is found meanwhile stays at Parallel: the ledger lacks it and the cursor does not move, so
the first look that works brings it all. One look an hour or so costs little; an invitation, an
unarchiving or a new channel has it done at once.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from monitors import texts
from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.ledger import Post
from monitors.model.monitor import MonitorStatus
from monitors.model.monitor_row import MonitorRow, Suspension
from monitors.model.outcome import Attempt, Done, Failed, Outcome, Suspended
from monitors.model.requests import CheckRequest, DeliverRequest
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
)
from monitors.model.stranded import CARD_GONE, REPLIES_REFUSED
from monitors.model.workspace import ThreadRef
from monitors.ports import JobQueue, Renderer, ThreadPoster

HELD: Final = "its thread is closed to us"


@dataclass(frozen=True, slots=True)
class DeadEnds:
    """Writes down which threads are closed, and when to try them again."""

    monitors: Monitors
    queue: JobQueue
    clock: Clock
    again_after: timedelta
    tell_after: timedelta

    def holds(self, row: MonitorRow | None) -> bool:
        """Whether to leave the monitor alone for now: its webhooks cost one look into SQL."""
        suspension = row.suspension if row else None
        return suspension is not None and suspension.next_try_at > self.clock.now()

    async def met(
        self,
        addressed: Addressed,
        error: DeadDestinationError | DeadInstallationError,
        *,
        findings_wait: bool = True,
    ) -> Outcome:
        """What becomes of a job that met a closed thread; has it told, or mended."""
        suspension = await self._suspend(addressed, error.code, findings_wait=findings_wait)
        if isinstance(error, DeadInstallationError):
            # Nobody there can be told; an installation lets the workspace's monitors try again.
            return Suspended(f"slack: {error.code}")
        if error.code in CARD_GONE:
            await self._enqueue("card", addressed, delay=timedelta())
        elif suspension.notified_at is None:
            # Not at once: what was removed by mistake is often back in a minute.
            await self._enqueue("tell_owner", addressed, delay=self.tell_after)
        return Suspended(f"slack: {error.code}")

    async def card_stands(self, addressed: Addressed, row: MonitorRow) -> Outcome:
        """The card that was missed stands there: it has moved since, or its thread is closed."""
        workspace, monitor_id = addressed.workspace, addressed.monitor.monitor_id
        suspension = row.suspension
        if suspension is None:
            return Done()
        if row.thread != addressed.home.thread or not suspension.findings_wait:
            await self.mended(addressed)
            return Done()
        closed = await self._suspend(addressed, REPLIES_REFUSED, findings_wait=True)
        if closed.notified_at is None:
            await self._enqueue("tell_owner", addressed, delay=timedelta())
        structlog.get_logger("dead_ends").warning(
            "replies refused", team_id=workspace.team_id, monitor_id=monitor_id
        )
        return Suspended(REPLIES_REFUSED)

    async def mended(self, addressed: Addressed) -> None:
        """The thread is well: forget the suspension, and have what waited delivered."""
        monitor_id = addressed.monitor.monitor_id
        await self.monitors.resume(addressed.workspace, monitor_id)
        await ask_delivery(self.queue, addressed.account.endpoint_id, monitor_id)

    async def forget(self, row: MonitorRow) -> None:
        """The thread is well, or nothing more is to be posted there."""
        await self.monitors.resume(row.workspace, row.monitor_id)

    async def _suspend(
        self, addressed: Addressed, reason: str, *, findings_wait: bool
    ) -> Suspension:
        now = self.clock.now()
        await self.monitors.put(addressed.row)
        return await self.monitors.suspend(
            addressed.row,
            Suspension(
                reason=reason,
                since=now,
                next_try_at=now + self.again_after,
                findings_wait=findings_wait,
            ),
        )

    async def _enqueue(self, kind: str, addressed: Addressed, *, delay: timedelta) -> None:
        endpoint_id, monitor_id = addressed.account.endpoint_id, addressed.monitor.monitor_id
        await self.queue.enqueue(
            kind,
            encode(CheckRequest(endpoint_id, monitor_id)),
            key=f"{kind}:{endpoint_id}:{monitor_id}",
            delay_seconds=delay.total_seconds(),
        )


@dataclass(frozen=True, slots=True)
class TellOwner:
    """One direct message for one stranding: what happened, and what to do."""

    dead_ends: DeadEnds
    addresses: AddressMonitor
    direct: ThreadPoster
    posting: PostOnce
    renderer: Renderer
    clock: Clock
    bot_name: str

    async def run(self, request: CheckRequest, attempt: Attempt) -> Outcome:
        row = await self.dead_ends.monitors.find(request.endpoint_id, request.monitor_id)
        suspension = row.suspension if row else None
        if row is None or suspension is None or suspension.notified_at is not None:
            return Done()
        try:
            addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
            if addressed is None:
                return Done()
            if addressed.monitor.status is MonitorStatus.CANCELLED:
                await self.dead_ends.forget(row)
                return Done()
            outcome = await self._tell(addressed, row, suspension, attempt)
        except DeadDestinationError as error:
            # Gone from the workspace, most likely: there is nobody to tell.
            structlog.get_logger("dead_ends").warning("owner not told", code=error.code)
            outcome = Done()
        if isinstance(outcome, Done | Failed):
            await self.dead_ends.monitors.mark_notified(row, self.clock.now())
        return outcome

    async def _tell(
        self, addressed: Addressed, row: MonitorRow, suspension: Suspension, attempt: Attempt
    ) -> Outcome:
        workspace, monitor = addressed.workspace, addressed.monitor
        happened, to_do = texts.stranded(suspension.reason, bot_name=self.bot_name)
        message = self.renderer.stranded(
            monitor, channel=row.thread.channel, happened=happened, to_do=to_do
        )
        name = f"stranded:{suspension.since.isoformat()}"
        channel = await self.direct.open_direct(workspace, addressed.home.user_id)
        told = await self.posting.begin(
            workspace,
            Post.notice(monitor.monitor_id, name, message),
            channel=channel,
            attempt=attempt,
        )
        return Done() if isinstance(told, ThreadRef) else told


async def ask_delivery(queue: JobQueue, endpoint_id: str, monitor_id: str) -> None:
    """Have a monitor looked at soon, as the reconciler would."""
    await queue.enqueue(
        "deliver",
        encode(DeliverRequest(endpoint_id, monitor_id, "")),
        key=f"deliver:{endpoint_id}:{monitor_id}:mended",
    )
