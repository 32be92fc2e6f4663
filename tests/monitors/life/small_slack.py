"""Slack in a few lines: one channel's messages, and the ways in which a call can go wrong."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from monitors.model.message import Message
from monitors.model.requests import ReplyTo
from monitors.model.slack_errors import (
    PostUncertainError,
    SlackBusyError,
    SlackUnavailableError,
)
from monitors.model.workspace import ThreadRef, Workspace
from tests.monitors.life.clock import LifeClock

CALL_SECONDS = 10
LATE_SECONDS = 5


class Trouble(StrEnum):
    """How a call ends. Of the lost ones the caller hears the same, whatever became of them."""

    BUSY = auto()
    DOWN = auto()
    LOST_BEFORE = auto()
    LOST_AFTER = auto()
    TIMED_OUT = auto()
    DONE_LATE = auto()


@dataclass
class Posted:
    ts: str
    thread_ts: str | None
    message: Message
    message_key: str


class SmallSlack:
    """`ThreadPoster`. Each call meets the next of `troubles`, if there is one."""

    def __init__(self, clock: LifeClock) -> None:
        self._clock = clock
        self._late: list[tuple[datetime, Posted]] = []
        self._count = 0
        self._messages: list[Posted] = []
        self.troubles: deque[Trouble | None] = deque()
        self.ephemerals: list[str] = []

    @property
    def messages(self) -> list[Posted]:
        """What stands in the channel by now."""
        for entry in [entry for entry in self._late if entry[0] <= self._clock.now()]:
            self._late.remove(entry)
            self._put(entry[1])
        return self._messages

    async def post(
        self,
        workspace: Workspace,
        channel: str,
        message: Message,
        *,
        thread_ts: str | None = None,
        message_key: str,
    ) -> str:
        del workspace, channel
        posted = Posted("", thread_ts, message, message_key)
        trouble = self._meet()
        if trouble in {None, Trouble.LOST_AFTER}:
            self._put(posted)
        self._answer(trouble, late=posted)
        return posted.ts

    async def find(  # noqa: PLR0913 - one search, and where a stray would be
        self,
        workspace: Workspace,
        channel: str,
        *,
        thread_ts: str | None = None,
        message_key: str,
        since: datetime | None = None,
        sent_to: str | None = None,
    ) -> str | None:
        del workspace, channel, since, sent_to
        self._answer(self._meet())
        for each in self.messages:
            if each.thread_ts == thread_ts and each.message_key == message_key:
                return each.ts
        return None

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None:
        del workspace
        trouble = self._meet()
        if trouble in {None, Trouble.LOST_AFTER}:
            (card,) = [each for each in self.messages if each.ts == thread.ts]
            card.message = message
        self._answer(trouble)

    async def join(self, workspace: Workspace, channel: str) -> None:
        del workspace, channel
        self._answer(self._meet())

    async def rejoin(self, workspace: Workspace, channel: str) -> None:
        """Nobody removes the app."""
        del workspace, channel

    async def post_ephemeral(
        self, workspace: Workspace, reply_to: ReplyTo, message: Message
    ) -> None:
        del workspace, reply_to
        self.ephemerals.append(message.text)

    def _put(self, posted: Posted) -> None:
        self._count += 1
        posted.ts = f"1700000000.{self._count:06}"
        self._messages.append(posted)

    def _meet(self) -> Trouble | None:
        return self.troubles.popleft() if self.troubles else None

    def _answer(self, trouble: Trouble | None, *, late: Posted | None = None) -> None:
        match trouble:
            case None:
                return
            case Trouble.BUSY:
                raise SlackBusyError("ratelimited", retry_after_seconds=3)
            case Trouble.DOWN:
                raise SlackUnavailableError("service_unavailable")
            case Trouble.LOST_BEFORE | Trouble.LOST_AFTER:
                raise PostUncertainError("connection_lost")
            case Trouble.TIMED_OUT | Trouble.DONE_LATE:
                self._clock.advance(CALL_SECONDS)
                if late is not None and trouble is Trouble.DONE_LATE:
                    when = self._clock.now() + timedelta(seconds=LATE_SECONDS)
                    self._late.append((when, late))
                raise PostUncertainError("timeout")
