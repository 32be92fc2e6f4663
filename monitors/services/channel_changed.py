"""Slack gave a channel a new id: its monitors' metadata follow, so that their threads are found."""

from dataclasses import dataclass, replace

from monitors.domain.codec import decode
from monitors.domain.intent import Intent
from monitors.domain.monitor import MonitorHome
from monitors.domain.outcome import Delivered, Outcome, RetryAfter
from monitors.domain.parallel_errors import ParallelError
from monitors.domain.requests import ChannelChange
from monitors.domain.workspace import ThreadRef
from monitors.services.address import parallel_outcome
from monitors.services.listing import ListMonitors
from monitors.services.ports import AccountStore, IntentStore, MonitorMover, ThreadIndex


@dataclass(frozen=True, slots=True)
class FollowChannel:
    accounts: AccountStore
    monitors: ListMonitors
    gateway: MonitorMover
    threads: ThreadIndex
    intents: IntentStore

    async def run(self, intent: Intent) -> Outcome:
        """One attempt; monitors that an earlier one moved are passed over."""
        change = decode(ChannelChange, intent.argument)
        try:
            await self._move_all(change)
        except ParallelError as error:
            outcome = parallel_outcome(error)
            if isinstance(outcome, RetryAfter):
                return outcome
        await self.intents.finish(intent.intent_id)
        return Delivered()

    async def _move_all(self, change: ChannelChange) -> None:
        account = await self.accounts.for_workspace(change.workspace)
        if account is None:
            return
        for monitor in await self.monitors.monitors_of(change.workspace) or ():
            home = monitor.home
            if home is None or home.thread.channel != change.old_channel:
                continue
            moved = _in(home, change.new_channel)
            await self.gateway.move(account, monitor, moved)
            await self.threads.forget(change.workspace, monitor.monitor_id, home.thread)
            await self.threads.remember(change.workspace, monitor.monitor_id, moved.thread)


def _in(home: MonitorHome, channel: str) -> MonitorHome:
    return replace(home, thread=ThreadRef(channel, home.thread.ts))
