"""What one execution found, in as many messages as Slack's limits require."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import unescape
from typing import Final

from monitors.blocks import kit
from monitors.blocks.address import parse_address
from monitors.blocks.finding_buttons import finding_buttons
from monitors.blocks.limits import MESSAGE_BLOCKS, MESSAGE_WEIGHT
from monitors.blocks.links import link_spans
from monitors.blocks.markdown import markdown_lines
from monitors.blocks.rich import Line, LineKind, Piece, Span, plain_line, rich_pieces
from monitors.blocks.text import is_blank, one_line, quoted, short, spoken, weight
from monitors.model.day import date_in_words
from monitors.model.event import EventGroup, MonitorEvent, Part, Source
from monitors.model.ledger import EventPart, FindingsMessage
from monitors.model.message import Message
from monitors.model.words import counted
from monitors.texts import file_texts, problem_texts

SHOWN_SOURCES: Final = 3
# Of one finding: ten messages or so, and some ten milliseconds to draw.
MOST_WEIGHT: Final = 60_000

_QUERY_CHARACTERS: Final = 150
_HEADLINE: Final = 180
# Of a longer text the rest isn't read.
_HEADLINE_READ: Final = 2000
_TITLE_CHARACTERS: Final = 150
_ADDRESS_CHARACTERS: Final = 200
_NAME_CHARACTERS: Final = 200
_WORD_CHARACTERS: Final = 40
_SHORT_CHANGE_CHARACTERS: Final = 200
_REST: Final = (Line(()), plain_line(Span(problem_texts.REST_AT_PARALLEL, italic=True)))
_REST_BELOW: Final = (plain_line(Span(file_texts.REST_BELOW, italic=True)),)
_BUTTONS_WEIGHT: Final = 200
_NOTHING_SAID: Final = "Parallel sent no text with this."
_DIVIDER: Final = Piece(kit.DIVIDER, weight=0, words="")
# For "Finding 12 of 345".
_TITLE_ROOM: Final = Piece(kit.DIVIDER, weight=40, words="")

_Batch = tuple[list[Piece], list[EventPart]]


def findings_messages(
    group: EventGroup, *, query: str, since: str = "", mention: str = ""
) -> list[FindingsMessage]:
    """The messages in order, each with the findings it shows.

    `since`: of a digest. `mention`: who is notified, by what begins a finding.

    A finding that fits into one message is never split. How a long one is split does not depend
    on the other findings, so its parts stay the same when more are added to its run.
    """
    batches = _packed(group.events, is_news=not group.title)
    if group.is_begun:
        pieces, shows = batches[0]
        batches = [([*pieces, *rich_pieces(_REST_BELOW)], shows)]
    title = group.title or _title(len(group.events), query, since)
    return [
        FindingsMessage(
            _message(title, pieces, at, of=len(batches), whom=mention if at == 1 else ""),
            tuple(shows),
        )
        for at, (pieces, shows) in enumerate(batches, start=1)
    ]


def _title(count: int, query: str, since: str) -> str:
    what = "New finding" if count == 1 else f"{count:,} new findings"
    if since:
        what = f"{counted(count, 'finding')} {since}"
    return f"{what} for {quoted(query, _QUERY_CHARACTERS)}"


def _message(
    title: str, pieces: Sequence[Piece], number: int, *, of: int, whom: str = ""
) -> Message:
    heading = f"{title} ({number}/{of})" if of > 1 else title
    # The notification shows the beginning of it, so the news comes first.
    words = [*(piece.words for piece in pieces if piece.words), heading]
    blocks = [*kit.plain_context([heading]), *(piece.block for piece in pieces)]
    text = spoken("\n".join(words))
    if named := kit.mention(whom):
        blocks.insert(0, kit.own_section(named))
        text = f"{text}\n{named}"
    return Message(text=text, blocks=tuple(blocks))


def _packed(events: Sequence[MonitorEvent], *, is_news: bool) -> list[_Batch]:
    """Short findings share a message; each part of a long one gets its own."""
    batches: list[_Batch] = []
    open_batch: _Batch | None = None
    for at, event in enumerate(events):
        finding = _finding(event)
        parts = _parts([*finding, *(_buttons(event, finding) if is_news else [])])
        if len(events) > 1:
            title = plain_line(Span(_number(at, events), bold=True))
            # Only to be seen: a message's text begins with the news.
            titles = [replace(piece, words="") for piece in rich_pieces([title])]
            parts[0] = [*titles, *parts[0]]
        if len(parts) > 1:
            batches += [(part, [EventPart(event.event_id, of)]) for of, part in enumerate(parts)]
            open_batch = None
        elif open_batch and _fits([*open_batch[0], _DIVIDER, *parts[0]]):
            divider = replace(_DIVIDER, words=f"{_number(at, events)}:")
            open_batch[0].extend([divider, *parts[0]])
            open_batch[1].append(EventPart(event.event_id))
        else:
            open_batch = (parts[0], [EventPart(event.event_id)])
            batches.append(open_batch)
    return batches


def _number(at: int, events: Sequence[MonitorEvent]) -> str:
    return f"Finding {at + 1} of {len(events)}"


def _parts(finding: Sequence[Piece]) -> list[list[Piece]]:
    """As many pieces in each as fit, with room for a title in the first."""
    first: list[Piece] = [_TITLE_ROOM]
    parts = [first]
    for piece in finding:
        if parts[-1] and not _fits([*parts[-1], piece]):
            parts.append([])
        parts[-1].append(piece)
    del first[0]
    return [part for part in parts if part]


def _fits(pieces: Sequence[Piece]) -> bool:
    total = sum(piece.weight for piece in pieces)
    return len(pieces) <= MESSAGE_BLOCKS and total <= MESSAGE_WEIGHT


def _finding(event: MonitorEvent) -> list[Piece]:
    lines = list(_capped(_said(event)))
    if all(is_blank(line.in_words) for line in lines):
        lines = [plain_line(_NOTHING_SAID)]
    return [*rich_pieces(lines), *rich_pieces(_sources(event.sources)), *_facts(event)]


def finding_words(event: MonitorEvent) -> str:
    """What it says, without sources, date and confidence."""
    return "\n".join(line.in_words for line in _said(event)).strip()


def _capped(lines: Iterable[Line]) -> Iterator[Line]:
    """A finding longer than anybody reads in a thread ends with where the rest is."""
    room = MOST_WEIGHT
    for line in lines:
        if room <= 0:
            yield from _REST
            return
        yield line
        room -= line.weight


def _said(event: MonitorEvent) -> Iterator[Line]:
    if event.unknown_type:
        kind = short(event.unknown_type, _NAME_CHARACTERS)
        end = ":" if any(part.text for part in event.parts) else "."
        yield plain_line(f"Parallel sent a new kind of update ({kind}){end}")
    for part in event.parts:
        if part.old is not None:
            yield from _change(part.name, part.old, part.text)
        elif part.name:
            yield from _named(part.name, part.text)
        else:
            yield from _read(part.text)


def _read(text: str) -> Iterator[Line]:
    yield from markdown_lines(text[:MOST_WEIGHT])
    if len(text) > MOST_WEIGHT:
        yield from _REST


def _named(name: str, value: str) -> Iterator[Line]:
    """`name: value`; a value of several lines starts on a new line."""
    label = Span(f"{_field_name(name)}: ", bold=True)
    lines = list(_read(value))
    if len(lines) == 1 and lines[0].kind is LineKind.PARAGRAPH:
        yield Line((label, *lines[0].spans))
    else:
        yield Line((label,))
        yield from lines


def _field_name(name: str) -> str:
    """`release_date` as people write it."""
    return short(name.replace("_", " "), _NAME_CHARACTERS)


def _change(name: str, old: str, new: str) -> Iterator[Line]:
    if not old:
        yield from _named(f"{name} (new)", new)
        return
    before, now = list(_read(old)), list(_read(new))
    if _is_short(before) and _is_short(now):
        label = Span(f"{_field_name(name)}: ", bold=True)
        yield plain_line(label, *before[0].spans, " → ", *now[0].spans)
    else:
        yield plain_line(Span(_field_name(name), bold=True))
        yield from _named("Before", old)
        yield from _named("→ Now", new)


def _is_short(value: Sequence[Line]) -> bool:
    is_one = len(value) == 1 and value[0].kind is LineKind.PARAGRAPH
    return is_one and weight(value[0].in_words) <= _SHORT_CHANGE_CHARACTERS


def _sources(sources: Sequence[Source]) -> Iterator[Line]:
    first_of: dict[str, Source] = {}
    for source in sources:
        first_of.setdefault(source.url, source)
    distinct = list(first_of.values())
    if not distinct:
        return
    yield plain_line(Span("Source" if len(distinct) == 1 else "Sources", bold=True))
    for source in distinct[:SHOWN_SOURCES]:
        yield Line(tuple(_source(source)), kind=LineKind.BULLET)
    more = len(distinct) - SHOWN_SOURCES
    if more > 0:
        yield plain_line(f"+ {more:,} more")


def _source(source: Source) -> list[Span]:
    """Its title as a link, followed by the host; plain text unless the address is http(s)."""
    title = short(unescape(source.title or ""), _TITLE_CHARACTERS)
    address = parse_address(source.url)
    if address is None:
        where = short(source.url, _ADDRESS_CHARACTERS)
        return [Span(f"{title}: {where}" if title and where else title or where or "(unnamed)")]
    return link_spans(title, address)


def quiet_facts(event: MonitorEvent) -> str:
    """Parallel's date is an estimate of when something happened, not of its publication."""
    facts = [
        f"Dated {_word(date_in_words(event.date))} (Parallel's estimate)" if event.date else "",
        _confidence(_word(event.confidence)) if event.confidence else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _facts(event: MonitorEvent) -> list[Piece]:
    words = quiet_facts(event)
    return [Piece(block, weight=weight(words), words=words) for block in kit.plain_context([words])]


def _confidence(word: str) -> str:
    return f"{word} confidence" if word.isalpha() else f"confidence: {word}"


def _buttons(event: MonitorEvent, finding: Sequence[Piece]) -> list[Piece]:
    words = next((piece.words for piece in finding if piece.words), "")
    rows = finding_buttons(event, words)
    return [Piece(row, weight=_BUTTONS_WEIGHT, words="") for row in rows]


def _word(text: str) -> str:
    return short(text, _WORD_CHARACTERS)


def headline(event: MonitorEvent) -> str:
    """Its first line that says something, without Markdown's marks."""
    kind = short(event.unknown_type, _NAME_CHARACTERS)
    before = f"New kind of update ({kind}): " if kind else ""
    text = " · ".join(map(_in_one_line, event.parts))
    lines = markdown_lines(text[:_HEADLINE_READ])
    said = ["".join(span.text for span in line.spans) for line in lines]
    said = [each for each in said if not is_blank(each)]
    # A name alone says nothing without the line below it.
    end = next((at for at, each in enumerate(said, 1) if not each.endswith(":")), len(said))
    return short(before + (" ".join(said[:end]) or _NOTHING_SAID), _HEADLINE)


def _in_one_line(part: Part) -> str:
    if not part.name:
        return part.text
    before = "" if part.old is None else f"{one_line(part.old or 'nothing')} → "
    return f"{part.name}: {before}{one_line(part.text)}"
