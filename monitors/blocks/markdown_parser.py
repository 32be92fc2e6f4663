"""The Markdown parser: CommonMark with tables, bare addresses and emphasis beside CJK.

Nothing is judged here: whether an address may become a link is decided where the span is made.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token

from monitors.blocks.address import address_length, parse_address
from monitors.blocks.limits import URL_CHARACTERS

# Quotes and lists within each other, from the start of one line: the parser recurses into each.
_MOST_MARKERS: Final = 12
_MARKER: Final = r"[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]?"
_MANY_MARKERS: Final = re.compile(rf"^(?:{_MARKER}){{{_MOST_MARKERS}}}", flags=re.MULTILINE)
_FAR_INDENTED: Final = re.compile(r"^[ \t]{40,}", flags=re.MULTILINE)
# Looks like the definition of a link, and leads nowhere: a footnote, or a remark in brackets.
_FOOTNOTE: Final = re.compile(
    rf"^((?:{_MARKER})*+[ \t]*)(?=\[[^\]\n]*\]:(?![ \t]*<?https?://))",
    flags=re.MULTILINE | re.IGNORECASE,
)
_MANY_BRACKETS: Final = 1000
_OPEN_BRACKET: Final = re.compile(
    r"\[(?![^\[\]]{0,300}(?:\[[^\[\]]{0,100}\][^\[\]]{0,100}){0,3}\])"
)
_SCHEMES: Final = ("https", "http")
_CJK: Final = re.compile(
    "[\u2e80-\u303f\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """`source` are the lines that the tokens' positions count, `references` the links defined."""

    tokens: Sequence[Token]
    source: Sequence[str]
    references: Sequence[Mapping[str, object]]


def parse_markdown(text: str) -> Parsed:
    env: dict[str, object] = {}
    source = _bounded(text)
    tokens = _PARSER.parse(source, env)
    references = cast("Mapping[str, Mapping[str, object]]", env.get("references", {}))
    repeated = cast("Sequence[Mapping[str, object]]", env.get("duplicate_refs", ()))
    return Parsed(tokens, source.split("\n"), [*references.values(), *repeated])


def _bounded(text: str) -> str:
    """What the parser would drop made literal: nesting too deep, definitions that are words."""
    text = _FOOTNOTE.sub(r"\1\\", _FAR_INDENTED.sub(" " * 40, text))
    if text.count("[") > _MANY_BRACKETS:
        # For each that is never closed the parser reads to the end.
        text = _OPEN_BRACKET.sub(r"\\[", text)
    return _MANY_MARKERS.sub(lambda match: f"{match[0]}\\", text)


def _bare_address(state: StateInline, silent: bool) -> bool:
    """A rule: an address that stands for itself. Called where the parser stops, at its colon."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    name = next((each for each in _SCHEMES if state.pending[-len(each) :].lower() == each), None)
    begin = state.pos - len(name or "")
    text = state.src[begin : begin + URL_CHARACTERS]
    length = address_length(text) if name else 0
    if name is None or not length or parse_address(text[:length]) is None:
        return False
    if not silent:
        state.pending = state.pending[: -len(name)]
        state.push("link_open", "a", 1).attrs = {"href": text[:length]}
        state.push("text", "", 0).content = text[:length]
        state.push("link_close", "a", -1)
    state.pos = begin + length
    return True


class _CjkState(StateInline):
    """Emphasis beside Chinese, Japanese and Korean, which know no spaces between words.

    Rule: https://github.com/tats-u/markdown-cjk-friendly/blob/main/specification.md
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the parser's own
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before, after = self.src[start - 1 : start], self.src[end : end + 1]
        if self.src[start] == "_" or not (_CJK.match(before) or _CJK.match(after)):
            return scanned
        return Scanned(
            bool(after) and not after.isspace(),
            bool(before) and not before.isspace(),
            scanned.length,
        )


class _CjkInline(ParserInline):
    def parse(
        self, src: str, md: MarkdownIt, env: Mapping[str, object], tokens: list[Token]
    ) -> list[Token]:
        state = _CjkState(src, md, cast("dict[str, object]", env), tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
    made.inline = _CjkInline()
    made.enable(["table", "strikethrough", "linkify"])
    made.disable(["html_block", "html_inline"])
    made.inline.ruler.at("linkify", _bare_address)
    # Judged where the span is made (parse_address): here everything is read as it was meant.
    made.validateLink = lambda url: True  # noqa: ARG005 - the parser's own name
    made.normalizeLink = lambda url: url
    made.normalizeLinkText = lambda link: link
    return made


_PARSER: Final = _parser()
