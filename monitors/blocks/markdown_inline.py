"""What stands within a line of Markdown: words in their styles, links, code."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from markdown_it.token import Token

from monitors.blocks.address import parse_address
from monitors.blocks.links import link_spans, unlinkable
from monitors.blocks.rich import Span

_BREAK: Final = re.compile(r"<br[ \t]*/?>", flags=re.IGNORECASE)


def inline_spans(tokens: Sequence[Token], style: Span) -> Iterator[Span]:
    """Spans in which a line break is a span of its own."""
    depth = {"strong": 0, "em": 0, "s": 0}
    label: list[str] = []
    links: list[Token] = []
    for token in tokens:
        name, _, edge = token.type.partition("_")
        if name in depth and edge in {"open", "close"}:
            depth[name] += token.nesting
        elif token.type == "link_open":
            # Within another one's label an address is part of what that says.
            links.append(token)
        elif token.type == "link_close":
            link = links.pop()
            if not links:
                yield from _link(link, "".join(label), _styled(style, depth))
                label = []
        elif links:
            label.append(" " if token.type.endswith("break") else token.content)
        elif token.type == "image":
            label_of_image = "".join(
                span.text for span in inline_spans(token.children or (), style)
            )
            yield from _link(token, label_of_image, _styled(style, depth))
        else:
            yield from _words(token, _styled(style, depth))


def _styled(style: Span, depth: Mapping[str, int]) -> Span:
    return replace(
        style,
        bold=style.bold or depth["strong"] > 0,
        italic=style.italic or depth["em"] > 0,
        strike=style.strike or depth["s"] > 0,
    )


def _words(token: Token, style: Span) -> Iterator[Span]:
    match token.type:
        case "softbreak" | "hardbreak":
            yield Span("\n")
        case "code_inline":
            yield replace(style, text=token.content, code=True)
        case _:
            for at, part in enumerate(_BREAK.split(token.content)):
                yield from [Span("\n")] if at else []
                yield from [replace(style, text=part)] if part else []


def _link(token: Token, label: str, style: Span) -> list[Span]:
    target = str(token.attrs.get("href") or token.attrs.get("src") or "")
    title = str(token.attrs.get("title") or "")
    address = parse_address(target)
    if address is None:
        return unlinkable(label, target, is_image=token.type == "image", style=style)
    more = [replace(style, text=f" “{title}”")] if title else []
    return [*link_spans("" if label == target else label, address, style=style), *more]


def split_lines(spans: Iterator[Span]) -> Iterator[list[Span]]:
    line: list[Span] = []
    for span in spans:
        if span.text == "\n" and not span.code:
            yield line
            line = []
        else:
            line.append(span)
    yield line
