"""Cancels all monitors of one workspace on one account, at Parallel and then in Slack."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from monitors.blocks.card import card_message
from monitors.blocks.notices import note_message
from monitors.delivery.cursor import knows, new_groups
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.model.account import ParallelAccount
from monitors.model.card import Cancelled, card_of
from monitors.model.codec import decode, encode
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError, UnknownMonitorError
from monitors.model.slack_errors import (
    DeadDestinationError,
    DeadInstallationError,
    SlackPostError,
)
from monitors.model.workspace import Workspace
from monitors.ports import MonitorGateway
from monitors.texts import account_texts
from monitors.watching.tell import Tell
from monitors.work.intent_store import SqlIntents
from monitors.work.outcomes import outcome_of, retry_of

# How many in one attempt: it must take less time than a job's lease.
BATCH: Final = 8
SOON_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Whose:
    """The monitors to cancel; none without an app id, so never another app's.

    `by_name` is the person named in the threads; None if nothing can be posted any more.
    """

    workspace: Workspace
    app_id: str | None
    by_name: str | None = None

    def owns(self, monitor: Monitor) -> bool:
        return monitor.home is not None and monitor.home.is_of(self.workspace, self.app_id)


@dataclass(frozen=True, slots=True)
class EndProgress:
    """Saved before the first is cancelled, because cancelled monitors are no longer listed.

    `refused`: those that could not be cancelled. `endpoint_id` is the account's.
    """

    pending: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    endpoint_id: str = ""


@dataclass(frozen=True, slots=True)
class EndMonitors:
    """Every step can be repeated safely."""

    gateway: MonitorGateway
    intents: SqlIntents
    tell: Tell
    posting: PostOnce
    monitors: Monitors

    async def run(
        self, intent: Intent, whose: Whose, account: ParallelAccount, *, attempt: Attempt
    ) -> Outcome:
        """RetryAfter while any are left, Done once none runs; else what could not be cancelled."""
        progress = decode(EndProgress, intent.progress)
        if progress.endpoint_id not in {"", account.endpoint_id}:
            progress = EndProgress()
        try:
            return await self._end_some(intent, whose, account, progress, attempt)
        except ParallelError as error:
            return outcome_of(error)

    async def _end_some(
        self,
        intent: Intent,
        whose: Whose,
        account: ParallelAccount,
        progress: EndProgress,
        attempt: Attempt,
    ) -> Outcome:
        pending, refused = progress.pending, progress.refused
        if not pending:
            pending = await self._running(whose, account, refused)
            if pending:
                await self._save(intent, account, pending, refused)
        batch, rest = pending[:BATCH], pending[BATCH:]
        outcomes = await asyncio.gather(
            *(self._end(whose, account, each, attempt) for each in batch)
        )
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
            left = await self._running(whose, account, refused)
        if batch:
            await self._save(intent, account, left, refused)
        if left:
            is_waiting = bool(again) and len(again) == len(left)
            return RetryAfter("monitors are left", max(waits) if is_waiting else SOON_SECONDS)
        return Failed(f"{len(refused)} monitors were not cancelled") if refused else Done()

    async def _running(
        self, whose: Whose, account: ParallelAccount, refused: tuple[str, ...]
    ) -> tuple[str, ...]:
        found = await self.gateway.list_monitors(account)
        running = (each.monitor_id for each in found if whose.owns(each))
        return tuple(each for each in running if each not in refused)

    async def _save(
        self,
        intent: Intent,
        account: ParallelAccount,
        pending: tuple[str, ...],
        refused: tuple[str, ...],
    ) -> None:
        progress = EndProgress(pending, refused, account.endpoint_id)
        await self.intents.save_progress(intent.intent_id, encode(progress))

    async def _end(
        self, whose: Whose, account: ParallelAccount, monitor_id: str, attempt: Attempt
    ) -> Outcome:
        """Done even if the thread can't be told. Other outcomes, but RetryAfter: not cancelled."""
        try:
            if whose.by_name is None:
                await self.gateway.cancel(account, monitor_id)
                return Done()
            monitor = await self.gateway.retrieve(account, monitor_id)
            home = monitor.home
            if home is None or not whose.owns(monitor):
                return Done()
            waiting = await self._waiting(whose.workspace, account, monitor)
            if monitor.status is not MonitorStatus.CANCELLED:
                await self.gateway.cancel(account, monitor_id)
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
        text = says(whose.by_name) + account_texts.not_posted(waiting)
        told = await self._tell(whose.workspace, monitor, home, text, attempt)
        if not isinstance(told, RetryAfter):
            await self.monitors.drop(whose.workspace, monitor_id)
        return told

    async def _waiting(
        self, workspace: Workspace, account: ParallelAccount, monitor: Monitor
    ) -> int:
        """How many findings wait by the monitor's policy. Raises ParallelError."""
        row = await self.monitors.get(workspace, monitor.monitor_id)
        cursor = row.cursor if row else None
        may_hold = monitor.hold is not None or monitor.delivery.may_hold
        if cursor is None or not may_hold:
            return 0
        listed = await self.gateway.events_since(
            account, monitor.monitor_id, is_known=lambda event: knows(cursor, event)
        )
        groups = new_groups(cursor, monitor.monitor_id, listed) or ()
        found = (event for group in groups for event in group.events)
        return sum(monitor.delivery.shows(event.confidence) for event in found)

    async def _tell(
        self,
        workspace: Workspace,
        monitor: Monitor,
        home: MonitorHome,
        text: str,
        attempt: Attempt,
    ) -> Outcome:
        """Mark the card, and post a note in the thread."""
        notice = Post.notice(monitor.monitor_id, "unlinked", note_message(text))
        card = card_message(card_of(monitor, Cancelled()))
        try:
            # The card was deleted or locked, but the thread may still accept a reply.
            await self.tell.redraw(workspace, home.thread, card)
            told = await self.posting.post(workspace, notice, thread=home.thread, attempt=attempt)
        except (DeadDestinationError, DeadInstallationError):
            return Done()
        except SlackPostError as error:
            return retry_of(error)
        return told if isinstance(told, RetryAfter) else Done()
