"""What `/v1/tasks/runs` accepts."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from sandbox.parallel.fields import Body, Country, JsonObject, SourcePolicy
from sandbox.parallel.wire_v1 import QueryString

PROCESSORS = frozenset(
    f"{processor}{pace}"
    for processor in ("lite", "base", "core", "core2x", "pro", "ultra", "ultra2x", "ultra4x")
    for pace in ("", "-fast")
) | {"ultra8x", "ultra8x-fast"}

Metadata = dict[
    Annotated[str, Field(min_length=1, max_length=16)],
    Annotated[str, Field(max_length=512)] | float | bool,
]


class JsonOutput(Body):
    """A subset of JSON Schema: an object, whose properties each say what they are."""

    json_schema: JsonObject
    type: Literal["json"] = "json"

    @model_validator(mode="after")
    def _is_an_object(self) -> Self:
        properties = self.json_schema.get("properties")
        if self.json_schema.get("type") != "object" or not isinstance(properties, dict):
            raise ValueError("the output schema's root must be an object with properties")
        for name, each in properties.items():
            if not isinstance(each, dict) or not each.keys() & {"type", "enum", "anyOf", "$ref"}:
                raise ValueError(f"the property {name} has no type")
        required = self.json_schema.get("required", [])
        if (
            not isinstance(required, list)
            or not properties
            or set(map(str, required)) - {*properties}
        ):
            raise ValueError("the output schema needs properties, and those that are required")
        return self


class TextOutput(Body):
    type: Literal["text"]
    description: str | None = None


class AutoOutput(Body):
    type: Literal["auto"]


class TaskSpec(Body):
    output_schema: JsonOutput | TextOutput | AutoOutput | str
    input_schema: JsonOutput | TextOutput | str | None = None


class TaskSettings(Body):
    location: Country | None = None
    data_sources: JsonObject | None = None


class CreateTask(Body):
    input: Annotated[str, Field(min_length=1)] | JsonObject
    processor: str
    task_spec: TaskSpec | None = None
    previous_interaction_id: str | None = None
    metadata: Metadata | None = None
    source_policy: SourcePolicy | None = None
    advanced_settings: TaskSettings | None = None
    enable_events: bool | None = None
    mcp_servers: list[JsonValue] | None = None
    memory_scope_key: str | None = None
    webhook: JsonObject | None = None


class AwaitResult(QueryString):
    timeout: Annotated[int, Field(ge=1)] = 600
