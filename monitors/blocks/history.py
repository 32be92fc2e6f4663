"""What a monitor found before and how its checks went: in a modal, and in one message."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, assert_never

from monitors.blocks import kit
from monitors.blocks.address import parse_address
from monitors.blocks.findings import headline, quiet_facts
from monitors.blocks.links import link_spans
from monitors.blocks.listing import pager, shown_query
from monitors.blocks.rich import (
    Line,
    LineKind,
    Span,
    message_of,
    plain_line,
    rich_pieces,
    with_moments,
)
from monitors.blocks.text import clip, one_line, short
from monitors.model.codec import encode
from monitors.model.event import Execution, HistoryEntry, HistoryPage, MonitorEvent, Source
from monitors.model.listing import NEWER, OLDER, HistoryAt
from monitors.model.local_time import local_time
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.words import counted
from monitors.texts import file_texts, list_texts
from monitors.texts.thread_texts import MODAL_TITLES

HISTORY_PAGES: Final = ("history_newer", "history_older")
EXPORT_HISTORY: Final = "export_history"

_SHOWN_SOURCES: Final = 3
_TITLE_CHARACTERS: Final = 80
_FAILURE_CHARACTERS: Final = 200
# Of the 3,000 that a view's metadata takes.
_METADATA_CHARACTERS: Final = 2900


def history_message(monitor: Monitor, page: HistoryPage) -> Message:
    """The latest, and where the rest is."""
    title = f"History of “{shown_query(monitor)}”"
    more = [list_texts.HISTORY_GOES_ON] if monitor.status is MonitorStatus.ACTIVE else []
    pieces = rich_pieces(_lines(page.entries, sources=0))
    return message_of([*kit.plain_context([title]), *pieces, *kit.plain_context(more)])


def history_modal(monitor: Monitor, page: HistoryPage, *, at: HistoryAt) -> Block:
    """A page of it; which one it is goes with the buttons for the others."""
    pieces = rich_pieces(_lines(page.entries, sources=_SHOWN_SOURCES))
    blocks = [
        *kit.plain_context([shown_query(monitor)]),
        *(piece.block for piece in pieces),
        *pager(NEWER if at.trail else "", OLDER if page.older else "", HISTORY_PAGES),
    ]
    if page.entries:
        blocks += kit.actions(kit.button(file_texts.EXPORT_HISTORY, EXPORT_HISTORY))
    if at.trail and not page.older:
        blocks.append(kit.context(kit.plain(list_texts.END_OF_HISTORY)))
    metadata = _metadata(replace(at, older=page.older))
    return kit.modal(blocks, title=MODAL_TITLES["history"], metadata=metadata)


def _metadata(at: HistoryAt) -> str:
    """Without the way back, as far as it is too long: *Newer* then leads to the newest page."""
    text = encode(at)
    while len(text) > _METADATA_CHARACTERS and at.trail:
        at = replace(at, trail=at.trail[1:])
        text = encode(at)
    return text if len(text) <= _METADATA_CHARACTERS else encode(replace(at, older=None))


def _lines(entries: Sequence[HistoryEntry], *, sources: int) -> Iterator[Line]:
    """Checks in a row that found nothing share a line."""
    if not entries:
        yield plain_line(list_texts.NO_HISTORY)
    for is_quiet, group in groupby(entries, key=_is_quiet):
        if is_quiet:
            yield _quiet(list(group))
            continue
        for entry in group:
            yield from _entry(entry, sources=sources)


def _is_quiet(entry: HistoryEntry) -> bool:
    return isinstance(entry, Execution) and entry.failure is None


def _quiet(checks: Sequence[HistoryEntry]) -> Line:
    """Newest first, so the last one came first."""
    times = [each.at for each in checks if isinstance(each, Execution) and each.at]
    moments = [local_time(at.replace(second=0)) for at in times]
    span = " to ".join(dict.fromkeys([moments[-1], moments[0]])) if moments else ""
    what = f"{counted(len(checks), 'check')} found nothing new"
    return _bullet(*with_moments(f"{what}: {span}" if span else what))


def _entry(entry: HistoryEntry, *, sources: int) -> Iterator[Line]:
    match entry:
        case MonitorEvent():
            facts = quiet_facts(entry)
            yield _bullet(Span(headline(entry), bold=True), Span(f" · {facts}" if facts else ""))
            if sources and (spans := list(_sources(entry.sources, sources))):
                yield Line(tuple(spans), kind=LineKind.BULLET, indent=1)
        case Execution(at=at, failure=failure):
            when = f" · {local_time(at)}" if at else ""
            why = short(failure or "", _FAILURE_CHARACTERS)
            said = f"A check failed: {why}" if why else "A check failed"
            yield _bullet(Span(said), *with_moments(when))
        case _:
            assert_never(entry)


def _bullet(*spans: Span) -> Line:
    return Line(spans, kind=LineKind.BULLET)


def _sources(sources: Sequence[Source], most: int) -> Iterator[Span]:
    for at, source in enumerate(sources[:most]):
        address = parse_address(source.url)
        if address is not None:
            yield Span(" · " if at else "")
            yield from link_spans(clip(one_line(source.title or ""), _TITLE_CHARACTERS), address)
    if len(sources) > most:
        yield Span(f" · + {len(sources) - most} more")
