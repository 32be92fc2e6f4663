"""The record of what was posted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitors.model.message import Message


class PostState(StrEnum):
    """The state of a message.

    POSTING: an attempt is posting it, or was and it isn't known how that ended. POSTED, DEAD
    (Slack refuses it for good) and LEFT_OUT (below the confidence floor) are final.
    """

    POSTING = "posting"
    POSTED = "posted"
    DEAD = "dead"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class EventPart:
    """One part of one event; parts count from 0. A notice of ours is an event with a name."""

    event_id: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class FindingsMessage:
    """A Slack message with findings, and which of them it shows."""

    message: Message
    shows: tuple[EventPart, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """One Slack message of a monitor, and what it shows. Its rows change together.

    `message_key` is the idempotency key in the message's metadata.
    """

    monitor_id: str
    shows: tuple[EventPart, ...]
    message: Message
    message_key: str

    @classmethod
    def notice(cls, monitor_id: str, name: str, message: Message) -> "Post":
        """A message of the app's own, posted once per name."""
        return cls(monitor_id, (EventPart(name),), message, f"{monitor_id}/{name}/0")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One recorded part; `ts` once posted.

    A POSTING row was written at `changed_at`; no attempt may take it over before `not_before`.
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
