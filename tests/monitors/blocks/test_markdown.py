"""Parallel's markdown as rich text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.blocks.markdown import markdown_lines
from monitors.blocks.rich import LineKind, rich_pieces
from tests.monitors.blocks.reading import links, objects, visible


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
        (r"\*x\*", [("*x*", "")]),
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
        ("[**a**](https://x.example/)", "a", "https://x.example/"),
        ("[a [b] c](https://x.example/)", "a [b] c", "https://x.example/"),
        ("[a](https://x.example/b_(c))", "a", "https://x.example/b_(c)"),
        ("![a](https://x.example/)", "a", "https://x.example/"),
        ("[a][1]\n\n[1]: https://x.example/", "a", "https://x.example/"),
        ("see https://x.example/a_b_c.", "https://x.example/a_b_c", "https://x.example/a_b_c"),
        ("(https://x.example/b_(c))", "https://x.example/b_(c)", "https://x.example/b_(c)"),
        ("<https://x.example/>", "https://x.example/", "https://x.example/"),
        ("**https://x.example/a**", "https://x.example/a", "https://x.example/a"),
    ],
)
def test_links_are_links(text: str, label: str, url: str) -> None:
    assert found_links(text) == [(label, url)]


def shown(text: str) -> str:
    return visible([piece.block for piece in rich_pieces(markdown_lines(text))])


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("[bank.example](https://evil.example/)!", "bank.example (evil.example)!"),
        ("[Reconnect](https://evil.example/connect)", "Reconnect (evil.example)"),
        ("[evil.example](https://evil.example/a)", "evil.example"),
        ("[\u2800\u200b](https://evil.example/a)", "https://evil.example/a"),
        ("[a](https://x.example/ 'Title')", "a (x.example) “Title”"),
        ("[a <https://b.example/> c](https://x.example/)", "a https://b.example/ c (x.example)"),
        ("![a &amp; **b**](https://x.example/)", "a & b (x.example)"),
        (
            f"[{'long ' * 70}](https://x.example/)",
            f"{'long ' * 59}long… (x.example) {'long ' * 10}".strip(),
        ),
    ],
)
def test_behind_a_label_stands_the_host_it_leads_to(text: str, seen: str) -> None:
    assert shown(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](//x.example)",
        "https://bank.example@evil.example/",
        "noted[^1]\n\n[^1]: a remark",
        "[remark]: word",
        "[1]: https://x.example/unused",
        "<script>alert(1)</script>",
        "| a | b |\n|---|---|\n| 1 | 2 | 3 |",
    ],
)
def test_what_cannot_be_shown_as_what_it_is_stays_readable(text: str) -> None:
    assert shown(text).split() == text.split()


def test_an_image_within_the_text_is_named_and_not_posted() -> None:
    assert (
        shown(f"see ![the chart](data:image/png;base64,{'A' * 60_000})") == "see [image: the chart]"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("``` these words count\ncode\n```", ["these words count", "code"]),
        ("```python\ncode\n```", ["code"]),
        ("````\n```\ninner\n```\n````", ["```", "inner", "```"]),
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("a\n***\nb", ["a", "b"]),
        ("1. a\n\n   more\n2. b", ["1. a\nmore", "2. b"]),
        ("> a\n> - b\n> > c", ["a", "• b", "c"]),
        ("- [1]: a remark\n- b", ["• [1]: a remark", "• b"]),
        ("a\n\n\n\n\nb", ["a", "", "b"]),
        ("**「重要」**です", ["「重要」です"]),
        ("| a | b |\n|---|---|\n| 1 | 22 |", ["a  b", "1  22"]),
    ],
)
def test_blocks_become_lines(text: str, lines: list[str]) -> None:
    assert [line.in_words for line in markdown_lines(text)] == lines


def test_a_table_too_wide_or_with_links_is_a_list() -> None:
    text = "| who | where |\n|---|---|\n| Ada | [here](https://x.example/) |"
    assert [line.in_words for line in markdown_lines(text)] == [
        "who · where",
        "• Ada",
        "• where: here (https://x.example/)",
    ]


_WORDS = st.integers(0, 10**6).map(lambda number: f"w{number}")
_MARKS = st.sampled_from(
    [
        *("**", "*", "_", "__", "~~", "`", "```", "\n", "\n\n", "\n- ", "\n  - ", "\n1. ", "\n> "),
        *("\n# ", "\n```\n", "\n| ", " | ", "\n|---|---|\n", "[", "]", "(", ")", "![", "<", ">"),
        *(
            "](https://x.example/) ",
            "<br>",
            "<https://x.example/>",
            "\n[",
            "]: ",
            "&",
            "\\",
            "~",
            "\n    ",
            "\n---\n",
        ),
        *("\n===\n", ": ", "{", "\uff0c", "「"),
    ]
)


@given(st.lists(st.one_of(_WORDS, _WORDS.map(lambda word: f" {word} "), _MARKS), max_size=40))
def test_no_word_is_lost_and_all_stand_in_order(parts: list[str]) -> None:
    text = "".join(parts)
    pieces = rich_pieces(markdown_lines(text))
    for seen in (visible([piece.block for piece in pieces]), "\n".join(p.words for p in pieces)):
        at = 0
        for word in re.findall(r"w\d+", text):
            at = seen.index(word, at) + len(word)


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 40_000, "![" * 20_000, "https://" * 5000, "<https://a" * 4000, "> " * 20_000),
        "\n".join(["> - " * 500 + "[a"] * 20),
        "\n".join(f"{' ' * depth}- a" for depth in range(200)),
    ],
)
def test_what_is_nested_or_repeated_without_end_is_read(text: str) -> None:
    assert rich_pieces(markdown_lines(text))
