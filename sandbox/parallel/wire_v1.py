"""What `/v1/monitors` accepts."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sandbox.parallel.fields import (
    Body,
    Country,
    Frequency,
    JsonSchema,
    Metadata,
    MonitorType,
    Processor,
    Query,
    SourcePolicy,
    Webhook,
)


class QueryString(BaseModel):
    """A request's parameters: text, so numbers and truth are read out of it."""

    model_config = ConfigDict(extra="forbid")

    many: ClassVar[frozenset[str]] = frozenset()
    """The parameters that may be repeated."""


class AdvancedSettings(Body):
    source_policy: SourcePolicy | None = None
    location: Country | None = None


class EventStreamSettings(Body):
    query: Query
    output_schema: JsonSchema | None = None
    include_backfill: bool | None = None
    advanced_settings: AdvancedSettings | None = None


class SnapshotSettings(Body):
    task_run_id: Annotated[str, Field(min_length=1)]


class CreateMonitor(Body):
    type: MonitorType
    frequency: Frequency
    processor: Processor = "lite"
    webhook: Webhook | None = None
    metadata: Metadata | None = None
    settings: EventStreamSettings | SnapshotSettings

    @model_validator(mode="after")
    def _settings_of_its_type(self) -> Self:
        if isinstance(self.settings, SnapshotSettings) != (self.type == "snapshot"):
            raise ValueError(f"settings do not fit a monitor of type {self.type}")
        return self


class UpdatedSettings(Body):
    """Newer SDKs also send `query`, for minor rewording."""

    query: Query | None = None
    advanced_settings: AdvancedSettings | None = None

    @field_validator("query", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        return _refuse_null(value)


class UpdateMonitor(Body):
    """Only what is in `model_fields_set` changes; null clears `webhook` and `metadata`."""

    type: MonitorType | None = None
    frequency: Frequency | None = None
    processor: Processor | None = None
    webhook: Webhook | None = None
    metadata: Metadata | None = None
    settings: UpdatedSettings | None = None

    @field_validator("type", "frequency", "processor", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        return _refuse_null(value)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"type"}:
            raise ValueError("at least one field beside type must be given")
        if self.settings is not None and self.type != "event_stream":
            raise ValueError("settings can be updated with type event_stream only")
        return self


class ListMonitors(QueryString):
    many = frozenset({"type", "status"})

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=10000)] = 100
    type: list[MonitorType] = ["event_stream", "snapshot"]
    status: list[Literal["active", "cancelled"]] = ["active"]


class ListEvents(QueryString):
    event_group_id: str | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    include_completions: bool = False


def _refuse_null(value: object) -> object:
    if value is None:
        raise ValueError("must not be null")
    return value
