"""Posting one message once: the ledger first, then Slack, then the ledger again.

If it is not known whether a message was posted (crash, time-out, reset, 5xx), no attempt may take
it until Slack can no longer carry out the call. Then one looks for it in its thread before posting
again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from monitors.delivery.ledger import Ledger, Taken
from monitors.model.clock import Clock
from monitors.model.ledger import LedgerRow, Post
from monitors.model.outcome import Done, Failed, RetryAfter
from monitors.model.slack_errors import (
    REFUSALS,
    BadMessageError,
    ClosedError,
    DeadDestinationError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
)
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import Limits, ThreadPoster
from monitors.storage.statements import Write
from monitors.work.outcomes import Finished, retry_of

# By then another attempt's post has ended, or counts as crashed.
UNDER_WAY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class PostTimes:
    """How long a call to Slack can take, and how long afterwards Slack may still carry it out.

    A message that was looked for in vain `doubt` after it was taken, and is again, is posted even
    if the place can't be read: a duplicate beats a loss.
    """

    call: timedelta = timedelta(seconds=10)
    late: timedelta = timedelta(seconds=15)
    doubt: timedelta = timedelta(days=1)


POST_TIMES: Final = PostTimes()


@dataclass(frozen=True, slots=True)
class Place:
    """A thread, or a channel if `ts` is None."""

    channel: str
    ts: str | None

    @classmethod
    def of(cls, thread: ThreadRef) -> "Place":
        return cls(thread.channel, thread.ts)


@dataclass(frozen=True, slots=True)
class PostOnce:
    """Posts each message exactly once.

    Raises ClosedError, because it concerns more than one message. What posts a notice raises
    Finished, too, if it is to be tried again.
    """

    ledger: Ledger
    poster: ThreadPoster
    limits: Limits
    clock: Clock
    times: PostTimes = POST_TIMES

    async def post(self, workspace: Workspace, post: Post, *, thread: ThreadRef) -> Done | Failed:
        """Done: the message is in the thread, from this attempt or an earlier one."""
        posted = await self._once(workspace, post, Place.of(thread))
        return posted if isinstance(posted, Failed) else Done()

    async def begin(self, workspace: Workspace, post: Post, *, channel: str) -> ThreadRef | Failed:
        """Post a message that begins a thread; returns the thread.

        If an earlier call posted it, returns that thread, even if it is in another channel.
        """
        posted = await self._once(workspace, post, Place(channel, None))
        if not isinstance(posted, LedgerRow):
            return posted
        if posted.ts is None:
            return Failed("slack: the message was refused")
        return ThreadRef(posted.channel or channel, posted.ts)

    async def direct(self, workspace: Workspace, user_id: str, post: Post) -> Done | Failed:
        """Done: the person has the direct message. Raises any SlackPostError."""
        channel = await self.poster.open_direct(workspace, user_id)
        posted = await self.begin(workspace, post, channel=channel)
        return posted if isinstance(posted, Failed) else Done()

    async def tell(self, workspace: Workspace, user_id: str, post: Post) -> Done | Failed:
        """The same, and Done where the person has left, or takes no messages."""
        try:
            return await self.direct(workspace, user_id, post)
        except REFUSALS as error:
            structlog.get_logger("notify").warning("person not told", code=error.code)
            return Done()

    async def _once(
        self, workspace: Workspace, post: Post, place: Place
    ) -> ThreadRef | LedgerRow | Failed:
        while True:
            event_ids = [part.event_id for part in post.shows]
            rows = list((await self.ledger.rows(workspace, post.monitor_id, event_ids)).values())
            if not rows:
                posted = await self.try_post(workspace, post, place)
                if isinstance(posted, RetryAfter):
                    raise Finished(posted)
                if posted is not None:
                    return posted
            elif in_doubt := [row for row in rows if not row.is_final]:
                waits = await self.settle(workspace, post.monitor_id, in_doubt, place)
                if waits is not None:
                    raise Finished(waits)
            else:
                return rows[0]

    async def try_post(
        self,
        workspace: Workspace,
        post: Post,
        place: Place,
        *,
        also: Write | None = None,
        unless: str | None = None,
    ) -> ThreadRef | RetryAfter | Failed | None:
        """Post a message that is not in the ledger yet; None if any of it is.

        `also` is written in the transaction that records it as posted; `unless` is as in
        `Ledger.take`.
        """
        ledger, key, now = self.ledger, post.message_key, self.clock.now()
        mine = Taken(workspace, post.monitor_id, key, now + self.times.call + self.times.late)
        if not await ledger.take(mine, post, channel=place.channel, at=now, unless=unless):
            return None
        # Only after taking it: several attempts at one message must use up only one place.
        wait = await self.limits.wait_seconds(workspace, place.channel)
        if wait > 0:
            await ledger.release(mine)
            return RetryAfter("posts to Slack take turns", wait, by_any=True)
        try:
            ts = await self._send(workspace, post, place)
        except BadMessageError as error:
            await ledger.dead(mine)
            return Failed(f"slack: {error.code}", alone=True)
        except PostUncertainError as error:
            late = self.times.late
            await ledger.postpone(mine, not_before=self.clock.now() + late)
            return RetryAfter(f"slack: {error.code}", late.total_seconds())
        except SlackPostError as error:
            await ledger.release(mine)
            if isinstance(error, ClosedError):
                raise
            return await self._retry(workspace, error)
        await ledger.posted(mine, ts=ts, also=also)
        return ThreadRef(place.channel, ts)

    async def settle(
        self,
        workspace: Workspace,
        monitor_id: str,
        in_doubt: Sequence[LedgerRow],
        place: Place,
    ) -> RetryAfter | None:
        """Find out whether messages were posted; None once the ledger knows.

        Those that were not posted are released, to be posted again.
        """
        for row in {row.message_key: row for row in in_doubt}.values():
            now = self.clock.now()
            if now < row.not_before:
                return RetryAfter("it may be posted yet", self._wait(row), by_any=True)
            until = now + self.times.call + self.times.late
            mine = Taken(workspace, monitor_id, row.message_key, until)
            if not await self.ledger.take_over(mine, row):
                return None
            try:
                ts = await self._look(workspace, row, place)
            except SlackPostError as error:
                await self.ledger.postpone(mine, not_before=self.clock.now())
                if isinstance(error, ClosedError):
                    raise
                return retry_of(error)
            if ts is None:
                await self.ledger.release(mine)
            else:
                await self.ledger.posted(mine, ts=ts)
        return None

    def _wait(self, row: LedgerRow) -> float:
        """Try again soon: a call in progress ends long before it counts as crashed."""
        now = self.clock.now()
        seconds = (row.not_before - now).total_seconds()
        is_under_way = now < row.changed_at + self.times.call and (
            row.not_before >= row.changed_at + self.times.call + self.times.late
        )
        return min(seconds, UNDER_WAY_SECONDS) if is_under_way else seconds

    async def _look(self, workspace: Workspace, row: LedgerRow, place: Place) -> str | None:
        """The message's ts if it is there; if it begins a thread, also where it was sent."""
        try:
            return await self.poster.find(
                workspace,
                place.channel if place.ts else row.channel or place.channel,
                thread_ts=place.ts,
                message_key=row.message_key,
                since=row.changed_at,
                sent_to=row.channel or None,
            )
        except SlackPostError:
            # `not_before` is when it was looked for last: the app may have been away for days.
            if row.not_before - row.changed_at > self.times.doubt:
                return None
            raise

    async def _send(self, workspace: Workspace, post: Post, place: Place) -> str:
        channel, ts, key, message = place.channel, place.ts, post.message_key, post.message
        try:
            return await self.poster.post(
                workspace, channel, message, thread_ts=ts, message_key=key
            )
        except DeadDestinationError as error:
            if not (message.in_channel and error.code.startswith("restricted_action")):
                raise
            # The channel may take replies only.
            instead = replace(message, in_channel=False)
        return await self.poster.post(workspace, channel, instead, thread_ts=ts, message_key=key)

    async def _retry(self, workspace: Workspace, error: SlackPostError) -> RetryAfter:
        if isinstance(error, SlackBusyError) and error.retry_after_seconds:
            await self.limits.told_to_wait(workspace, error.retry_after_seconds)
        return retry_of(error)
