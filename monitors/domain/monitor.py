"""A monitor as Parallel keeps it, and what a person asked for when it was made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from monitors.domain.frequency import DAILY, Frequency
from monitors.domain.workspace import ThreadRef

Processor = Literal["lite", "base"]

METADATA_VALUE_LENGTH: Final = 512


class MonitorStatus(StrEnum):
    ACTIVE = "active"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MonitorSpec:
    """What to watch, as the person typed it, and how."""

    query: str
    frequency: Frequency = DAILY
    processor: Processor = "lite"
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class MonitorHome:
    """Our metadata on a monitor: enough to find its thread with no database at all."""

    thread: ThreadRef
    team_id: str
    app_id: str
    user_id: str
    policy: str = "{}"

    def to_metadata(self) -> dict[str, str]:
        """The metadata keys others rely on; each key is at most 16 characters."""
        return {
            "slack_thread_id": self.thread.ts,
            "slack_channel_id": self.thread.channel,
            "slack_team_id": self.team_id,
            "slack_app_id": self.app_id,
            "user_id": self.user_id,
            "policy": self.policy,
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str] | None) -> "MonitorHome | None":
        """None when the metadata names no thread of ours: such a monitor is not ours to touch."""
        values = metadata or {}
        needed = [values.get(key, "") for key in _NEEDED]
        if not all(needed):
            return None
        ts, channel, team_id, app_id = needed
        return cls(
            thread=ThreadRef(channel, ts),
            team_id=team_id,
            app_id=app_id,
            user_id=values.get("user_id", ""),
            policy=values.get("policy", "{}"),
        )


_NEEDED: Final = ("slack_thread_id", "slack_channel_id", "slack_team_id", "slack_app_id")


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor as Parallel reports it.

    `kind` and `frequency` are kept as text: an unknown value is shown, never an error.
    """

    monitor_id: str
    status: MonitorStatus
    kind: str
    query: str
    frequency: str
    processor: str
    created_at: datetime | None
    last_run_at: datetime | None
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None

    @property
    def home(self) -> MonitorHome | None:
        return MonitorHome.from_metadata(self.metadata)
