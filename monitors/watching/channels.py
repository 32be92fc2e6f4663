"""What happens to channels: the app may post in them again, or Slack gave one another id."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.asking import ask_delivery
from monitors.delivery.monitors import Monitors
from monitors.model.clock import Clock
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import RefusedError, UnknownMonitorError
from monitors.model.requests import ChannelChanged, ChannelUnblocked, Installed
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, JobQueue, MonitorGateway, ThreadPoster
from monitors.watching.first_contact import WelcomeInstaller
from monitors.watching.move import MoveThread
from monitors.work.intents import SubmitIntent, request_of


@dataclass(frozen=True, slots=True)
class NoticeChannels:
    """What the listeners call: only what concerns a monitor is written down."""

    monitors: Monitors
    submit_intent: SubmitIntent

    async def back(self, workspace: Workspace, channel: str, *, event_id: str) -> None:
        """Raises StoreDownError: then Slack is to say it again."""
        if await self.monitors.is_any_suspended(workspace, channel):
            await self.submit_intent(
                IntentKind.CHANNEL_UNBLOCKED,
                ChannelUnblocked(workspace, channel),
                intent_id=event_id,
            )

    async def changed(self, workspace: Workspace, *, old: str, new: str, event_id: str) -> None:
        """Raises StoreDownError: then Slack is to say it again."""
        await self.submit_intent(
            IntentKind.CHANNEL_CHANGED, ChannelChanged(workspace, old, new), intent_id=event_id
        )


@dataclass(frozen=True, slots=True)
class ResumeChannel:
    """Monitors whose threads in a channel were closed are tried at once."""

    monitors: Monitors
    queue: JobQueue
    clock: Clock

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        request = request_of(intent, ChannelUnblocked)
        await self.let_try(request.workspace, channel=request.channel)
        return Done()

    async def let_try(self, workspace: Workspace, *, channel: str | None) -> datetime:
        """Those of one channel, or all; returns when."""
        now = self.clock.now()
        for row in await self.monitors.let_try(workspace, channel=channel, at=now):
            await ask_delivery(self.queue, row.endpoint_id, row.monitor_id, changed_at=now)
        return now


@dataclass(frozen=True, slots=True)
class MonitorsInChannel:
    """The monitors of a workspace."""

    accounts: AccountStore
    addresses: AddressMonitor
    gateway: MonitorGateway

    async def of(
        self, workspace: Workspace, *, channel: str | None = None
    ) -> AsyncGenerator[Addressed]:
        """Those of one channel, or all. Raises ParallelError."""
        account = await self.accounts.for_workspace(workspace)
        for monitor in await self.gateway.list_monitors(account) if account else ():
            home = monitor.home
            if account is None or home is None or home.team_id != workspace.team_id:
                continue
            if channel not in {None, home.thread.channel}:
                continue
            addressed = await self.addresses.check(account, monitor)
            if addressed is not None:
                yield addressed


@dataclass(frozen=True, slots=True)
class FollowChannel:
    """Every monitor of a channel is told its new id; the thread's ts stays as it is."""

    in_channel: MonitorsInChannel
    moving: MoveThread

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """A second run finds what the first one left."""
        request = request_of(intent, ChannelChanged)
        found = self.in_channel.of(request.workspace, channel=request.old)
        async with aclosing(found) as monitors:
            async for addressed in monitors:
                await self._follow(addressed, request.new)
        return Done()

    async def _follow(self, addressed: Addressed, channel: str) -> None:
        # Cancelled a moment ago: it posts nothing more, wherever its thread is.
        with suppress(RefusedError, UnknownMonitorError):
            await self.moving.rename(addressed, replace(addressed.home.thread, channel=channel))


@dataclass(frozen=True, slots=True)
class ResumeInstalled:
    """After an install the app is heard and speaks again where monitors live.

    An uninstall took it out of every channel, and replies are heard by members only.
    """

    in_channel: MonitorsInChannel
    resume_channel: ResumeChannel
    poster: ThreadPoster
    submit_intent: SubmitIntent
    clock: Clock
    welcome: WelcomeInstaller

    async def installed(self, workspace: Workspace) -> None:
        """Write it down. Raises StoreDownError."""
        await self.submit_intent(
            IntentKind.INSTALLED,
            Installed(workspace),
            intent_id=f"installed:{workspace.team_id}:{self.clock.now().isoformat()}",
        )

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, Installed)
        welcomed = await self.welcome.welcome(request.workspace, attempt)
        joined: set[str] = set()
        async with aclosing(self.in_channel.of(request.workspace)) as found:
            monitors = [addressed async for addressed in found]
        for addressed in monitors:
            await self._join(addressed, joined)
        resume = self.resume_channel
        now = await resume.let_try(request.workspace, channel=None)
        for each in monitors:
            endpoint_id, monitor_id = each.account.endpoint_id, each.monitor.monitor_id
            await ask_delivery(resume.queue, endpoint_id, monitor_id, changed_at=now)
        return welcomed

    async def _join(self, addressed: Addressed, joined: set[str]) -> None:
        """Where that is not allowed, the next post finds out, and the owner is told."""
        channel = addressed.home.thread.channel
        if channel not in joined:
            with suppress(*REFUSALS):
                await self.poster.join(addressed.workspace, channel)
            joined.add(channel)
