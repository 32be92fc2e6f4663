"""Foreign text made safe and short: escaping, clipping, splitting.

Foreign text goes into `plain_text` and `rich_text`, which Slack doesn't interpret. It does
interpret the top-level text, so that needs escaping.
"""

import re
import unicodedata
from bisect import bisect_right
from typing import Final

from monitors.model.command import FILLERS
from monitors.model.local_time import LOCAL_TIME

ELLIPSIS: Final = "…"

_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL: Final = re.compile(r"[&<>]")
_BROADCAST: Final = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", flags=re.IGNORECASE)
_ZERO_WIDTH_SPACE: Final = "\u200b"
# Lone surrogates cannot be sent at all; control characters have no meaning in a message.
_UNSENDABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_BREAK: Final = re.compile("\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
# Marks that reverse or isolate the text around them: `moc.live` could look like another host.
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Me", "Mn"})
# Characters that browsers read as a dot in a host name, or that look like one.
_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff61\u2024\ua4f8\u0701\u0702\u00b7\u2027", "."))
_VISIBLE: Final = re.compile("[!-~]")
_FILLERS: Final = dict.fromkeys(map(ord, FILLERS))
_BREAKS: Final = ("\n\n", "\n", ". ", " ")


def escape(text: str) -> str:
    """Escapes `&`, `<` and `>`, so that nothing in it can be a mention or a link."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], text)


def spoken(text: str) -> str:
    """For a message's top-level text: escaped, moments excepted, and with no live `@channel`."""
    return _BROADCAST.sub(f"@{_ZERO_WIDTH_SPACE}", escape_all_but_moments(sendable(text)))


def escape_all_but_moments(text: str) -> str:
    """For mrkdwn that may contain one of our moments (`monitors.model.local_time`)."""
    at = 0
    parts: list[str] = []
    for match in LOCAL_TIME.finditer(text):
        parts += [escape(text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*parts, escape(text[at:])])


def sendable(text: str) -> str:
    """Normalises line breaks and replaces what can't be sent; keeps everything a person typed."""
    return _UNSENDABLE.sub("\ufffd", _LINE_BREAK.sub("\n", text))


def from_the_web(text: str) -> str:
    """Sendable, and unable to reverse the text around it."""
    return _DIRECTION.sub("", sendable(text))


def one_line(text: str) -> str:
    """For a quotation in a sentence: without line breaks and marks that reverse text."""
    return " ".join(_DIRECTION.sub("", text).split())


def short(text: str, longest: int) -> str:
    """Something from the web in one line, clipped."""
    return clip(one_line(from_the_web(text)), longest)


def quoted(text: str, longest: int) -> str:
    """A quotation in a sentence, clipped."""
    return f"“{short(text, longest)}”"


def as_seen(text: str) -> str:
    """How it looks: similar letters made equal, invisible characters removed."""
    plain = unicodedata.normalize("NFKC", text).translate(_DOTS).lower()
    return "".join(each for each in plain if unicodedata.category(each) not in _UNSEEN)


def is_blank(text: str) -> bool:
    """Whether nobody sees anything of it: spaces of any kind, fillers, marks of no width."""
    if _VISIBLE.search(text):
        return False
    seen = as_seen(text.translate(_FILLERS))
    return not seen or seen.isspace()


def weight(text: str) -> int:
    """The length of a text by Slack's least favourable count: UTF-16 units, once escaped."""
    units = len(text if text.isascii() else text.encode("utf-16-le", "surrogatepass")[::2])
    return units + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def clip(text: str, longest: int) -> str:
    """At most `longest` by weight; a cut is shown by an ellipsis."""
    if weight(text) <= longest:
        return text
    return text[: _fitting(text, longest - 1)].rstrip() + ELLIPSIS


def split(text: str, longest: int) -> list[str]:
    """Parts of at most `longest` by weight that join to the same text.

    Split between paragraphs, lines, sentences or words if possible.
    """
    parts: list[str] = []
    rest = text
    while rest:
        part, rest = split_once(rest, longest)
        parts.append(part)
    return parts


def split_once(text: str, longest: int) -> tuple[str, str]:
    """The part that fits, never empty, and the rest."""
    fitting = max(_fitting(text, longest), 1)
    if fitting == len(text):
        return text, ""
    for mark in _BREAKS:
        at = text.rfind(mark, fitting // 2, fitting)
        if at > 0:
            fitting = at + len(mark)
            break
    return text[:fitting], text[fitting:]


def _fitting(text: str, longest: int) -> int:
    """How many characters from the start weigh at most `longest`."""
    # No character weighs less than 1.
    start = text[: max(longest, 0)]
    return bisect_right(range(len(start) + 1), longest, key=lambda end: weight(start[:end])) - 1
