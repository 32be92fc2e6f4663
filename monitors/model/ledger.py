"""The record of what was posted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitors.model.message import Message


class PostState(StrEnum):
    """How far a message has come.

    POSTING: an attempt is at it, or was, and nobody knows how it ended. POSTED and DEAD (Slack
    refuses it for good) are final.
    """

    POSTING = "posting"
    POSTED = "posted"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class EventPart:
    """One part of one event; parts count from 0. A notice of ours is an event with a name."""

    event_id: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class FindingsMessage:
    """Findings drawn for Slack, and what of them the message shows."""

    message: Message
    shows: tuple[EventPart, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """One Slack message of a monitor, and what it shows. Its rows are taken and recorded together.

    `message_key` is the idempotency key in the message's metadata.
    """

    monitor_id: str
    shows: tuple[EventPart, ...]
    message: Message
    message_key: str

    @classmethod
    def notice(cls, monitor_id: str, name: str, message: Message) -> "Post":
        """A message of our own words, posted once under its name."""
        return cls(monitor_id, (EventPart(name),), message, f"{monitor_id}/{name}/0")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One part as recorded; `ts` once posted.

    A POSTING row was written at `changed_at`, and is nobody's before `not_before`.
    """

    shows: EventPart
    state: PostState
    channel: str
    message_key: str
    changed_at: datetime
    not_before: datetime
    ts: str | None = None

    @property
    def is_final(self) -> bool:
        return self.state is not PostState.POSTING
