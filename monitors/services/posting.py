"""Posting one part once: the ledger first, then Slack, then the ledger again.

A part that may or may not have been posted (crash, time-out, reset, 5xx) is looked for in the
thread, by its mark, before it is posted again.
"""

from dataclasses import dataclass
from typing import Final

from monitors.domain.ledger import LedgerKey, PostState
from monitors.domain.message import Message
from monitors.domain.outcome import Attempt, Dead, Delivered, Outcome, RetryAfter
from monitors.domain.slack_errors import (
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
)
from monitors.domain.workspace import ThreadRef, Workspace
from monitors.services.ports import Ledger, PostLimits, ThreadPoster

# Another attempt's post under way ends, or counts as crashed, within this time.
UNDER_WAY_SECONDS: Final = 5.0
# A post that timed out may still be carried out by Slack: look for it after a while, not at once.
TIMED_OUT_SECONDS: Final = 15.0


def outcome_of(error: SlackPostError) -> Outcome:
    """What becomes of a job that Slack stopped."""
    if isinstance(error, DeadDestinationError | DeadInstallationError | BadMessageError):
        return Dead(f"slack: {error.code}")
    seconds = TIMED_OUT_SECONDS if error.code == "timeout" else error.retry_after_seconds
    return RetryAfter(f"slack: {error.code}", seconds)


@dataclass(frozen=True, slots=True)
class Part:
    """One message of what is to be posted, and how many it is one of."""

    key: LedgerKey
    parts: int
    message: Message


@dataclass(frozen=True, slots=True)
class PostOnce:
    """Posts parts so that each stands in its thread exactly once."""

    ledger: Ledger
    poster: ThreadPoster
    limits: PostLimits

    async def post(
        self, workspace: Workspace, part: Part, *, thread: ThreadRef, attempt: Attempt
    ) -> Outcome:
        """Delivered once the part stands in the thread, now or since an earlier try."""
        key = part.key
        before = await self.ledger.posting(workspace, key, parts=part.parts, channel=thread.channel)
        match before.state:
            case PostState.POSTED | PostState.DEAD:
                return Delivered()
            case PostState.POSTING:
                return RetryAfter("another attempt may be posting it", UNDER_WAY_SECONDS)
            case PostState.NEW | PostState.UNCERTAIN:
                pass
        # Only now: a part that stands there already must not use up the place of the next.
        wait = await self.limits.wait_seconds(workspace, thread.channel)
        if wait > 0:
            await self._give_back(workspace, key, before.state)
            return RetryAfter("one message a second per channel", wait)
        try:
            ts = None
            if before.state is PostState.UNCERTAIN:
                ts = await self._look(workspace, key, thread=thread, attempt=attempt)
            if ts is None:
                ts = await self._send(workspace, part, thread=thread)
        except BadMessageError as error:
            await self.ledger.keep(workspace, key, PostState.DEAD)
            return Dead(f"slack: {error.code}", alone=True)
        except SlackPostError as error:
            await self._refused(workspace, key, before.state, error)
            return outcome_of(error)
        await self.ledger.keep(workspace, key, PostState.POSTED, ts=ts)
        return Delivered()

    async def _look(
        self, workspace: Workspace, key: LedgerKey, *, thread: ThreadRef, attempt: Attempt
    ) -> str | None:
        """The part's ts if it stands in the thread.

        Where Slack will not let us look, the last attempt posts rather than loses.
        """
        try:
            return await self.poster.find(
                workspace, thread.channel, thread_ts=thread.ts, mark=key.mark
            )
        except SlackPostError:
            if attempt.is_last:
                return None
            raise

    async def _send(self, workspace: Workspace, part: Part, *, thread: ThreadRef) -> str:
        mark = part.key.mark
        try:
            return await self.poster.post(
                workspace, thread.channel, part.message, thread_ts=thread.ts, mark=mark
            )
        except BadMessageError:
            # Blocks that Slack will not take are our mistake; the words must arrive all the same.
            plain = Message(text=part.message.text)
            return await self.poster.post(
                workspace, thread.channel, plain, thread_ts=thread.ts, mark=mark
            )

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
