"""A monitor as Parallel keeps it, and what a person asked for when it was made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, cast

from monitors.model.frequency import DAILY, Frequency
from monitors.model.workspace import ThreadRef, Workspace

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

    @property
    def workspace(self) -> Workspace:
        """The thread's workspace; its organisation, where it has one, is kept in the policy."""
        return Workspace(self.team_id, _enterprise_in(self.policy))

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


def policy_of(workspace: Workspace) -> str:
    """The policy of a new monitor: what a thread's rebuilding needs beside the other keys."""
    if workspace.enterprise_id is None:
        return "{}"
    return json.dumps({"enterprise_id": workspace.enterprise_id}, separators=(",", ":"))


def _enterprise_in(policy: str) -> str | None:
    """None for whatever is no such JSON: metadata can be changed by whoever has the key."""
    try:
        found: object = json.loads(policy)
    except (ValueError, RecursionError):
        return None
    value = (
        cast("dict[str, object]", found).get("enterprise_id") if isinstance(found, dict) else None
    )
    return value if isinstance(value, str) and value else None


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
