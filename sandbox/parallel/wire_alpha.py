"""What `/v1alpha/monitors` accepts."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sandbox.parallel.fields import (
    Body,
    Cadence,
    EventType,
    Frequency,
    JsonSchema,
    Metadata,
    Query,
    SourcePolicy,
    Webhook,
)
from sandbox.parallel.wire_v1 import QueryString

CADENCES: dict[Cadence, str] = {
    "hourly": "1h",
    "daily": "1d",
    "weekly": "1w",
    "every_two_weeks": "2w",
}


class CreateAlphaMonitor(Body):
    """Both documented forms: the older says `cadence` where the newer says `frequency`."""

    query: Query
    webhook: Webhook | None = None
    metadata: Metadata | None = None
    output_schema: JsonSchema | None = None
    include_backfill: bool = False
    source_policy: SourcePolicy | None = None
    frequency: Frequency | None = None
    cadence: Cadence | None = None

    @model_validator(mode="after")
    def _one_schedule(self) -> Self:
        if (self.frequency is None) == (self.cadence is None):
            raise ValueError("either frequency or cadence must be given")
        return self


class UpdateAlphaMonitor(Body):
    """Null leaves a field as it is."""

    query: Query | None = None
    cadence: Cadence | None = None
    frequency: Frequency | None = None
    webhook: Webhook | None = None
    metadata: Metadata | None = None
    source_policy: SourcePolicy | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("at least one field must not be null")
        if self.frequency is not None and self.cadence is not None:
            raise ValueError("either frequency or cadence, not both")
        return self


class ListAlphaMonitors(QueryString):
    monitor_id: str | None = None
    limit: Annotated[int, Field(ge=1, le=10000)] | None = None


class ListAlphaMonitorsPaged(QueryString):
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=10000)] = 100


class ListAlphaEvents(QueryString):
    lookback_period: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[dw]$")] = "10d"


class SimulateEvent(QueryString):
    event_type: EventType = "monitor.event.detected"
