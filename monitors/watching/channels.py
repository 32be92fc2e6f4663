"""What happens to channels: the app may post in them again, or Slack gave one another id."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.asking import ask_delivery
from monitors.delivery.monitors import Monitors
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import RefusedError, UnknownMonitorError
from monitors.model.requests import ChannelChanged, ChannelUnblocked, Installed
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, MonitorGateway
from monitors.watching.first_contact import FirstContact
from monitors.watching.move import MoveThread
from monitors.work.intents import SubmitIntent, request_of


@dataclass(frozen=True, slots=True)
class Channels:
    """Of what happens, only what concerns a monitor is written down."""

    accounts: AccountStore
    addresses: AddressMonitor
    gateway: MonitorGateway
    monitors: Monitors
    moving: MoveThread
    first_contact: FirstContact
    submit_intent: SubmitIntent

    async def back(self, workspace: Workspace, channel: str, *, event_id: str) -> None:
        """The app may post there again. Raises StoreDownError: then Slack is to say it again."""
        if await self.monitors.is_any_suspended(workspace, channel):
            request = ChannelUnblocked(workspace, channel)
            await self.submit_intent(IntentKind.CHANNEL_UNBLOCKED, request, intent_id=event_id)

    async def unblocked(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """Monitors whose threads in a channel were closed are tried at once."""
        request = request_of(intent, ChannelUnblocked)
        await self._let_try(request.workspace, channel=request.channel)
        return Done()

    async def changed(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """Every monitor of a channel is told its new id; the thread's ts stays as it is.

        A second run finds what the first one left.
        """
        request = request_of(intent, ChannelChanged)
        async with aclosing(self._of(request.workspace, channel=request.old)) as monitors:
            async for addressed in monitors:
                # Cancelled a moment ago, it posts nothing more, wherever its thread is.
                with suppress(RefusedError, UnknownMonitorError):
                    thread = replace(addressed.home.thread, channel=request.new)
                    await self.moving.rename(addressed, thread)
        return Done()

    async def was_installed(self, workspace: Workspace) -> None:
        """Write it down. Raises StoreDownError."""
        at = self.submit_intent.clock.now().isoformat()
        intent_id = f"installed:{workspace.team_id}:{at}"
        await self.submit_intent(IntentKind.INSTALLED, Installed(workspace), intent_id=intent_id)

    async def installed(self, intent: Intent, attempt: Attempt) -> Outcome:
        """After an install the app is heard and speaks again where monitors live.

        An uninstall took it out of every channel, and replies are heard by members only.
        """
        workspace = request_of(intent, Installed).workspace
        welcomed = await self.first_contact.welcome(workspace, attempt)
        async with aclosing(self._of(workspace)) as found:
            monitors = [addressed async for addressed in found]
        for channel in dict.fromkeys(each.home.thread.channel for each in monitors):
            # Where that is not allowed, the next post finds out, and the owner is told.
            with suppress(*REFUSALS):
                await self.moving.poster.join(workspace, channel)
        now = await self._let_try(workspace, channel=None)
        for each in monitors:
            endpoint_id, monitor_id = each.account.endpoint_id, each.monitor.monitor_id
            await ask_delivery(self.submit_intent.queue, endpoint_id, monitor_id, changed_at=now)
        return welcomed

    async def _let_try(self, workspace: Workspace, *, channel: str | None) -> datetime:
        """Those of one channel, or all; returns when."""
        now = self.submit_intent.clock.now()
        for row in await self.monitors.let_try(workspace, channel=channel, at=now):
            queue = self.submit_intent.queue
            await ask_delivery(queue, row.endpoint_id, row.monitor_id, changed_at=now)
        return now

    async def _of(
        self, workspace: Workspace, *, channel: str | None = None
    ) -> AsyncGenerator[Addressed]:
        """The workspace's monitors in one channel, or all. Raises ParallelError."""
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
