"""Threads that Slack has closed to us: delivery waits, the owner is told once, nothing is lost.

What is found meanwhile stays at Parallel: the ledger lacks it and the monitor's mark does not move,
so the first look that works brings it all. One look an hour or so costs little; an invitation, an
unarchiving or a new channel has it done at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from monitors import texts
from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.post_once import Part, PostOnce
from monitors.model.clock import Clock
from monitors.model.codec import encode
from monitors.model.ledger import LedgerKey
from monitors.model.message import Message
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, Suspended
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import CheckRequest, DeliverRequest
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
    SlackPostError,
)
from monitors.model.stranded import CARD_GONE, REPLIES_REFUSED, Stranded
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import JobQueue
from monitors.work.outcomes import outcome_of

HELD: Final = "its thread is closed to us"


class StrandedStore(Protocol):
    """Monitors whose threads are closed to us. In SQL: they wait for people."""

    async def strand(self, stranded: Stranded) -> Stranded:
        """Write it down, and how it stands then: a known one keeps `since` and `told_at`."""
        ...

    async def find(self, endpoint_id: str, monitor_id: str) -> Stranded | None: ...

    async def keep_told(self, stranded: Stranded, at: datetime) -> None: ...

    async def drop(self, workspace: Workspace, monitor_id: str) -> None: ...


class TriedAgain(Protocol):
    async def let_try(
        self, workspace: Workspace, *, channel: str | None, at: datetime
    ) -> Sequence[Stranded]:
        """The workspace's, or the channel's, may be tried from then on; which ones they are."""
        ...

    async def is_any_in(self, workspace: Workspace, channel: str) -> bool: ...


class DirectMessages(Protocol):
    """Raises SlackPostError."""

    async def open_direct(self, workspace: Workspace, user_id: str) -> str:
        """The channel of the app's direct messages with a person."""
        ...


class StrandedRenderer(Protocol):
    def stranded(self, monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
        """For the owner, with a way to choose another channel."""
        ...


@dataclass(frozen=True, slots=True)
class DeadEnds:
    """Writes down which threads are closed, and when to try them again."""

    store: StrandedStore
    queue: JobQueue
    clock: Clock
    again_after: timedelta
    tell_after: timedelta

    async def find(self, endpoint_id: str, monitor_id: str) -> Stranded | None:
        return await self.store.find(endpoint_id, monitor_id)

    def holds(self, stranded: Stranded | None) -> bool:
        """Whether to leave the monitor alone for now: its webhooks cost one look into SQL."""
        return stranded is not None and stranded.again_at > self.clock.now()

    async def met(
        self,
        addressed: Addressed,
        error: DeadDestinationError | DeadInstallationError,
        *,
        findings_wait: bool = True,
    ) -> Outcome:
        """What becomes of a job that met a closed thread; has it told, or mended."""
        stranded = await self._strand(addressed, error.code, findings_wait=findings_wait)
        if isinstance(error, DeadInstallationError):
            # Nobody there can be told; an installation lets the workspace's monitors try again.
            return Suspended(f"slack: {error.code}")
        if error.code in CARD_GONE:
            await self._enqueue("card", stranded, delay=timedelta())
        elif stranded.told_at is None:
            # Not at once: what was removed by mistake is often back in a minute.
            await self._enqueue("tell_owner", stranded, delay=self.tell_after)
        return Suspended(f"slack: {error.code}")

    async def card_stands(self, addressed: Addressed) -> Outcome:
        """The card that was missed stands there: it has moved since, or its thread is closed."""
        workspace, monitor_id = addressed.workspace, addressed.monitor.monitor_id
        stranded = await self.find(addressed.account.endpoint_id, monitor_id)
        if stranded is None:
            return Done()
        if stranded.thread != addressed.home.thread or not stranded.findings_wait:
            await self.mended(addressed)
            return Done()
        closed = await self._strand(addressed, REPLIES_REFUSED, findings_wait=True)
        if closed.told_at is None:
            await self._enqueue("tell_owner", closed, delay=timedelta())
        structlog.get_logger("dead_ends").warning(
            "replies refused", team_id=workspace.team_id, monitor_id=monitor_id
        )
        return Suspended(REPLIES_REFUSED)

    async def mended(self, addressed: Addressed) -> None:
        """The thread is well: forget the stranding, and have what waited delivered."""
        monitor_id = addressed.monitor.monitor_id
        await self.store.drop(addressed.workspace, monitor_id)
        await ask_delivery(self.queue, addressed.account.endpoint_id, monitor_id)

    async def forget(self, stranded: Stranded) -> None:
        """The thread is well, or nothing more is to be posted there."""
        await self.store.drop(stranded.workspace, stranded.monitor_id)

    async def _strand(self, addressed: Addressed, code: str, *, findings_wait: bool) -> Stranded:
        now = self.clock.now()
        return await self.store.strand(
            Stranded(
                workspace=addressed.workspace,
                monitor_id=addressed.monitor.monitor_id,
                endpoint_id=addressed.account.endpoint_id,
                thread=addressed.home.thread,
                code=code,
                findings_wait=findings_wait,
                since=now,
                again_at=now + self.again_after,
            )
        )

    async def _enqueue(self, kind: str, stranded: Stranded, *, delay: timedelta) -> None:
        endpoint_id, monitor_id = stranded.endpoint_id, stranded.monitor_id
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
    direct: DirectMessages
    posting: PostOnce
    renderer: StrandedRenderer
    clock: Clock
    bot_name: str

    async def run(self, request: CheckRequest, attempt: Attempt) -> Outcome:
        stranded = await self.dead_ends.find(request.endpoint_id, request.monitor_id)
        if stranded is None or stranded.told_at is not None:
            return Done()
        try:
            addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
            if addressed is None:
                return Done()
            if addressed.monitor.status is MonitorStatus.CANCELLED:
                await self.dead_ends.forget(stranded)
                return Done()
            outcome = await self._tell(addressed, stranded, attempt)
        except ParallelError as error:
            return outcome_of(error)
        except DeadDestinationError as error:
            # Gone from the workspace, most likely: there is nobody to tell.
            structlog.get_logger("dead_ends").warning("owner not told", code=error.code)
            outcome = Done()
        except SlackPostError as error:
            return outcome_of(error)
        if isinstance(outcome, Done | Failed):
            await self.dead_ends.store.keep_told(stranded, self.clock.now())
        return outcome

    async def _tell(self, addressed: Addressed, stranded: Stranded, attempt: Attempt) -> Outcome:
        workspace, monitor = addressed.workspace, addressed.monitor
        happened, to_do = texts.stranded(stranded.code, bot_name=self.bot_name)
        message = self.renderer.stranded(
            monitor, channel=stranded.thread.channel, happened=happened, to_do=to_do
        )
        part = Part(LedgerKey(monitor.monitor_id, f"stranded:{_named(stranded)}", 0), 1, message)
        channel = await self.direct.open_direct(workspace, addressed.home.user_id)
        told = await self.posting.begin(
            workspace, part, channel=channel, since=stranded.since, attempt=attempt
        )
        return Done() if isinstance(told, ThreadRef) else told


def _named(stranded: Stranded) -> str:
    return stranded.since.isoformat()


async def ask_delivery(queue: JobQueue, endpoint_id: str, monitor_id: str) -> None:
    """Have a monitor looked at soon, as the reconciler would."""
    await queue.enqueue(
        "deliver",
        encode(DeliverRequest(endpoint_id, monitor_id, "")),
        key=f"deliver:{endpoint_id}:{monitor_id}:mended",
    )
