"""Tables from the web: columns where they fit a message's width, else a line for each cell."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from monitors.blocks.rich import Line, LineKind, Span

# Of a message in a narrow window; a code block does not wrap in columns.
MOST_COLUMNS_WIDE: Final = 64
_BAR: Final = re.compile(r"(?<!\\)\|")
_GAP: Final = "  "

Cell = Sequence[Span]


def table_lines(rows: Sequence[Sequence[Cell]]) -> Iterator[Line]:
    """`rows` begin with the heading's; nothing of a cell is lost, links neither."""
    words = [[_words(cell) for cell in row] for row in rows]
    has_links = any(span.address for row in rows for cell in row for span in cell)
    widths = [max(map(_width, column)) for column in zip(*words, strict=True)]
    if not has_links and sum(widths) + len(_GAP) * (len(widths) - 1) <= MOST_COLUMNS_WIDE:
        yield from _columns(words, widths)
    else:
        yield from _cells(rows)


def cell_count(line: str) -> int:
    """Of one row as it is written: escaped bars are none."""
    return len(_BAR.split(line.strip().removeprefix("|").removesuffix("|")))


def _columns(words: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[Line]:
    for row in words:
        cells = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        yield Line((Span(_GAP.join(cells).rstrip()),), kind=LineKind.CODE)


def _cells(rows: Sequence[Sequence[Cell]]) -> Iterator[Line]:
    """The headings in a line, then each row as an item with its other cells below."""
    headings, *others = rows
    names = [_words(cell) for cell in headings]
    yield Line((Span(" · ".join(filter(None, names)), bold=True),))
    for row in others:
        for at, (name, cell) in enumerate(zip(names, row, strict=True)):
            label = [Span(f"{name}: ", bold=True)] if name and at else []
            yield Line((*label, *cell), kind=LineKind.BULLET, indent=min(at, 1))


def _words(cell: Cell) -> str:
    return "".join(" " if span.text == "\n" else span.text for span in cell).strip()


def _width(text: str) -> int:
    """In columns of a fixed-width font."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
