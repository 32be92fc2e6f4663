"""What one execution found, in any of Parallel's formats."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Source:
    url: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """All of a text, or a named field of a JSON output; nested values are Markdown lists.

    `old` is what a field of a snapshot was before, empty if it is new; None where nothing changed.
    """

    text: str
    name: str = ""
    old: str | None = None


@dataclass(frozen=True, slots=True)
class MonitorEvent:
    """`date` is when it happened, as Parallel wrote it: `2026-04-01`, `2026-04`, `2026`.

    An event of a type that this version doesn't know has it as `unknown_type`.
    """

    event_id: str
    group_id: str
    parts: tuple[Part, ...]
    date: str | None = None
    sources: tuple[Source, ...] = ()
    confidence: str | None = None
    unknown_type: str = ""


def characters_of(event: MonitorEvent) -> int:
    """How long its text is, roughly."""
    return sum(len(each.text) + len(each.old or "") for each in event.parts)


@dataclass(frozen=True, slots=True)
class Execution:
    """A run that found nothing, or failed: `failure` is what Parallel said of it, even if empty."""

    at: datetime | None
    failure: str | None = None


HistoryEntry = MonitorEvent | Execution


def has_failed(entry: HistoryEntry) -> bool:
    return isinstance(entry, Execution) and entry.failure is not None


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
