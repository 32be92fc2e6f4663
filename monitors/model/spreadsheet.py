"""Rows as CSV that spreadsheets may open: no cell is taken for a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

# Where one may begin: in a cell, and in what becomes a cell where spreadsheets split at semicolons,
# as in most of Europe; quotation marks then don't hold a cell's lines together either.
# Also as East Asian keyboards write them, which some spreadsheets take likewise.
_FORMULA: Final = re.compile(
    r"\A(?=[\t\n])|(?:^|(?<=;))(?=[^\S\n]*[=+\-@＝＋－＠])",  # noqa: RUF001 - likewise
    flags=re.MULTILINE,
)
_RETURN: Final = re.compile("\r\n?")
# A cell of Excel takes 32,767.
_CELL_CHARACTERS: Final = 32_000


def csv_of(rows: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue()


def _cell(text: str) -> str:
    """An apostrophe in front of a formula makes it text. A bare CR would begin a row."""
    text = _RETURN.sub("\n", text)
    shown = text if len(text) <= _CELL_CHARACTERS else f"{text[:_CELL_CHARACTERS]}…"
    return _FORMULA.sub("'", shown)
