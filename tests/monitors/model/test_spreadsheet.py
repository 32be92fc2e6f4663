"""Rows as a spreadsheet: read back as they were, and never run."""

import csv
from io import StringIO
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.model.spreadsheet import csv_of


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "  =1",
        "\u00a0=1",
        "＝1",  # noqa: RUF001 - as typed on an East Asian keyboard
        '=HYPERLINK("https://evil.example","click")',
    ],
)
def test_nothing_begins_like_a_formula(cell: str) -> None:
    assert read(csv_of([["a", cell]])) == [["a", f"'{cell}"]]


@pytest.mark.parametrize(
    ("cell", "back"), [("\r=1", "'\n'=1"), ("news\r=1", "news\n'=1"), ("a\r\nb", "a\nb")]
)
def test_no_cell_begins_a_row(cell: str, back: str) -> None:
    assert read(csv_of([["a", cell, "end"]])) == [["a", back, "end"]]


@pytest.mark.parametrize(
    "cell",
    [
        "news;=1",
        "news; =1;+1",
        "news\n=1",
        'news "quoted";\t@SUM(A1)\n -1',
        "\n=1",
        ";=1",
        "＝1;＝1",  # noqa: RUF001 - as typed on an East Asian keyboard
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_nor_does_a_part_where_spreadsheets_split_at_semicolons(cell: str, delimiter: str) -> None:
    written = csv_of([["first, and second", cell, "end"]])
    cells = chain(*csv.reader(StringIO(written, newline=""), delimiter=delimiter))
    assert [each for each in cells if each.lstrip()[:1] in set("=+-@＝")] == []  # noqa: RUF001 - likewise


@pytest.mark.parametrize(
    "cell", ["", "3 - 2", "cold; warm", "a=b", "2026-11-26", "“quoted”, with a comma", '"']
)
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert read(csv_of([[cell, "end"]])) == [[cell, "end"]]


def test_no_cell_is_longer_than_a_spreadsheet_takes() -> None:
    ((cell,),) = read(csv_of([["a" * 40_000]]))
    assert len(cell) < 32_767
    assert cell.endswith("a…")


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"))))
def test_every_row_comes_back(row: list[str]) -> None:
    row = ["first", *row]
    (back,) = read(csv_of([row]))
    plain = [each.replace("\r\n", "\n").replace("\r", "\n") for each in row]
    assert [each.replace("'", "") for each in back] == [each.replace("'", "") for each in plain]
