"""What the stand-in remembers: accounts, monitors, executions."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.parallel.fields import JsonObject, MonitorType, Processor, Webhook, frequency_seconds
from sandbox.parallel.settings import KeyReading
from sandbox.parallel.wire_v1 import EventStreamSettings, SnapshotSettings

EXECUTIONS_KEPT = 300

Outcome = Literal["events", "completion", "error"]
Api = Literal["v1", "v1alpha"]


@dataclass(slots=True)
class Account:
    """One customer; several secrets while they are being rotated, the newest first."""

    name: str
    api_key: str
    webhook_secrets: list[str]
    key_reading: KeyReading = "raw"
    credit: bool = True
    revoked: bool = False
    creates: deque[float] = field(default_factory=deque[float])
    more_keys: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Execution:
    """One run and what came of it; `events` are v1 events that do not name their group yet."""

    group_id: str
    seq: int
    at: datetime
    outcome: Outcome
    events: tuple[JsonObject, ...] = ()
    error: str = ""


@dataclass(slots=True)
class Monitor:
    monitor_id: str
    seq: int
    account: Account
    api: Api
    frequency: str
    settings: EventStreamSettings | SnapshotSettings
    created_at: datetime
    next_run_at: float
    processor: Processor = "lite"
    webhook: Webhook | None = None
    metadata: dict[str, str] | None = None
    active: bool = True
    deleted: bool = False
    """Ended through v1alpha, which then no longer shows it."""
    last_run_at: datetime | None = None
    baseline: "TaskRun | None" = None
    """The Task run that a snapshot monitor was made from."""
    snapshot: JsonObject = field(default_factory=JsonObject)
    executions: deque[Execution] = field(
        default_factory=lambda: deque[Execution](maxlen=EXECUTIONS_KEPT)
    )
    simulated: dict[str, Execution] = field(default_factory=dict[str, Execution])
    runs: int = 0
    found: int = 0

    @property
    def type(self) -> MonitorType:
        return "snapshot" if isinstance(self.settings, SnapshotSettings) else "event_stream"

    @property
    def query(self) -> str:
        if isinstance(self.settings, SnapshotSettings):
            return self.baseline.input if self.baseline else ""
        return self.settings.query

    @property
    def every_seconds(self) -> int:
        return frequency_seconds(self.frequency)

    def execution(self, group_id: str) -> Execution | None:
        for execution in self.executions:
            if execution.group_id == group_id:
                return execution
        return self.simulated.get(group_id)


@dataclass(slots=True)
class TaskRun:
    """`is_ordered`: a test says how it goes on."""

    run_id: str
    account: Account
    input: str
    processor: str
    created_at: datetime
    modified_at: datetime
    schema: JsonObject | None = None
    previous: str | None = None
    metadata: dict[str, str | float | bool] | None = None
    status: str = "queued"
    output: JsonObject | None = None
    error: str = ""
    is_ordered: bool = False

    @property
    def properties(self) -> JsonObject:
        found = self.schema.get("properties") if self.schema else None
        return found if isinstance(found, dict) else {}

    @property
    def fields(self) -> JsonObject:
        """What came of it, by field; a text is one field."""
        content = self.output.get("content") if self.output else None
        return dict(content) if isinstance(content, dict) else {"output": content}
