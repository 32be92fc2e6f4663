"""What happens to channels: the app may post in them again, or Slack gave one another id."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from monitors.delivery.address import Addressed, check_address
from monitors.delivery.asking import ask_delivery
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import RefusedError, UnknownMonitorError
from monitors.model.requests import ChannelChanged, ChannelUnblocked, Installed
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import Workspace
from monitors.watching import first_contact, move
from monitors.watching.locate import monitors_on
from monitors.watching.parts import Parts
from monitors.work.intents import request_of


async def back(parts: Parts, workspace: Workspace, channel: str, *, event_id: str) -> None:
    """The app may post there again. Raises StoreDownError: then Slack is to say it again."""
    if await parts.monitors.is_any_suspended(workspace, channel):
        request = ChannelUnblocked(workspace, channel)
        await parts.submit_intent(IntentKind.CHANNEL_UNBLOCKED, request, intent_id=event_id)


async def unblocked(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """Monitors whose threads in a channel were closed are tried at once."""
    request = request_of(intent, ChannelUnblocked)
    await _let_try(parts, request.workspace, channel=request.channel)
    return Done()


async def changed(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """Every monitor of a channel is told its new id; the thread's ts stays as it is.

    A second run finds what the first one left.
    """
    request = request_of(intent, ChannelChanged)
    for addressed in await _of(parts, request.workspace, channel=request.old):
        # Cancelled a moment ago, it posts nothing more, wherever its thread is.
        with suppress(RefusedError, UnknownMonitorError):
            thread = replace(addressed.home.thread, channel=request.new)
            await move.rename(parts, addressed, thread)
    return Done()


async def was_installed(parts: Parts, workspace: Workspace) -> None:
    """Write it down. Raises StoreDownError."""
    at = parts.clock.now().isoformat()
    intent_id = f"installed:{workspace.team_id}:{at}"
    await parts.submit_intent(IntentKind.INSTALLED, Installed(workspace), intent_id=intent_id)


async def installed(parts: Parts, intent: Intent, _attempt: Attempt) -> Outcome:
    """After an install the app is heard and speaks again where monitors live.

    An uninstall took it out of every channel, and replies are heard by members only.
    """
    workspace = request_of(intent, Installed).workspace
    welcomed = await first_contact.welcome(parts, workspace)
    monitors = await _of(parts, workspace)
    for channel in dict.fromkeys(each.home.thread.channel for each in monitors):
        # Where that is not allowed, the next post finds out, and the owner is told.
        with suppress(*REFUSALS):
            await parts.poster.join(workspace, channel)
    now = await _let_try(parts, workspace, channel=None)
    for each in monitors:
        endpoint_id, monitor_id = each.account.endpoint_id, each.monitor.monitor_id
        await ask_delivery(parts.queue, endpoint_id, monitor_id, changed_at=now)
    return welcomed


async def _let_try(parts: Parts, workspace: Workspace, *, channel: str | None) -> datetime:
    """Those of one channel, or all; returns when."""
    now = parts.clock.now()
    for row in await parts.monitors.let_try(workspace, channel=channel, at=now):
        await ask_delivery(parts.queue, row.endpoint_id, row.monitor_id, changed_at=now)
    return now


async def _of(parts: Parts, workspace: Workspace, *, channel: str | None = None) -> list[Addressed]:
    """The workspace's monitors in one channel, or all. Raises ParallelError."""
    found: list[Addressed] = []
    account = await parts.accounts.for_workspace(workspace)
    if account is None:
        return found
    for monitor in await monitors_on(parts, account, workspace):
        if monitor.home is None or channel not in {None, monitor.home.thread.channel}:
            continue
        addressed = await check_address(parts, account, monitor)
        if addressed is not None:
            found.append(addressed)
    return found
