"""Ends one monitor of an account that is left: at Parallel, on its card, in its thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitors import texts
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce, retry_of
from monitors.model.account import ParallelAccount
from monitors.model.card import Cancelled, card_of
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import UnknownMonitorError
from monitors.model.requests import UnlinkRequest
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackUnavailableError,
)
from monitors.ports import Renderer, ThreadPoster


class MonitorEnder(Protocol):
    """Raises ParallelError."""

    async def retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor: ...

    async def list_monitors(self, account: ParallelAccount) -> Sequence[Monitor]:
        """The account's active monitors."""
        ...

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancelling a cancelled monitor is no error."""
        ...


@dataclass(frozen=True, slots=True)
class EndMonitor:
    """Every step can be taken twice."""

    gateway: MonitorEnder
    poster: ThreadPoster
    posting: PostOnce
    renderer: Renderer
    monitors: Monitors

    async def run(
        self,
        request: UnlinkRequest,
        account: ParallelAccount,
        monitor_id: str,
        *,
        attempt: Attempt,
    ) -> Outcome:
        """Done, also where nobody can be told. Raises ParallelError."""
        try:
            monitor = await self.gateway.retrieve(account, monitor_id)
        except UnknownMonitorError:
            return Done()
        home = monitor.home
        if home is None or not is_theirs(monitor, request):
            return Done()
        if monitor.status is not MonitorStatus.CANCELLED:
            await self.gateway.cancel(account, monitor_id)
        await self.monitors.drop(request.workspace, monitor_id)
        try:
            await self._redraw(request, monitor, home)
            return await self._tell(request, account, monitor, home, attempt=attempt)
        except (DeadDestinationError, DeadInstallationError):
            return Done()
        except SlackPostError as error:
            return retry_of(error)

    async def _redraw(self, request: UnlinkRequest, monitor: Monitor, home: MonitorHome) -> None:
        card = self.renderer.card(card_of(monitor, Cancelled()))
        try:
            await self.poster.update(request.workspace, home.thread, card)
        except (SlackBusyError, SlackUnavailableError, PostUncertainError, DeadInstallationError):
            raise
        except SlackPostError:
            # A card that was deleted or locked: its thread may take a reply all the same.
            return

    async def _tell(
        self,
        request: UnlinkRequest,
        account: ParallelAccount,
        monitor: Monitor,
        home: MonitorHome,
        *,
        attempt: Attempt,
    ) -> Outcome:
        says = texts.account_unlinked if account.team_id else texts.account_changed
        note = self.renderer.note(says(request.by_name))
        notice = Post.notice(monitor.monitor_id, "unlinked", note)
        told = await self.posting.post(
            request.workspace, notice, thread=home.thread, attempt=attempt
        )
        return told if isinstance(told, RetryAfter) else Done()


def is_theirs(monitor: Monitor, request: UnlinkRequest) -> bool:
    """Whether the monitor is the workspace's, made by this app."""
    home = monitor.home
    return (
        home is not None
        and home.team_id == request.workspace.team_id
        and home.app_id == request.app_id
    )
