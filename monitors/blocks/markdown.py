"""Markdown from the web as lines of rich text.

No visible word is lost: what Slack can't show as what it is stays readable as text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from markdown_it.token import Token

from monitors.blocks.address import parse_address
from monitors.blocks.markdown_inline import inline_spans, split_lines
from monitors.blocks.markdown_parser import Parsed, parse_markdown
from monitors.blocks.rich import Line, LineKind, Span
from monitors.blocks.tables import cell_count, table_lines
from monitors.blocks.text import from_the_web

_DEEPEST_INDENT: Final = 8
# A fence's first line that only says how to colour what follows.
_LANGUAGES: Final = frozenset(
    {"bash", "css", "csv", "html", "javascript", "json", "markdown", "python", "sql", "text", "xml"}
    | {"yaml"}
)


def markdown_lines(text: str) -> list[Line]:
    """The text as it is meant to be seen; of several blank lines in a row one is kept."""
    parsed = parse_markdown(from_the_web(text))
    lines = _Reader(parsed).lines()
    unused = "\n".join(_unused_references(parsed, lines))
    return [*lines, *_Reader(parse_markdown(unused)).lines()] if unused else lines


@dataclass(slots=True)
class _List:
    number: int | None = None
    """Of the item; None in a list of bullets."""
    is_at_start: bool = False
    """The item has begun, and nothing of it is shown yet."""


class _Reader:
    """Reads the parser's tokens once, from first to last."""

    def __init__(self, parsed: Parsed) -> None:
        self._tokens = parsed.tokens
        self._source = parsed.source
        self._lists: list[_List] = []
        self._quotes = 0
        self._lines: list[Line] = []
        self._last_line = 0
        self._bold = False

    def lines(self) -> list[Line]:
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            self._separate(token)
            if token.type == "table_open":
                at = self._table(at)
            else:
                self._read(token)
            at += 1
        return self._lines

    def _separate(self, token: Token) -> None:
        """A blank line where the source has one between two blocks."""
        if token.map is None or token.nesting < 0 or token.type == "inline":
            return
        begin, end = token.map
        if begin > self._last_line and self._lines and not self._lists:
            self._lines.append(Line(()))
        if token.nesting == 0 or token.type in {"paragraph_open", "heading_open", "table_open"}:
            self._last_line = end

    def _read(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._text(token)
            case "fence" | "code_block":
                self._code(token)
            case "heading_open" | "heading_close":
                self._bold = token.nesting > 0
            case "blockquote_open" | "blockquote_close":
                self._quotes += token.nesting
            case _:
                self._list(token)

    def _list(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                if self._lists:
                    self._lists[-1].is_at_start = False
                self._lists.append(_List())
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._lists[-1].is_at_start = True
                # As it is written: `2026. ` may be a year.
                self._lists[-1].number = int(token.info) if token.info else None
            case "list_item_close":
                self._end_item()
            case _:
                pass

    def _text(self, token: Token) -> None:
        style = Span("", bold=self._bold)
        for spans in split_lines(inline_spans(token.children or (), style)):
            if self._lists and not self._quotes:
                self._item_line(spans)
            else:
                marker = [Span(self._marker())] if self._lists else []
                kind = LineKind.QUOTE if self._quotes else LineKind.PARAGRAPH
                self._lines.append(Line((*marker, *spans), kind=kind))

    def _marker(self) -> str:
        """Of an item in a quote, where Slack has no lists."""
        current = self._lists[-1]
        if not current.is_at_start:
            return ""
        current.is_at_start = False
        return "• " if current.number is None else f"{current.number}. "

    def _item_line(self, spans: Sequence[Span]) -> None:
        current, depth = self._lists[-1], len(self._lists) - 1
        kind = LineKind.BULLET if current.number is None else LineKind.NUMBERED
        if current.is_at_start:
            current.is_at_start = False
            line = Line(tuple(spans), kind=kind, indent=min(depth, _DEEPEST_INDENT))
            self._lines.append(replace(line, number=current.number or 1))
            return
        last = self._lines[-1] if self._lines else None
        if last is not None and last.kind is kind and last.indent == min(depth, _DEEPEST_INDENT):
            self._lines[-1] = replace(last, spans=(*last.spans, Span("\n"), *spans))
        else:
            self._lines.append(Line(tuple(spans)))

    def _end_item(self) -> None:
        if self._lists[-1].is_at_start:
            self._item_line(())

    def _code(self, token: Token) -> None:
        words = token.info.strip()
        shown = [] if words.lower() in _LANGUAGES else [words] if words else []
        for line in (*shown, *token.content.removesuffix("\n").split("\n")):
            self._lines.append(Line((Span(line),), kind=LineKind.CODE))

    def _table(self, at: int) -> int:
        """Read up to the table's end, and return where that is."""
        end = next(i for i in range(at, len(self._tokens)) if self._tokens[i].type == "table_close")
        begin, stop = self._tokens[at].map or (0, 0)
        written = self._source[begin:stop]
        if max(map(cell_count, written)) > cell_count(written[0]):
            # Of a row with more cells than the heading the parser drops those.
            self._lines += [Line((Span(line),), kind=LineKind.CODE) for line in written]
            return end
        rows: list[list[list[Span]]] = []
        for token in self._tokens[at:end]:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append([*inline_spans(token.children or (), Span(""))])
        self._lines += table_lines(rows)
        return end


def _unused_references(parsed: Parsed, lines: Sequence[Line]) -> Iterator[str]:
    """Definitions such as `[1]: https://…` that no link of the text shows, made literal."""
    linked = {span.address.url for line in lines for span in line.spans if span.address}
    for reference in parsed.references:
        address = parse_address(str(reference["href"]))
        if address is None or address.url not in linked:
            begin, end = cast("tuple[int, int]", reference["map"])
            yield from (line.strip().replace("[", r"\[", 1) for line in parsed.source[begin:end])
