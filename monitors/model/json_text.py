"""What others send as JSON, as values."""

import json
import re
from typing import Any, Final

from pydantic import JsonValue
from pydantic_core import from_json

# Deeper values stay JSON text: both readers recurse, and so does what draws a finding.
_DEEPEST: Final = 100
_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', flags=re.DOTALL)


class UnreadableError(ValueError):
    """It isn't JSON, or doesn't have an expected shape."""


def json_of(body: bytes) -> JsonValue:
    """As a value. Raises UnreadableError."""
    try:
        value: Any = from_json(body)
    except ValueError:
        return _repaired(body)
    return value


def _repaired(body: bytes) -> JsonValue:
    """Replaces half surrogate pairs, which only Python's own reader accepts, by U+FFFD.

    They come from pages cut in two, and could be neither sent nor stored.
    """
    try:
        text = json.dumps(json.loads(_flat(body.decode())), ensure_ascii=False)
        value: Any = from_json(
            text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError("no JSON") from error
    return value


def _flat(text: str) -> str:
    """The same with each value that is nested too deeply as a string of its own JSON."""
    parts: list[str] = []
    depth = done = begin = 0
    for mark in _MARK.finditer(text):
        if mark[0] in "[{":
            depth += 1
            if depth == _DEEPEST:
                begin = mark.start()
        elif mark[0] in "]}":
            if depth == _DEEPEST:
                parts += [text[done:begin], json.dumps(text[begin : mark.end()])]
                done = mark.end()
            depth -= 1
    return "".join([*parts, text[done:]])
