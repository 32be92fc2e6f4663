"""A monitor as Parallel stores it, and the request it was created from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from monitors.model.delivery_policy import AS_IT_HAPPENS, DeliveryPolicy
from monitors.model.frequency import DAILY, Frequency
from monitors.model.policy import NO_POLICY, Hold, Policy
from monitors.model.workspace import ThreadRef, Workspace

Processor = Literal["lite", "base"]

# The app's own, over the rest of its metadata (monitors.parallel.signing).
SIGNATURE: Final = "signature"


class MonitorStatus(StrEnum):
    ACTIVE = "active"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class MonitorSpec:
    """The query as the person typed it, and the options.

    `fields` come with each finding, or, with `tracks`, only their changes are reported; that begins
    with `baseline`, the id of a completed Task run.
    """

    query: str
    frequency: Frequency = DAILY
    processor: Processor = "lite"
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None
    backfill: bool = False
    delivery: DeliveryPolicy = AS_IT_HAPPENS
    fields: tuple[str, ...] = ()
    tracks: bool = False
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class MonitorHome:
    """Our metadata on a monitor: enough to find its thread without a database."""

    thread: ThreadRef
    team_id: str
    app_id: str
    user_id: str
    policy: Policy = NO_POLICY

    @property
    def workspace(self) -> Workspace:
        """The thread's workspace; its organisation, if any, is stored in the policy."""
        return Workspace(self.team_id, self.policy.enterprise_id or None)

    def is_of(self, workspace: Workspace, app_id: str | None) -> bool:
        """Whether it is that workspace's, made by that app."""
        return (self.team_id, self.app_id) == (workspace.team_id, app_id)

    @property
    def owners(self) -> tuple[str, ...]:
        """Who made it, and the co-owner, if there is one."""
        return tuple(filter(None, (self.user_id, self.policy.co_owner)))

    def to_metadata(self) -> dict[str, str]:
        """Keys have at most 16 characters, and other systems rely on their names."""
        return {
            "slack_thread_id": self.thread.ts,
            "slack_channel_id": self.thread.channel,
            "slack_team_id": self.team_id,
            "slack_app_id": self.app_id,
            "user_id": self.user_id,
            "policy": self.policy.to_json(),
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str] | None) -> "MonitorHome | None":
        """None if the metadata doesn't name a thread of ours: then the monitor isn't ours.

        A person's id in the channel's place would send them a direct message.
        """
        values = metadata or {}
        needed = [values.get(key, "") for key in _NEEDED]
        if not all(needed):
            return None
        ts, channel, team_id, app_id = needed
        user_id = values.get("user_id", "")
        if _CHANNEL.fullmatch(channel) is None or _USER.fullmatch(user_id) is None:
            return None
        return cls(
            thread=ThreadRef(channel, ts),
            team_id=team_id,
            app_id=app_id,
            user_id=user_id,
            policy=_policy_of(values),
        )


def _policy_of(values: Mapping[str, str]) -> Policy:
    """Who may do what is believed only of what was signed."""
    policy = Policy.from_json(values.get("policy", "{}"))
    return policy if SIGNATURE in values else replace(policy, co_owner="")


_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]+")
_USER: Final = re.compile(r"([UW][A-Z0-9]+)?")
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
    fields: tuple[str, ...] = ()

    @property
    def home(self) -> MonitorHome | None:
        return MonitorHome.from_metadata(self.metadata)

    @property
    def is_snapshot(self) -> bool:
        """It compares a task's results: of its settings, Parallel changes none."""
        return self.kind == "snapshot"

    @property
    def is_signed(self) -> bool:
        """By the app: the gateway leaves no metadata with another signature."""
        return SIGNATURE in self.metadata

    @property
    def hold(self) -> Hold | None:
        """Paused or snoozed, if it is; one that is over counts until the app has noticed."""
        home = self.home
        return home.policy.hold if home else None

    @property
    def delivery(self) -> DeliveryPolicy:
        home = self.home
        return home.policy.delivery if home else AS_IT_HAPPENS

    @property
    def frequency_when_on(self) -> str:
        """How often it checks, or will once it is resumed."""
        hold = self.hold
        return (hold and hold.frequency) or self.frequency
