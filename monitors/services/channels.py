"""What happens to channels: the app may post in one again, or Slack gave it another id."""

from contextlib import suppress
from dataclasses import dataclass, replace

from monitors.domain.clock import Clock
from monitors.domain.codec import decode
from monitors.domain.intent import Intent, IntentKind
from monitors.domain.outcome import Delivered, Outcome, RetryAfter
from monitors.domain.parallel_errors import ParallelError, RefusedError, UnknownMonitorError
from monitors.domain.requests import ChannelBack, ChannelChanged
from monitors.domain.workspace import Workspace
from monitors.services.address import Addressed, AddressMonitor
from monitors.services.dead_ends import TriedAgain, ask_delivery
from monitors.services.intake import TakeDown
from monitors.services.move import MoveThread
from monitors.services.ports import (
    AccountStore,
    IntentStore,
    JobQueue,
    MonitorReader,
    QueueDownError,
)


@dataclass(frozen=True, slots=True)
class NoticeChannels:
    """What the listeners call: only what concerns a monitor is written down."""

    stranded: TriedAgain
    take_down: TakeDown

    async def back(self, workspace: Workspace, channel: str, *, event_id: str) -> None:
        """Raises StoreDownError: then Slack is to say it again."""
        if await self.stranded.is_any_in(workspace, channel):
            await self.take_down.take(
                workspace,
                intent_id=event_id,
                kind=IntentKind.CHANNEL_BACK,
                request=ChannelBack(workspace, channel),
            )

    async def changed(self, workspace: Workspace, *, old: str, new: str, event_id: str) -> None:
        """Raises StoreDownError: then Slack is to say it again."""
        await self.take_down.take(
            workspace,
            intent_id=event_id,
            kind=IntentKind.CHANNEL_CHANGED,
            request=ChannelChanged(workspace, old, new),
        )


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Monitors whose threads were closed are tried at once: after an invitation, an install."""

    stranded: TriedAgain
    intents: IntentStore
    queue: JobQueue
    clock: Clock

    async def run(self, intent: Intent) -> Outcome:
        request = decode(ChannelBack, intent.argument)
        await self.in_workspace(request.workspace, channel=request.channel)
        await self.intents.finish(intent.intent_id)
        return Delivered()

    async def in_workspace(self, workspace: Workspace, *, channel: str | None = None) -> None:
        """Those of one channel, or all."""
        now = self.clock.now()
        for stranded in await self.stranded.let_try(workspace, channel=channel, at=now):
            # They are due now: without the queue the reconciler's next pass comes to them.
            with suppress(QueueDownError):
                await ask_delivery(self.queue, stranded.endpoint_id, stranded.monitor_id)


@dataclass(frozen=True, slots=True)
class FollowChannel:
    """Every monitor of the channel is told its new id; the thread's ts stays as it is."""

    accounts: AccountStore
    addresses: AddressMonitor
    gateway: MonitorReader
    intents: IntentStore
    moving: MoveThread

    async def run(self, intent: Intent) -> Outcome:
        """A second run finds what the first one left."""
        request = decode(ChannelChanged, intent.argument)
        account = await self.accounts.for_workspace(request.workspace)
        try:
            for monitor in await self.gateway.list_monitors(account) if account else ():
                addressed = None
                if monitor.home and monitor.home.thread.channel == request.old and account:
                    addressed = await self.addresses.check(account, monitor)
                if addressed and addressed.workspace.team_id == request.workspace.team_id:
                    await self._follow(addressed, request.new)
        except ParallelError as error:
            return RetryAfter(f"parallel: {error}", error.retry_after_seconds)
        await self.intents.finish(intent.intent_id)
        return Delivered()

    async def _follow(self, addressed: Addressed, channel: str) -> None:
        try:
            await self.moving.rename(addressed, replace(addressed.home.thread, channel=channel))
        except (RefusedError, UnknownMonitorError):
            # Cancelled a moment ago: it posts nothing more, wherever its thread is.
            return
