"""A monitor as Parallel stores it, and the request it was created from."""

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
    """The query as the person typed it, and the options."""

    query: str
    frequency: Frequency = DAILY
    processor: Processor = "lite"
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class MonitorHome:
    """Our metadata on a monitor: enough to find its thread without a database."""

    thread: ThreadRef
    team_id: str
    app_id: str
    user_id: str
    policy: str = "{}"

    @property
    def workspace(self) -> Workspace:
        """The thread's workspace; its organisation, if any, is stored in the policy."""
        return Workspace(self.team_id, _enterprise_in(self.policy))

    def to_metadata(self) -> dict[str, str]:
        """Keys have at most 16 characters, and other systems rely on their names."""
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
        """None if the metadata doesn't name a thread of ours: then the monitor isn't ours."""
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
    """The policy of a new monitor: what is needed to rebuild its row, beyond the other keys."""
    if workspace.enterprise_id is None:
        return "{}"
    return json.dumps({"enterprise_id": workspace.enterprise_id}, separators=(",", ":"))


def _enterprise_in(policy: str) -> str | None:
    """None if it isn't such JSON: anyone with the account's key can change metadata."""
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

    `kind` and `frequency` are text: an unknown value is shown, and is never an error.
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
