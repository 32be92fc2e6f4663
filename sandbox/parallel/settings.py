"""How the stand-in is set up, and what of it may be changed while it runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

KeyReading = Literal["raw", "base64"]
GroupField = Literal["monitor_group_id", "event_group_id", "both"]


class AccountSeed(BaseModel):
    """An account that is there from the start, and again after a reset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=100)]
    api_key: Annotated[str, Field(min_length=1, max_length=200)]
    webhook_secret: Annotated[str, Field(min_length=1, max_length=200)]
    key_reading: KeyReading = "raw"


class ParallelSettings(BaseModel):
    """What the public sources leave open is a setting, so that the app can be tried with either."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accounts: tuple[AccountSeed, ...] = ()
    finding_probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How likely a run that nobody ordered finds something."""
    fast_finding_probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The same while the clock runs faster than the world's, if that is more."""
    creation_run: bool = True
    creation_run_seconds: Annotated[float, Field(ge=0)] = 0.05
    """From the answer of a create or a trigger to its run, on the sandbox clock."""
    task_seconds: Annotated[float, Field(ge=0)] = 12.0
    """From the answer of a Task run's create to its end, on the sandbox clock."""
    creates_per_minute: Annotated[int, Field(ge=0)] = 300
    group_field: GroupField = "monitor_group_id"
    """What a v1 event calls its execution."""
    webhook_group_field: GroupField = "event_group_id"
    """What a webhook calls it."""
    alpha_list_shape: Literal["array", "monitors"] = "array"
    """Whether `GET /v1alpha/monitors` answers with a bare list or with `{"monitors": [...]}`."""
