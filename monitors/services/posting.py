"""Posting one part once: the ledger first, then Slack, then the ledger again.

A row found `posting` is ambiguous (crash, time-out, reset, 5xx): the thread itself is asked for
the part's mark before it is posted again.
"""

from dataclasses import dataclass

from monitors.domain.ledger import LedgerKey, PostState
from monitors.domain.message import Message
from monitors.domain.outcome import Dead, Delivered, Outcome, RetryAfter
from monitors.domain.slack_errors import (
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    PostUncertainError,
    SlackPostError,
)
from monitors.domain.workspace import ThreadRef, Workspace
from monitors.services.ports import Ledger, ThreadPoster


def outcome_of(error: SlackPostError) -> Outcome:
    """What becomes of a job that Slack stopped."""
    if isinstance(error, DeadDestinationError | DeadInstallationError | BadMessageError):
        return Dead(f"slack: {error.code}")
    return RetryAfter(f"slack: {error.code}", error.retry_after_seconds)


@dataclass(frozen=True, slots=True)
class PostOnce:
    """Posts parts so that each stands in its thread exactly once."""

    ledger: Ledger
    poster: ThreadPoster

    async def post(
        self, workspace: Workspace, key: LedgerKey, *, thread: ThreadRef, message: Message
    ) -> Outcome:
        """Delivered once the part stands in the thread, now or since an earlier try."""
        before = await self.ledger.posting(workspace, key, channel=thread.channel)
        if before.state is PostState.POSTED:
            return Delivered()
        try:
            ts = None
            if before.state is PostState.POSTING:
                ts = await self.poster.find(
                    workspace, thread.channel, thread_ts=thread.ts, mark=key.mark
                )
            if ts is None:
                ts = await self._send(workspace, key, thread=thread, message=message)
        except PostUncertainError as error:
            return outcome_of(error)
        except SlackPostError as error:
            if before.state is PostState.NEW:
                await self.ledger.refused(workspace, key)
            return outcome_of(error)
        await self.ledger.posted(workspace, key, ts=ts)
        return Delivered()

    async def _send(
        self, workspace: Workspace, key: LedgerKey, *, thread: ThreadRef, message: Message
    ) -> str:
        try:
            return await self.poster.post(
                workspace, thread.channel, message, thread_ts=thread.ts, mark=key.mark
            )
        except BadMessageError:
            # Blocks that Slack will not take are our mistake; the words must arrive all the same.
            plain = Message(text=message.text)
            return await self.poster.post(
                workspace, thread.channel, plain, thread_ts=thread.ts, mark=key.mark
            )
