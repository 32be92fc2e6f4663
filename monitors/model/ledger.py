"""The record of what was posted, and since when a monitor's findings count."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PostState(StrEnum):
    """How far a part has come.

    NEW and UNCERTAIN are what the one attempt hears that may post it now; it must look for an
    UNCERTAIN part in the thread first. POSTING is another attempt's, under way or crashed a moment
    ago. POSTED and DEAD are final.
    """

    NEW = "new"
    POSTING = "posting"
    UNCERTAIN = "uncertain"
    POSTED = "posted"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class LedgerKey:
    """One part of one event group of one monitor. Parts count from 0."""

    monitor_id: str
    group_id: str
    part: int

    @property
    def mark(self) -> str:
        """Names the part in the message's metadata."""
        return f"{self.monitor_id}/{self.group_id}/{self.part}"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """`ts` once posted."""

    key: LedgerKey
    state: PostState
    channel: str
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """Findings after `mark` are to be posted.

    `mark` is the newest event group that needs no more looking at; None means that every finding
    counts, as for a monitor that was just made. Events carry no reliable date, so the order of
    Parallel's list is what a baseline goes by.
    """

    monitor_id: str
    endpoint_id: str
    since: datetime
    mark: str | None = None
