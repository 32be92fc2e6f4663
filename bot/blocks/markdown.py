"""Markdown, as Parallel writes it, read into lines of rich text.

Only what is common, and only what is safe: what is not recognised stays as it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.blocks.address import Address, is_disguised, parse_address
from bot.blocks.rich import Line, LineKind, Span
from bot.blocks.text import ELLIPSIS, clip, from_the_web, one_line

_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_HEADING: Final = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*")
_BULLET: Final = re.compile(r"(\s*)[-*+•]\s+(\S.*)")
_NUMBERED: Final = re.compile(r"(\s*)([1-9]\d{0,3})[.)]\s+(\S.*)", flags=re.ASCII)
_QUOTE: Final = re.compile(r"\s{0,3}>\s?(.*)")
_DEEPEST_INDENT: Final = 8
_DEEPEST_STYLE: Final = 4
_LABEL_CHARACTERS: Final = 300
_SHOWN_ADDRESS_CHARACTERS: Final = 100
_SHOWN_HOST_CHARACTERS: Final = 80

# Each inside has a longest length, so that no text takes more than linear time.
_BARE: Final = r"https?://[^\s<>\"`|]{1,3000}"
_INLINE: Final = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+\-.!|>~])"
    r"|(?P<ticks>``?)(?P<code>[^`\n]{1,1000})(?P=ticks)"
    r"|!?\[(?P<label>[^\[\]]{0,500}(?:\[[^\[\]]{0,100}\][^\[\]]{0,100}){0,3})\]"
    r"\(\s{0,9}<?(?P<target>[^\s()<>]{1,3000}(?:\([^\s()<>]{0,300}\)[^\s()<>]{0,300}){0,5})>?"
    r"(?:\s{1,9}[\"'][^\"'\n]{0,300}[\"'])?\s{0,9}\)"
    rf"|(?P<bare><{_BARE}>|{_BARE})"
    r"|\*\*(?=\S)(?P<bold>[^\n]{1,1000}?)(?<=\S)\*\*(?!\*)"
    r"|(?<!\w)__(?=\S)(?P<underbold>[^\n]{1,1000}?)(?<=\S)__(?!\w)"
    r"|~~(?=\S)(?P<struck>[^\n~]{1,1000}?)(?<=\S)~~"
    r"|(?<![\w*])\*(?=[^\s*])(?P<starred>[^\n*]{1,1000}?)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=[^\s_])(?P<underlined>[^\n_]{1,1000}?)(?<=\S)_(?![\w_])",
    flags=re.IGNORECASE,
)
_BARE_ONLY: Final = re.compile(_BARE, flags=re.IGNORECASE)
_TRAILING: Final = ".,;:!?'\"*_~"


def markdown_lines(text: str) -> Iterator[Line]:
    """Every line of the text, blank ones too."""
    in_code = False
    for line in from_the_web(text).split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        elif in_code:
            yield Line((Span(line),), kind=LineKind.CODE)
        else:
            yield _line(line)


def plain_lines(text: str) -> Iterator[Line]:
    """Text that is no markdown; only bare addresses become links."""
    for line in from_the_web(text).split("\n"):
        yield Line(tuple(_with_addresses(line)))


def link_spans(label: str, address: Address, *, style: Span | None = None) -> list[Span]:
    """A link; if its text looks like another address, the real host follows it."""
    shown = clip(one_line(label), _LABEL_CHARACTERS) or _shown(address)
    link = replace(style or Span(""), text=shown, address=address)
    return [link, Span(f" ({address.host})")] if is_disguised(label, address) else [link]


def bare_link(address: Address) -> Span:
    """A link that shows its own address."""
    return Span(_shown(address), address=address)


def _shown(address: Address) -> str:
    """Shortened after the host; of a very long host the end, which identifies its owner."""
    if len(address.host) > _SHOWN_HOST_CHARACTERS:
        return f"{ELLIPSIS}{address.host[-_SHOWN_HOST_CHARACTERS:]}"
    return clip(address.url, _SHOWN_ADDRESS_CHARACTERS)


def _line(text: str) -> Line:
    if match := _HEADING.fullmatch(text):
        return Line(tuple(_inline(match[1], Span("", bold=True))))
    if match := _BULLET.fullmatch(text):
        return _item(match[2], LineKind.BULLET, indent=match[1])
    if match := _NUMBERED.fullmatch(text):
        item = _item(match[3], LineKind.NUMBERED, indent=match[1])
        return replace(item, number=int(match[2]))
    if match := _QUOTE.fullmatch(text):
        return Line(tuple(_inline(match[1], Span(""))), kind=LineKind.QUOTE)
    return Line(tuple(_inline(text, Span(""))))


def _item(text: str, kind: LineKind, *, indent: str) -> Line:
    depth = min(len(indent.expandtabs(4)) // 2, _DEEPEST_INDENT)
    return Line(tuple(_inline(text, Span(""))), kind=kind, indent=depth)


def _inline(text: str, style: Span, *, depth: int = 0) -> Iterator[Span]:
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            yield replace(style, text=text[at : match.start()])
        yield from _marked(match, style, depth=depth)
        at = match.end()
    if at < len(text):
        yield replace(style, text=text[at:])


def _marked(match: re.Match[str], style: Span, *, depth: int) -> Iterator[Span]:
    if match["escaped"]:
        yield replace(style, text=match["escaped"])
    elif match["code"]:
        yield replace(style, text=match["code"], code=True)
    elif match["target"]:
        yield from _link(match, style)
    elif match["bare"]:
        yield from _bare(match["bare"], style)
    else:
        yield from _styled(match, style, depth=depth)


def _styled(match: re.Match[str], style: Span, *, depth: int) -> Iterator[Span]:
    if depth >= _DEEPEST_STYLE:
        yield replace(style, text=match[0])
    elif inside := match["bold"] or match["underbold"]:
        yield from _inline(inside, replace(style, bold=True), depth=depth + 1)
    elif match["struck"]:
        yield from _inline(match["struck"], replace(style, strike=True), depth=depth + 1)
    else:
        inside = match["starred"] or match["underlined"]
        yield from _inline(inside, replace(style, italic=True), depth=depth + 1)


def _link(match: re.Match[str], style: Span) -> Iterator[Span]:
    """If it can't become a link, it stays readable text with its address."""
    address = parse_address(match["target"])
    if address is None:
        yield replace(style, text=match[0])
    else:
        yield from link_spans(_without_marks(match["label"]), address, style=style)


def _without_marks(label: str) -> str:
    return re.sub(r"\*\*|__|`", "", label)


def _bare(text: str, style: Span) -> Iterator[Span]:
    """An address in a sentence, without the punctuation after it."""
    bare = text[1:-1] if text.startswith("<") else _without_trailing(text)
    address = parse_address(bare)
    if address is None:
        yield replace(style, text=text)
        return
    yield replace(style, text=_shown(address), address=address)
    if not text.startswith("<") and len(bare) < len(text):
        yield replace(style, text=text[len(bare) :])


def _without_trailing(text: str) -> str:
    while text and (
        text[-1] in _TRAILING or (text[-1] == ")" and text.count("(") < text.count(")"))
    ):
        text = text[:-1]
    return text


def _with_addresses(text: str) -> Iterator[Span]:
    at = 0
    for match in _BARE_ONLY.finditer(text):
        yield Span(text[at : match.start()])
        yield from _bare(match[0], Span(""))
        at = match.end()
    yield Span(text[at:])
