"""What one execution found, in any of Parallel's formats."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Source:
    url: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class TextBody:
    text: str


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FieldsBody:
    """A JSON output, one entry per top-level field; nested values as Markdown lists."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a snapshot; `old` is None when the field is new."""

    name: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class ChangeBody:
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class UnknownBody:
    """An unknown event type; shown as it is."""

    type_name: str
    text: str


EventBody = TextBody | FieldsBody | ChangeBody | UnknownBody


@dataclass(frozen=True, slots=True)
class MonitorEvent:
    """`date` is when it happened, as Parallel wrote it: `2026-04-01`, `2026-04`, `2026`."""

    event_id: str
    group_id: str
    body: EventBody
    date: str | None = None
    sources: tuple[Source, ...] = ()
    confidence: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Of a body: a field, or all of a text, which has no name. `old` is empty in a new field."""

    name: str
    text: str
    old: str | None = None


def parts_of(body: EventBody) -> list[Part]:
    match body:
        case TextBody(text=text) | UnknownBody(text=text):
            return [Part("", text)]
        case FieldsBody(fields=fields):
            return [Part(each.name, each.value) for each in fields]
        case ChangeBody(changes=changes):
            return [Part(each.name, each.new, each.old or "") for each in changes]
        case _:
            assert_never(body)


def characters_of(event: MonitorEvent) -> int:
    """How long its text is, roughly."""
    return sum(len(each.text) + len(each.old or "") for each in parts_of(event.body))


@dataclass(frozen=True, slots=True)
class ExecutionCompleted:
    """A run that found nothing."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class ExecutionFailed:
    message: str
    at: datetime | None


HistoryEntry = MonitorEvent | ExecutionCompleted | ExecutionFailed


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """What a monitor found and how its checks went, newest first; `older` is Parallel's cursor."""

    entries: tuple[HistoryEntry, ...]
    older: str | None = None


@dataclass(frozen=True, slots=True)
class EventGroup:
    """All findings of one execution, in reading order.

    `title` stands over what is an answer, and no news: it can't be followed up. `is_begun`: only
    its beginning is posted, the rest follows in a file.
    """

    monitor_id: str
    group_id: str
    events: tuple[MonitorEvent, ...]
    title: str = ""
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class EventList:
    """A monitor's findings, newest first, as far as they were read.

    `is_whole`: there are no older ones. `failing`: the newest entry is a failed run.
    """

    events: tuple[MonitorEvent, ...]
    is_whole: bool
    failing: bool = False
