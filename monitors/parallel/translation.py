"""From Parallel's wire to the domain: monitors, events, completions, failures."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue
from structlog.typing import FilteringBoundLogger

from monitors.model.day import date_in_words
from monitors.model.event import Execution, HistoryEntry, MonitorEvent, Part, Source
from monitors.model.json_text import UnreadableError
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.parallel.wire import WireEvent, WireMonitor, WireOutput, wire_of

_CADENCES: Final = {"hourly": "1h", "daily": "1d", "weekly": "1w", "every_two_weeks": "2w"}
_FINDINGS: Final = {"event_stream", "event", "snapshot"}
_CONFIDENCES: Final = ("low", "medium", "high")
_UNKNOWN_TEXT_LENGTH: Final = 2000
_DEEPEST_OUTLINE: Final = 8
# Of an event of an unknown type: its own names and types say nothing to anybody.
_SNAKE_CASE: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_NOT_FOR_PEOPLE: Final = re.compile(r"(?:^|_)(?:ids?|type)$")


def monitor_of(wire: WireMonitor) -> Monitor:
    return Monitor(
        monitor_id=wire.monitor_id,
        status=_status_of(wire.status),
        kind=wire.type or "event_stream",
        query=wire.query or "",
        frequency=wire.frequency or _CADENCES.get(wire.cadence or "", wire.cadence or ""),
        processor=wire.processor or "",
        created_at=wire.created_at,
        last_run_at=wire.last_run_at,
        metadata=wire.metadata,
        include_domains=wire.include_domains,
        exclude_domains=wire.exclude_domains,
        location=wire.location,
        fields=tuple(_fields_in(wire.json_schema)),
    )


def _fields_in(shape: JsonValue) -> Iterator[str]:
    """In the person's own words, if the schema has them."""
    properties = shape.get("properties") if isinstance(shape, dict) else None
    for name, each in (properties if isinstance(properties, dict) else {}).items():
        said = each.get("description") if isinstance(each, dict) else None
        yield said if isinstance(said, str) and said else name


def _status_of(text: str | None) -> MonitorStatus:
    """v1 writes `cancelled`, v1alpha `canceled`.

    Anything unknown may still be running (and costing money), so it counts as active.
    """
    if (text or "").lower() in {"cancelled", "canceled"}:
        return MonitorStatus.CANCELLED
    return MonitorStatus.ACTIVE


def monitors_of(entries: Iterable[JsonValue], *, log: FilteringBoundLogger) -> Iterator[Monitor]:
    """The readable monitors; an entry without an id is logged and skipped."""
    for entry in entries:
        try:
            yield monitor_of(wire_of(WireMonitor, entry))
        except UnreadableError:
            log.warning("parallel_monitor_skipped", json_type=type(entry).__name__)


def entries_of(
    entries: Iterable[JsonValue], *, log: FilteringBoundLogger, group_id: str = ""
) -> Iterator[HistoryEntry]:
    """The readable entries; one that isn't an object is logged and skipped."""
    for entry in entries:
        if isinstance(entry, dict):
            yield entry_of(entry, group_id=group_id)
        else:
            log.warning("parallel_event_skipped", json_type=type(entry).__name__)


def entry_of(raw: dict[str, JsonValue], *, group_id: str = "") -> HistoryEntry:
    """One entry of an events list; an unknown kind is shown as it is.

    `group_id` is the requested group, for entries that don't name one.
    """
    wire = WireEvent.model_validate(raw)
    kind = _kind_of(wire)
    if kind == "completion":
        return Execution(_time_of(wire))
    if kind == "error":
        message = wire.error_message or wire.error or wire.message or ""
        return Execution(_time_of(wire), failure=message)
    group = wire.event_group_id or wire.monitor_group_id or group_id or wire.event_id or ""
    outputs = [each for each in (wire.changed_output, wire.output, wire.result) if each]
    parts, unknown_type = _parts_of(wire, kind), ""
    if not parts:
        text, unknown_type = _without_output(wire, kind, raw)
        parts = (Part(text),)
    return MonitorEvent(
        event_id=wire.event_id or _made_up_id(raw, group),
        group_id=group,
        parts=parts,
        date=wire.event_date or None,
        sources=_sources_of(outputs, wire.source_urls),
        confidence=_confidence_of(outputs),
        unknown_type=unknown_type,
    )


def answer_of(run_id: str, output: WireOutput) -> MonitorEvent:
    """What a Task run came to, like a finding."""
    return MonitorEvent(
        event_id=run_id,
        group_id=run_id,
        parts=_content_of(output) or (Part(""),),
        sources=_sources_of([output], ()),
        confidence=_confidence_of([output]),
    )


def _kind_of(wire: WireEvent) -> str:
    """The event's type; if it has none, inferred from its fields."""
    if named := wire.event_type or wire.type:
        return named
    if wire.changed_output:
        return "snapshot"
    if wire.output or wire.result:
        return "event_stream"
    if wire.error_message or wire.error:
        return "error"
    return "completion" if wire.timestamp or wire.monitor_ts else "unknown"


def _time_of(wire: WireEvent) -> datetime | None:
    if moment := wire.timestamp or wire.date:
        return moment
    text = (wire.monitor_ts or "").removeprefix("completed_")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _made_up_id(raw: dict[str, JsonValue], group_id: str) -> str:
    """v1alpha's events have no id, so the same content in the same group is the same event."""
    canonical = json.dumps(raw, sort_keys=True, default=str)
    return f"{group_id}_{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"


def _parts_of(wire: WireEvent, kind: str) -> tuple[Part, ...]:
    """Nothing if the type is unknown or the event has nothing to show."""
    if kind not in _FINDINGS:
        return ()
    if wire.changed_output:
        return _changes_of(wire.changed_output, wire.previous_output)
    for output in (wire.result, wire.output):
        if output and (parts := _content_of(output)):
            return parts
    return ()


def _content_of(output: WireOutput) -> tuple[Part, ...]:
    content = output.content
    named = content.items() if isinstance(content, dict) else [("", content)]
    return tuple(
        Part(_text_of(value), name_in_words(name)) for name, value in named if _told(value)
    )


def _changes_of(changed: WireOutput, previous: WireOutput | None) -> tuple[Part, ...]:
    before = _fields_of(previous) if previous else {}
    return tuple(
        Part(
            _text_of(value),
            name_in_words(name),
            old=_text_of(before[name]) if _told(before.get(name)) else "",
        )
        for name, value in _fields_of(changed).items()
    )


def _fields_of(output: WireOutput) -> dict[str, JsonValue]:
    """A text output is one field, `output`, as in Parallel's own basis."""
    content = output.content
    if isinstance(content, dict):
        return content
    return {"output": content} if _told(content) else {}


def _told(value: JsonValue) -> bool:
    return value not in (None, "", [], {})


def _text_of(value: JsonValue) -> str:
    """As people write it, in Markdown: an object or a list becomes a list without what is empty."""
    if not _told(value):
        return "none"
    if isinstance(value, dict | list):
        return "\n".join(_outline(value, depth=0))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return date_in_words(value) if isinstance(value, str) else json.dumps(value)


def name_in_words(name: str) -> str:
    """A field's name: `filing_date` as `filing date`; any other as it is."""
    return name.replace("_", " ") if _SNAKE_CASE.fullmatch(name) else name


def _outline(value: dict[str, JsonValue] | list[JsonValue], *, depth: int) -> Iterator[str]:
    named = value.items() if isinstance(value, dict) else (("", each) for each in value)
    indent = "  " * min(depth, _DEEPEST_OUTLINE)
    for name, each in named:
        if not _told(each):
            continue
        label = f"{name_in_words(name)}:" if name else ""
        if isinstance(each, dict | list):
            # An item without a name shares its line with what is first in it.
            yield f"{indent}- {label}" if label else f"{indent}-"
            yield from _outline(each, depth=depth + 1)
        else:
            words = f"\n{indent}  ".join(_text_of(each).splitlines())
            yield f"{indent}- {label} {words}" if label else f"{indent}- {words}"


def _without_output(wire: WireEvent, kind: str, raw: dict[str, JsonValue]) -> tuple[str, str]:
    """The text of an event of a known type that says nothing, or of one that can't be read.

    In the second case, its type, too.
    """
    message = wire.message or wire.error_message
    is_readable = all(
        each is not None or not _told(raw.get(name))
        for name, each in (
            ("output", wire.output),
            ("result", wire.result),
            ("changed_output", wire.changed_output),
        )
    )
    if kind in _FINDINGS and is_readable:
        return message or "", ""
    for output in (wire.output, wire.result, wire.changed_output):
        if output and _told(output.content):
            return _text_of(output.content), kind
    of_use = {name: each for name, each in raw.items() if not _NOT_FOR_PEOPLE.search(name)}
    said = message or (_text_of(of_use) if of_use else "")
    return said[:_UNKNOWN_TEXT_LENGTH], kind


def _sources_of(outputs: Sequence[WireOutput], urls: Sequence[str]) -> tuple[Source, ...]:
    """Each address once, in Parallel's order, with the first title given for it."""
    found: dict[str, str | None] = {}
    for url, title in _cited(outputs):
        found[url] = found.get(url) or title
    for url in urls:
        found.setdefault(url, None)
    return tuple(Source(url, title) for url, title in found.items())


def _cited(outputs: Sequence[WireOutput]) -> Iterator[tuple[str, str | None]]:
    for output in outputs:
        for basis in output.basis:
            for citation in basis.citations:
                if citation.url:
                    yield citation.url, citation.title or None


def _confidence_of(outputs: Sequence[WireOutput]) -> str | None:
    """The lowest confidence given, as the weakest field decides. Unknown words are kept."""
    given = [basis.confidence for output in outputs for basis in output.basis if basis.confidence]
    known = [word for word in _CONFIDENCES if word in given]
    return known[0] if known else next(iter(given), None)
