"""What is given out as a file: a history as a spreadsheet, a long answer as Markdown."""

from collections.abc import Iterator, Sequence
from typing import Final, assert_never
from unicodedata import category

from monitors.blocks.findings import finding_words
from monitors.blocks.text import from_the_web, one_line
from monitors.model.event import EventGroup, Execution, HistoryEntry, MonitorEvent, Source
from monitors.model.message import File
from monitors.model.monitor import Monitor
from monitors.model.spreadsheet import csv_of
from monitors.texts import file_texts

# Without it, Excel takes UTF-8 for something else.
BYTE_ORDER_MARK: Final = "\ufeff"

_NAME_CHARACTERS: Final = 60


def history_file(monitor: Monitor, entries: Sequence[HistoryEntry], *, is_whole: bool) -> File:
    rows: list[Sequence[str]] = [file_texts.HISTORY_HEAD, *map(_row, entries)]
    if not is_whole:
        rows.append((file_texts.only_latest(len(entries)),))
    return File(_name(monitor.query, "csv"), f"{BYTE_ORDER_MARK}{csv_of(rows)}")


def answer_file(group: EventGroup) -> File:
    parts = [f"# {group.title}"]
    for event in group.events:
        parts += [*_markdown(event), *_sources(event.sources)]
    return File(_name(group.title, "md"), from_the_web("\n\n".join(parts)) + "\n")


def _row(entry: HistoryEntry) -> Sequence[str]:
    match entry:
        case MonitorEvent():
            sources = "\n".join(from_the_web(each.url) for each in entry.sources)
            words = finding_words(entry)
            about = (entry.date or "", words, entry.confidence or "", sources)
            return (file_texts.FOUND, "", *about)
        case Execution(at=at, failure=failure):
            moment = f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
            if failure is None:
                return (file_texts.FOUND_NOTHING, moment)
            return (file_texts.FAILED, moment, "", from_the_web(failure))
        case _:
            assert_never(entry)


def _markdown(event: MonitorEvent) -> Iterator[str]:
    """As Parallel wrote it."""
    for part in event.parts:
        heading = f"## {one_line(part.name)}" if part.name else ""
        yield from filter(None, (heading, part.old, part.text))


def _sources(sources: Sequence[Source]) -> Iterator[str]:
    if sources:
        lines = [f"- {one_line(each.title or each.url)}\n  {each.url}" for each in sources]
        yield "\n".join(["## Sources", "", *lines])


def _name(text: str, kind: str) -> str:
    """Of whole words, as far as they are not too long; vowel signs and accents belong to a word."""
    kept = (each if each.isalnum() or category(each)[0] == "M" else " " for each in text.casefold())
    words = "-".join(each for each in "".join(kept).split() if each[0].isalnum())
    if len(words) > _NAME_CHARACTERS:
        words = words[:_NAME_CHARACTERS].rpartition("-")[0] or words[:_NAME_CHARACTERS]
    return f"{words or 'threadwatch'}.{kind}"
