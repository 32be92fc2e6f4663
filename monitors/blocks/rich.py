"""Rich text: lines of styled spans, as Slack's `rich_text` blocks and as words.

Slack doesn't interpret the text inside, so foreign text can neither notify people nor make links.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, groupby, islice
from typing import Final

from monitors.blocks import kit
from monitors.blocks.address import Address
from monitors.blocks.limits import RICH_TEXT_WEIGHT
from monitors.blocks.text import from_the_web, is_blank, sendable, split, split_once, spoken, weight
from monitors.model.local_time import FORMAT, LOCAL_TIME
from monitors.model.message import Block, Message

# Roughly the weight of the JSON around each span; it also limits the spans per block.
_SPAN_OVERHEAD: Final = 12


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style.

    With `address` it is a link. `moment` is Slack's date markup (`monitors.model.local_time`), and
    `text` then its fallback.
    """

    text: str
    address: Address | None = None
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    moment: str = ""
    channel: str = ""
    """The id of a channel: Slack shows its name to people who may see it."""
    is_host: bool = False
    """Says where the link before it leads; in words that has its whole address already."""

    @property
    def weight(self) -> int:
        extra = len(self.address.url) if self.address else len(self.moment)
        return weight(self.text) + extra + _SPAN_OVERHEAD

    @property
    def in_words(self) -> str:
        if self.moment or self.is_host:
            return self.moment
        if self.channel:
            return "another channel"
        if self.address is None or self.text == self.address.url:
            return self.text
        return f"{self.text} ({self.address.url})"


class LineKind(StrEnum):
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    NUMBERED = "numbered"
    QUOTE = "quote"
    CODE = "code"


_LISTS: Final = {LineKind.BULLET: "bullet", LineKind.NUMBERED: "ordered"}
_ELEMENTS: Final = {
    LineKind.PARAGRAPH: "rich_text_section",
    LineKind.QUOTE: "rich_text_quote",
    LineKind.CODE: "rich_text_preformatted",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; `number` is a numbered line's own."""

    spans: tuple[Span, ...]
    kind: LineKind = LineKind.PARAGRAPH
    indent: int = 0
    number: int = 1

    @property
    def weight(self) -> int:
        return sum(span.weight for span in self.spans) + _SPAN_OVERHEAD

    @property
    def in_words(self) -> str:
        words = "".join(span.in_words for span in self.spans)
        if self.kind is LineKind.BULLET:
            return f"• {words}"
        return f"{self.number}. {words}" if self.kind is LineKind.NUMBERED else words


@dataclass(frozen=True, slots=True)
class Piece:
    """A block with its weight, and the same content in words."""

    block: Block
    weight: int
    words: str


def message_of(parts: Iterable[Piece | Block]) -> Message:
    """Of pieces and other blocks. Its text says all that they show, apart from controls."""
    kept = list(parts)
    words = (
        spoken(each.words) if isinstance(each, Piece) else kit.in_words([each]) for each in kept
    )
    blocks = tuple(each.block if isinstance(each, Piece) else each for each in kept)
    return Message(text="\n".join(filter(None, words)), blocks=blocks)


def verbatim(text: str, kind: LineKind = LineKind.PARAGRAPH, *, bold: bool = False) -> list[Block]:
    """To the letter, in as many blocks as it takes; nobody's markup counts in it."""
    span = Span("", bold=bold)
    return [
        {"type": "rich_text", "elements": [_element([Line((replace(span, text=part),), kind)])]}
        for part in split(sendable(text), RICH_TEXT_WEIGHT)
        if part.strip()
    ]


def with_moments(text: str) -> Iterator[Span]:
    """Plain text of ours, with each moment in it shown in the reader's time zone."""
    at = 0
    for match in LOCAL_TIME.finditer(text):
        yield Span(text[at : match.start()])
        yield Span(match["fallback"], moment=match[0])
        at = match.end()
    yield Span(text[at:])


def plain_line(*texts: str | Span) -> Line:
    return Line(tuple(text if isinstance(text, Span) else Span(text) for text in texts))


def rich_pieces(lines: Iterable[Line]) -> list[Piece]:
    """The lines, in order, in as many rich_text blocks as their weight requires.

    Cleans all text, so that it can be sent and doesn't reverse the text around it.
    """
    pieces: list[Piece] = []
    batch: list[Line] = []
    room = RICH_TEXT_WEIGHT
    for line in _split_lines(_with_single_blanks(map(_cleaned, lines))):
        if batch and line.weight > room:
            pieces.extend(_piece(batch))
            batch, room = [], RICH_TEXT_WEIGHT
        batch.append(line)
        room -= line.weight
    pieces.extend(_piece(batch))
    return pieces


def _with_single_blanks(lines: Iterable[Line]) -> Iterator[Line]:
    """Of several lines in a row on which nothing can be seen, one."""
    was_blank = False
    for line in lines:
        blank = line.kind is not LineKind.CODE and is_blank(line.in_words)
        if not (blank and was_blank):
            yield line
        was_blank = blank


def _cleaned(line: Line) -> Line:
    return replace(line, spans=tuple(_with(span, from_the_web(span.text)) for span in line.spans))


def _with(span: Span, text: str) -> Span:
    """The same where nothing differs, as a rule: a copy takes as long as all else that is done."""
    return span if text == span.text else replace(span, text=text)


def _piece(lines: Sequence[Line]) -> Iterator[Piece]:
    """Nothing if nothing would be visible, because Slack rejects empty text."""
    lines = _without_outer_blanks(lines)
    elements = [_element(run) for run in _runs(lines)]
    if elements:
        yield Piece(
            {"type": "rich_text", "elements": elements},
            weight=sum(line.weight for line in lines),
            words="\n".join(line.in_words for line in lines),
        )


def _without_outer_blanks(lines: Sequence[Line]) -> list[Line]:
    visible = [index for index, line in enumerate(lines) if line.in_words.strip()]
    return list(lines[visible[0] : visible[-1] + 1]) if visible else []


def _split_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines that each fit into a block; parts of a split line keep its kind and style."""
    for line in lines:
        kept: list[Span] = []
        room = RICH_TEXT_WEIGHT - _SPAN_OVERHEAD
        for span in line.spans:
            for part in _split_span(span):
                if kept and part.weight > room:
                    yield replace(line, spans=tuple(kept))
                    kept, room = [], RICH_TEXT_WEIGHT - _SPAN_OVERHEAD
                kept.append(part)
                room -= part.weight
        yield replace(line, spans=tuple(kept))


def _split_span(span: Span) -> Iterator[Span]:
    """Links aren't split: their text is short, and their address has its own limit."""
    rest = span.text
    longest = RICH_TEXT_WEIGHT - 3 * _SPAN_OVERHEAD
    while rest and span.address is None and weight(rest) > longest:
        part, rest = split_once(rest, longest)
        yield _with(span, part)
    if rest:
        yield _with(span, rest)


def _runs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Neighbouring lines that Slack shows as one element; a list's numbers go on by one."""
    for _key, run in groupby(enumerate(lines), key=_run_of):
        yield [line for _at, line in run]


def _run_of(numbered: tuple[int, Line]) -> tuple[LineKind, int, int]:
    at, line = numbered
    return line.kind, line.indent, line.number - at if line.kind is LineKind.NUMBERED else 0


def _element(run: Sequence[Line]) -> Block:
    first = run[0]
    if first.kind not in _LISTS:
        spans = chain.from_iterable((Span("\n"), *line.spans) for line in run)
        return {"type": _ELEMENTS[first.kind], "elements": _inline(islice(spans, 1, None))}
    items = [{"type": "rich_text_section", "elements": _inline(line.spans)} for line in run]
    shown: Block = {"type": "rich_text_list", "style": _LISTS[first.kind], "elements": items}
    offset = {"offset": first.number - 1} if first.kind is LineKind.NUMBERED else {}
    return {**shown, "indent": first.indent, **offset}


def _inline(spans: Iterable[Span]) -> list[Block]:
    """Joins neighbours of the same style, so that a block has few elements."""
    elements: list[Block] = []
    for _style, run in groupby(filter(_text_of, spans), key=_style_of):
        same = list(run)
        first = same[0]
        is_text = not (first.address or first.moment or first.channel)
        texts = [_text_of(span) for span in same]
        elements += (_span(first, text) for text in (["".join(texts)] if is_text else texts))
    return elements


def _text_of(span: Span) -> str:
    return span.text


def _style_of(span: Span) -> tuple[object, ...]:
    marks = (span.bold, span.italic, span.strike, span.code)
    return (*marks, span.address, span.moment, span.channel)


def _span(span: Span, text: str) -> Block:
    names = ("bold", "italic", "strike", "code")
    style = {name: True for name in names if getattr(span, name)}
    element: Block = {"type": "text", "text": text}
    if match := LOCAL_TIME.fullmatch(span.moment):
        element = {
            "type": "date",
            "timestamp": int(match["seconds"]),
            "format": FORMAT,
            "fallback": text,
        }
    if span.channel:
        element = {"type": "channel", "channel_id": span.channel}
    if span.address is not None:
        element = {"type": "link", "url": span.address.url, "text": text}
    return {**element, "style": style} if style else element
