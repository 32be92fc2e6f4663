"""Parallel's answers, from bytes to values. The models accept what they can read and skip the rest.

That covers v1 and v1alpha, documented and older names, and null instead of an object. An odd field
costs only that field, an odd entry only that entry. Only an id is required.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from monitors.model.json_text import UnreadableError, json_of

_Value = TypeVar("_Value")

MONITOR_LISTS: Final = ("monitors", "data")
_YEARS: Final = range(1970, 3000)
EVENT_LISTS: Final = ("events", "data")


def _none_if_odd(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    try:
        return handler(value)
    except ValidationError:
        return None


def _with_zone(at: datetime) -> datetime:
    """Raises ValueError for one so odd that nothing can be added to it, or taken away."""
    if at.year not in _YEARS:
        raise ValueError("a year of nobody's monitors")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _only_texts(value: object) -> object:
    """The text and number values of a mapping; empty for anything else."""
    if not isinstance(value, dict):
        return {}
    pairs: dict[object, object] = {**value}
    return {
        str(key): str(item)
        for key, item in pairs.items()
        if isinstance(item, str | int | float) and not isinstance(item, bool)
    }


def _items(value: object) -> list[object]:
    return [*value] if isinstance(value, list) else []


def _only_strings(value: object) -> object:
    return [item for item in _items(value) if isinstance(item, str) and item]


def _only_objects(value: object) -> object:
    return list(filter(_is_object, _items(value)))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


Lenient = Annotated[_Value | None, WrapValidator(_none_if_odd)]
Text = Lenient[str]
Moment = Lenient[Annotated[datetime, AfterValidator(_with_zone)]]
Strings = Annotated[tuple[str, ...], BeforeValidator(_only_strings)]
Texts = Annotated[dict[str, str], BeforeValidator(_only_texts)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


_Model = TypeVar("_Model", bound=_Wire)


def _sources(name: str) -> AliasChoices:
    """v1 keeps the source policy in settings, v1alpha at the top."""
    policy = "source_policy"
    return AliasChoices(
        AliasPath("settings", "advanced_settings", policy, name), AliasPath(policy, name)
    )


class WireMonitor(_Wire):
    monitor_id: Annotated[str, Field(min_length=1)]
    type: Text = None
    status: Text = None
    frequency: Text = None
    cadence: Text = None
    processor: Text = None
    created_at: Moment = None
    last_run_at: Moment = None
    metadata: Texts = Field(default_factory=dict[str, str])
    query: Text = Field(
        default=None, validation_alias=AliasChoices(AliasPath("settings", "query"), "query")
    )
    include_domains: Strings = Field(default=(), validation_alias=_sources("include_domains"))
    exclude_domains: Strings = Field(default=(), validation_alias=_sources("exclude_domains"))
    location: Text = Field(
        default=None, validation_alias=AliasPath("settings", "advanced_settings", "location")
    )
    json_schema: JsonValue = Field(
        default=None, validation_alias=AliasPath("settings", "output_schema", "json_schema")
    )


class WireCitation(_Wire):
    url: Text = None
    title: Text = None


class WireBasis(_Wire):
    citations: Annotated[tuple[WireCitation, ...], BeforeValidator(_only_objects)] = ()
    confidence: Text = None


class WireOutput(_Wire):
    """`output`, `changed_output`, `previous_output` of v1 and `result` of v1alpha."""

    content: JsonValue = None
    basis: Annotated[tuple[WireBasis, ...], BeforeValidator(_only_objects)] = ()


def _output_of_text(value: object) -> object:
    """v1alpha's deprecated `output` is the text itself."""
    return {"content": value} if isinstance(value, str) else value


Output = Annotated[WireOutput | None, BeforeValidator(_output_of_text), WrapValidator(_none_if_odd)]


class WireEvent(_Wire):
    """Every kind of event of both versions: `event_type` is v1's discriminant, `type` v1alpha's."""

    event_type: Text = None
    type: Text = None
    event_id: Text = None
    event_group_id: Text = None
    monitor_group_id: Text = None
    event_date: Text = None
    output: Output = None
    result: Output = None
    changed_output: Output = None
    previous_output: Output = None
    source_urls: Strings = ()
    error_message: Text = None
    error: Text = None
    message: Text = None
    timestamp: Moment = None
    date: Moment = None
    monitor_ts: Text = None


class WireTaskError(_Wire):
    message: Text = None


class WireTaskRun(_Wire):
    run_id: Annotated[str, Field(min_length=1)]
    status: Text = None
    is_active: Lenient[bool] = None
    error: Lenient[WireTaskError] = None


class WireTaskResult(_Wire):
    output: WireOutput


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, its entries not yet read."""

    entries: Sequence[JsonValue]
    next_cursor: str | None = None


def page_of(body: bytes, names: Sequence[str]) -> Page:
    """A list under any of the names, or as a bare array; null stands for an empty one.

    Raises UnreadableError if there is none. It must not count as an empty one, because a job that
    finds no monitor creates another.
    """
    value = json_of(body)
    if isinstance(value, list):
        return Page(value)
    if not isinstance(value, dict):
        raise UnreadableError("the answer is no list")
    name = next((name for name in names if name in value), None)
    entries = value[name] if name else False
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise UnreadableError("the answer holds no list")
    cursor = value.get("next_cursor")
    return Page(entries, cursor if isinstance(cursor, str) and cursor else None)


def wire_of(kind: type[_Model], value: JsonValue) -> _Model:
    """Raises UnreadableError if what it can't do without is missing."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise UnreadableError(f"no {kind.__name__} in the answer") from error
