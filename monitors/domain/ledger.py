"""The record of what was posted, and since when a monitor's findings count."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PostState(StrEnum):
    NEW = "new"
    POSTING = "posting"
    POSTED = "posted"


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
    """Findings from `since` on are to be posted."""

    monitor_id: str
    endpoint_id: str
    since: datetime
