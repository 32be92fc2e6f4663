"""A hint becomes news: what Parallel really found, posted in its thread, each part once."""

from dataclasses import dataclass
from typing import Final

from monitors.domain.account import ParallelAccount
from monitors.domain.codec import encode
from monitors.domain.ledger import LedgerKey
from monitors.domain.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.domain.outcome import Dead, Delivered, Outcome, RetryAfter
from monitors.domain.parallel_errors import (
    AnswerLostError,
    ParallelError,
    RateLimitedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.domain.requests import CheckRequest, DeliverRequest
from monitors.domain.workspace import Workspace
from monitors.services.ports import (
    AccountStore,
    InstallationIndex,
    JobQueue,
    MonitorReader,
    Renderer,
)
from monitors.services.posting import PostOnce

# A run's events can be read a moment after its webhook at the latest; a group that stays empty
# was never there (a forged or mistaken hint).
EMPTY_TRIES: Final = 6
REFRESH_DELAY_SECONDS: Final = 2.0


def parallel_outcome(error: ParallelError) -> Outcome:
    """What becomes of a job that Parallel stopped."""
    if isinstance(error, RateLimitedError | UnavailableError | AnswerLostError):
        return RetryAfter(f"parallel: {error}", error.retry_after_seconds)
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
    """From a hint (an endpoint and a monitor id) to a workspace and thread, by what Parallel
    says with that endpoint's own key. None: not ours to touch, or another account's."""

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
        home = monitor.home
        workspace = await self.installations.workspace(home.team_id) if home else None
        if home is None or workspace is None:
            return None
        if await self.installations.app_id(workspace) != home.app_id:
            return None
        linked = await self.accounts.for_workspace(workspace)
        if linked is None or linked.endpoint_id != endpoint_id:
            return None
        return Addressed(account, monitor, home, workspace)


@dataclass(frozen=True, slots=True)
class DeliverFindings:
    """One execution's findings into its monitor's thread."""

    addresses: AddressMonitor
    gateway: MonitorReader
    renderer: Renderer
    posting: PostOnce
    queue: JobQueue

    async def run(self, request: DeliverRequest, *, attempt: int) -> Outcome:
        try:
            addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
            if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
                return Delivered()
            group = await self.gateway.event_group(
                addressed.account, request.monitor_id, request.group_id
            )
        except ParallelError as error:
            return parallel_outcome(error)
        if not group.events:
            return RetryAfter("no events yet") if attempt < EMPTY_TRIES else Delivered()
        messages = self.renderer.findings(group, query=addressed.monitor.query)
        for part, message in enumerate(messages):
            key = LedgerKey(request.monitor_id, request.group_id, part)
            outcome = await self.posting.post(
                addressed.workspace, key, thread=addressed.home.thread, message=message
            )
            if not isinstance(outcome, Delivered):
                return outcome
        await ask_refresh(self.queue, request.endpoint_id, request.monitor_id)
        return Delivered()


async def ask_refresh(queue: JobQueue, endpoint_id: str, monitor_id: str) -> None:
    """Have the card redrawn soon; several wishes within the delay become one."""
    await queue.enqueue(
        "refresh",
        encode(CheckRequest(endpoint_id, monitor_id)),
        key=f"refresh:{monitor_id}",
        delay_seconds=REFRESH_DELAY_SECONDS,
    )
