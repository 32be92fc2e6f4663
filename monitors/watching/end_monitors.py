"""Cancels all monitors of one workspace on one account, at Parallel and then in Slack."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from monitors.blocks.card import card_message
from monitors.blocks.notices import note_message
from monitors.delivery.cursor import knows, new_groups
from monitors.model import slack_errors
from monitors.model.account import ParallelAccount
from monitors.model.card import Cancelled, card_of
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.outcome import Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.texts import account_texts
from monitors.watching import tell
from monitors.watching.parts import Parts
from monitors.work.outcomes import Finished, outcome_of, retry_of

# How many in one attempt: it must take less time than a job's lease.
BATCH: Final = 8
SOON_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class EndProgress:
    """Saved before the first is cancelled, because cancelled monitors are no longer listed.

    `refused`: those that could not be cancelled. `endpoint_id` is the account's.
    """

    pending: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    endpoint_id: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """One attempt to cancel the monitors of the intent's workspace on an account.

    None without an app id, so never another app's. `by_name` is the person named in the threads;
    None if nothing can be posted any more.
    """

    parts: Parts
    intent: Intent
    account: ParallelAccount
    app_id: str | None
    by_name: str | None = None

    @property
    def workspace(self) -> Workspace:
        return self.intent.workspace

    def owns(self, monitor: Monitor) -> bool:
        return monitor.home is not None and monitor.home.is_of(self.workspace, self.app_id)

    async def running(self, but: tuple[str, ...]) -> tuple[str, ...]:
        found = await self.parts.gateway.list_monitors(self.account)
        running = (each.monitor_id for each in found if self.owns(each))
        return tuple(each for each in running if each not in but)

    async def save(self, pending: tuple[str, ...], refused: tuple[str, ...]) -> None:
        progress = EndProgress(pending, refused, self.account.endpoint_id)
        await self.parts.intents.save_progress(self.intent.intent_id, encode(progress))


async def end_monitors(now: Ending) -> Outcome:
    """RetryAfter while any are left, Done once none runs; else what could not be cancelled.

    Every step can be repeated safely.
    """
    try:
        return await _end_some(now)
    except ParallelError as error:
        return outcome_of(error)


async def _end_some(now: Ending) -> Outcome:
    progress = decode(EndProgress, now.intent.progress)
    if progress.endpoint_id not in {"", now.account.endpoint_id}:
        progress = EndProgress()
    pending, refused = progress.pending, progress.refused
    if not pending:
        pending = await now.running(refused)
        if pending:
            await now.save(pending, refused)
    batch, rest = pending[:BATCH], pending[BATCH:]
    outcomes = await asyncio.gather(*(_end(now, each) for each in batch))
    again: list[str] = []
    waits: list[float] = []
    for monitor_id, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, RetryAfter):
            again.append(monitor_id)
            waits.append(SOON_SECONDS if outcome.seconds is None else outcome.seconds)
        elif not isinstance(outcome, Done):
            refused = (*refused, monitor_id)
    # Those that have to wait go to the end, so that a slow channel doesn't hold up the others.
    left = (*rest, *again)
    if batch and not left:
        left = await now.running(refused)
    if batch:
        await now.save(left, refused)
    if left:
        is_waiting = bool(again) and len(again) == len(left)
        return RetryAfter("monitors are left", max(waits) if is_waiting else SOON_SECONDS)
    return Failed(f"{len(refused)} monitors were not cancelled") if refused else Done()


async def _end(now: Ending, monitor_id: str) -> Outcome:
    """Done even if the thread can't be told. Other outcomes, but RetryAfter: not cancelled."""
    gateway, account = now.parts.gateway, now.account
    try:
        if now.by_name is None:
            await gateway.cancel(account, monitor_id)
            return Done()
        monitor = await gateway.retrieve(account, monitor_id)
        home = monitor.home
        if home is None or not now.owns(monitor):
            return Done()
        waiting = await _waiting(now, monitor)
        if monitor.status is not MonitorStatus.CANCELLED:
            await gateway.cancel(account, monitor_id)
    except UnknownMonitorError:
        return Done()
    except ParallelError as error:
        outcome = outcome_of(error)
        if not isinstance(outcome, RetryAfter):
            structlog.get_logger("accounts").warning(
                "monitor not cancelled",
                monitor_id=monitor_id,
                is_operators=not account.team_id,
                error=type(error).__name__,
            )
        return outcome
    says = account_texts.account_unlinked if account.team_id else account_texts.account_changed
    text = says(now.by_name) + account_texts.not_posted(waiting)
    told = await _tell(now, monitor, home.thread, text)
    if not isinstance(told, RetryAfter):
        await now.parts.monitors.drop(now.workspace, monitor_id)
    return told


async def _waiting(now: Ending, monitor: Monitor) -> int:
    """How many findings wait by the monitor's policy. Raises ParallelError."""
    row = await now.parts.monitors.get(now.workspace, monitor.monitor_id)
    cursor = row.cursor if row else None
    may_hold = monitor.hold is not None or monitor.delivery.may_hold
    if cursor is None or not may_hold:
        return 0
    listed = await now.parts.gateway.events_since(
        now.account, monitor.monitor_id, is_known=lambda event: knows(cursor, event)
    )
    groups = new_groups(cursor, monitor.monitor_id, listed) or ()
    found = (event for group in groups for event in group.events)
    return sum(monitor.delivery.shows(event.confidence) for event in found)


async def _tell(now: Ending, monitor: Monitor, thread: ThreadRef, text: str) -> Outcome:
    """Mark the card, and post a note in the thread."""
    notice = Post.notice(monitor.monitor_id, "unlinked", note_message(text))
    card = card_message(card_of(monitor, Cancelled()))
    await now.parts.monitors.will_show(now.workspace, monitor.monitor_id, now.intent.intent_id)
    try:
        # The card was deleted or locked, but the thread may still accept a reply.
        await tell.redraw(now.parts, now.workspace, thread, card)
        await now.parts.posting.post(now.workspace, notice, thread=thread)
    except slack_errors.ClosedError:
        return Done()
    except slack_errors.SlackPostError as error:
        return retry_of(error)
    except Finished as finished:
        return finished.outcome
    return Done()
