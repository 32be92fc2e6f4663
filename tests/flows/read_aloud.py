"""What a screen reader says of a message is its top-level text: whether that is the whole news."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast
from urllib.parse import unquote

from tests.flows.world import Json

# A long query, or a list, says by an ellipsis where it was cut.
_FULL: Final = 2500
_TOKEN: Final = re.compile(r"<(?:!date\^[^|<>]*\|([^<>]*)|([@#][A-Z0-9]+)[^<>]*)>")
_NUMBER: Final = re.compile(r"^ *Finding \d+ of \d+ *$")
_WORD: Final = re.compile(r"[^\W_]+")
# Buttons and menus say themselves.
_CONTROLS: Final = frozenset({"actions", "input"})


def unspoken(message: Json) -> list[str]:
    """The words of each block that its text lacks, or has in another order."""
    text = str(message["text"])
    if len(text) > _FULL:
        return []
    said = _words(text)
    blocks = cast("list[Json]", message["blocks"] or [])
    # A notification begins with the news, so the first finding's number is only seen.
    seen = (_NUMBER.sub("", shown(block)) for block in blocks)
    return [word for words in seen for word in _missing(_words(words), said)]


def shown(value: object) -> str:
    """What can be read in a block, apart from its buttons and menus."""
    return " ".join(_texts(value))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _texts(each)
        return
    if not isinstance(value, Mapping):
        return
    part = cast("Json", value)
    kind = part.get("type")
    if kind in _CONTROLS:
        return
    own = part.get("text", part.get("fallback"))
    if kind == "user":
        yield f"<@{part['user_id']}>"
    elif isinstance(own, str):
        yield own
    else:
        for name, each in part.items():
            if name not in {"accessory", "style"}:
                yield from _texts(each)


def _missing(words: list[str], said: list[str]) -> Iterator[str]:
    at = 0
    for word in words:
        try:
            at = said.index(word, at) + 1
        except ValueError:
            yield word


def _words(text: str) -> list[str]:
    plain = _TOKEN.sub(lambda match: match[1] or match[2], text)
    return _WORD.findall(unquote(plain.replace("\u200b", "")).lower())
