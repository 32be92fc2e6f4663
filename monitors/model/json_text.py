"""What others send as JSON, as values."""

import json
from typing import Any

from pydantic import JsonValue
from pydantic_core import from_json


class UnreadableError(ValueError):
    """It isn't JSON, or doesn't have an expected shape."""


def json_of(body: bytes) -> JsonValue:
    """As a value. Raises UnreadableError, also where it is nested too deeply."""
    try:
        value: Any = from_json(body)
    except ValueError:
        return _with_halves_replaced(body)
    return value


def _with_halves_replaced(body: bytes) -> JsonValue:
    """Replaces half surrogate pairs, which only Python's own reader accepts, by U+FFFD.

    They come from pages cut in two, and could be neither sent nor stored.
    """
    try:
        text = json.dumps(json.loads(body.decode()), ensure_ascii=False)
        value: Any = from_json(
            text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError("no JSON") from error
    return value
