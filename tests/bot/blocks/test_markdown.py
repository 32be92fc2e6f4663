"""Parallel's markdown as rich text."""

import pytest

from bot.blocks.markdown import markdown_lines, plain_lines
from bot.blocks.rich import LineKind, rich_pieces
from tests.bot.blocks.reading import links, objects, visible


def styled(text: str) -> list[tuple[str, str]]:
    """Every run of text with the names of its styles."""
    return [
        (span.text, " ".join(n for n in ("bold", "italic", "strike", "code") if getattr(span, n)))
        for line in markdown_lines(text)
        for span in line.spans
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**b** __b__", [("b", "bold"), (" ", ""), ("b", "bold")]),
        ("*i* _i_", [("i", "italic"), (" ", ""), ("i", "italic")]),
        ("~~s~~ `c`", [("s", "strike"), (" ", ""), ("c", "code")]),
        ("**b *bi***", [("b ", "bold"), ("bi", "bold italic")]),
        ("# Head", [("Head", "bold")]),
        ("### Head ##", [("Head", "bold")]),
        ("`**c**`", [("**c**", "code")]),
        (r"\*x\*", [("*", ""), ("x", ""), ("*", "")]),
    ],
)
def test_common_styles_are_shown(text: str, expected: list[tuple[str, str]]) -> None:
    assert styled(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4",
        "snake_case_name",
        "__init__x",
        "a ** b",
        "5~~6",
        "C:\\dir",
        "#tag",
        "1.5x",
        "* ",
    ],
)
def test_what_is_no_markdown_stays_as_written(text: str) -> None:
    assert "".join(part for part, _ in styled(text)) == text


def test_lists_quotes_and_code_keep_their_kind() -> None:
    lines = list(markdown_lines("- a\n  - b\n3. c\n> d\n```\ne\n```\nf"))
    assert [(line.kind, line.indent) for line in lines] == [
        (LineKind.BULLET, 0),
        (LineKind.BULLET, 1),
        (LineKind.NUMBERED, 0),
        (LineKind.QUOTE, 0),
        (LineKind.CODE, 0),
        (LineKind.PARAGRAPH, 0),
    ]


def test_a_numbered_list_keeps_its_numbers() -> None:
    (piece,) = rich_pieces(markdown_lines("7. a\n8. b\n2026. c"))
    found = [part for part in objects(piece.block) if part.get("type") == "rich_text_list"]
    assert [part["offset"] for part in found] == [6, 2025]


def found_links(text: str) -> list[tuple[str, str]]:
    return links([piece.block for piece in rich_pieces(markdown_lines(text))])


@pytest.mark.parametrize(
    ("text", "label", "url"),
    [
        ("[a](https://x.example/)", "a", "https://x.example/"),
        ("[**a**](https://x.example/ 'title')", "a", "https://x.example/"),
        ("[a [b] c](https://x.example/)", "a [b] c", "https://x.example/"),
        ("[a](https://x.example/b_(c))", "a", "https://x.example/b_(c)"),
        ("![a](https://x.example/)", "a", "https://x.example/"),
        ("see https://x.example/a_b_c.", "https://x.example/a_b_c", "https://x.example/a_b_c"),
        ("(https://x.example/b_(c))", "https://x.example/b_(c)", "https://x.example/b_(c)"),
        ("<https://x.example/>", "https://x.example/", "https://x.example/"),
    ],
)
def test_links_are_links(text: str, label: str, url: str) -> None:
    assert found_links(text) == [(label, url)]


def test_a_link_that_reads_like_another_shows_its_host() -> None:
    (piece,) = rich_pieces(markdown_lines("[bank.example](https://evil.example/)!"))
    assert visible(piece.block) == "bank.example (evil.example)!"


@pytest.mark.parametrize(
    "text", ["[a](javascript:alert(1))", "[a](//x.example)", "https://bank.example@evil.example/"]
)
def test_what_cannot_be_linked_stays_readable(text: str) -> None:
    assert found_links(text) == []
    assert visible([piece.block for piece in rich_pieces(markdown_lines(text))]) == text


def test_a_value_that_is_no_markdown_keeps_its_stars() -> None:
    (line,) = plain_lines("a *b* __c__ https://x.example/ d")
    assert "".join(span.text for span in line.spans) == "a *b* __c__ https://x.example/ d"
