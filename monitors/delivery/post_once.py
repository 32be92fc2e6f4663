"""Posting one part once: the ledger first, then Slack, then the ledger again.

A part that may or may not have been posted (crash, time-out, reset, 5xx) is looked for in the
thread, by its mark, before it is posted again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from monitors.model.ledger import LedgerKey, LedgerRow, PostState
from monitors.model.message import Message
from monitors.model.outcome import Attempt, Done, Failed, Outcome, RetryAfter
from monitors.model.slack_errors import (
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
)
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import Ledger, PostLimits, ThreadPoster
from monitors.work.outcomes import retry_of

# Another attempt's post under way ends, or counts as crashed, within this time.
UNDER_WAY_SECONDS: Final = 5.0
# Slack dates messages by its own clock.
CLOCKS_APART: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Part:
    """One message of what is to be posted, and how many it is one of."""

    key: LedgerKey
    parts: int
    message: Message


@dataclass(frozen=True, slots=True)
class _Place:
    """A thread, or a channel where `ts` is None; there it is looked for from `since` on."""

    channel: str
    ts: str | None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostOnce:
    """Posts parts so that each stands in its thread exactly once."""

    ledger: Ledger
    poster: ThreadPoster
    limits: PostLimits

    async def post(
        self, workspace: Workspace, part: Part, *, thread: ThreadRef, attempt: Attempt
    ) -> Outcome:
        """Done once the part stands in the thread, now or since an earlier try.

        Raises DeadDestinationError and DeadInstallationError: what they concern is more than this
        part.
        """
        place = _Place(thread.channel, thread.ts)
        posted = await self._post(workspace, part, place, attempt)
        return Done() if isinstance(posted, LedgerRow) else posted

    async def begin(
        self,
        workspace: Workspace,
        part: Part,
        *,
        channel: str,
        since: datetime,
        attempt: Attempt,
    ) -> ThreadRef | Outcome:
        """Post a message that begins a thread: the thread, once it stands there.

        After an earlier call it is the thread of that one, whatever its channel was. `since` is
        before any try. Raises as `post`.
        """
        place = _Place(channel, None, since - CLOCKS_APART)
        posted = await self._post(workspace, part, place, attempt)
        if not isinstance(posted, LedgerRow):
            return posted
        if posted.ts is None:
            return Failed("slack: the message was refused")
        return ThreadRef(posted.channel or channel, posted.ts)

    async def _post(
        self, workspace: Workspace, part: Part, place: _Place, attempt: Attempt
    ) -> LedgerRow | RetryAfter | Failed:
        key, channel = part.key, place.channel
        before = await self.ledger.posting(workspace, key, parts=part.parts, channel=channel)
        match before.state:
            case PostState.POSTED | PostState.DEAD:
                return before
            case PostState.POSTING:
                return RetryAfter("another attempt may be posting it", UNDER_WAY_SECONDS)
            case PostState.NEW | PostState.UNCERTAIN:
                pass
        # Only now: a part that stands there already must not use up the place of the next.
        wait = await self.limits.wait_seconds(workspace, channel)
        if wait > 0:
            await self._give_back(workspace, key, before.state)
            return RetryAfter("one message a second per channel", wait)
        try:
            ts = None
            if before.state is PostState.UNCERTAIN:
                ts = await self._look(workspace, key, place, attempt=attempt)
            if ts is None:
                ts = await self._send(workspace, part, place)
        except BadMessageError as error:
            await self.ledger.keep(workspace, key, PostState.DEAD)
            return Failed(f"slack: {error.code}", alone=True)
        except SlackPostError as error:
            await self._refused(workspace, key, before.state, error)
            if isinstance(error, DeadDestinationError | DeadInstallationError):
                raise
            return retry_of(error)
        await self.ledger.keep(workspace, key, PostState.POSTED, ts=ts)
        return LedgerRow(key, PostState.POSTED, channel, ts)

    async def _look(
        self, workspace: Workspace, key: LedgerKey, place: _Place, *, attempt: Attempt
    ) -> str | None:
        """The part's ts if it stands there.

        Where Slack will not let us look, the last attempt posts rather than loses.
        """
        try:
            return await self.poster.find(
                workspace, place.channel, thread_ts=place.ts, mark=key.mark, since=place.since
            )
        except SlackPostError:
            if attempt.is_last:
                return None
            raise

    async def _send(self, workspace: Workspace, part: Part, place: _Place) -> str:
        channel, ts, mark = place.channel, place.ts, part.key.mark
        try:
            return await self.poster.post(workspace, channel, part.message, thread_ts=ts, mark=mark)
        except BadMessageError:
            # Blocks that Slack will not take are our mistake; the words must arrive all the same.
            plain = Message(text=part.message.text)
            return await self.poster.post(workspace, channel, plain, thread_ts=ts, mark=mark)

    async def _give_back(self, workspace: Workspace, key: LedgerKey, before: PostState) -> None:
        """As it stood before: nothing was sent."""
        if before is PostState.UNCERTAIN:
            await self.ledger.keep(workspace, key, PostState.UNCERTAIN)
        else:
            await self.ledger.refused(workspace, key)

    async def _refused(
        self, workspace: Workspace, key: LedgerKey, before: PostState, error: SlackPostError
    ) -> None:
        """A part that was in doubt before stays in doubt, whatever stopped this attempt."""
        if isinstance(error, SlackBusyError) and error.retry_after_seconds:
            await self.limits.told_to_wait(workspace, error.retry_after_seconds)
        in_doubt = isinstance(error, PostUncertainError)
        await self._give_back(workspace, key, PostState.UNCERTAIN if in_doubt else before)
