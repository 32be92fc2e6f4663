"""Pages of a list, by cursor."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import TypeVar

from sandbox.slack.errors import SlackError
from sandbox.slack.web_api.call import Call

Item = TypeVar("Item")


def one_page(call: Call, items: list[Item], limit: int) -> tuple[list[Item], str]:
    start = _cursor_start(call.text("cursor"))
    following = start + limit
    more = following < len(items)
    cursor = b64encode(f"next:{following}".encode()).decode() if more else ""
    return items[start:following], cursor


def _cursor_start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        kind, _, number = b64decode(cursor, validate=True).decode().partition(":")
    except (Base64Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if kind != "next" or not number.isdecimal():
        raise SlackError("invalid_cursor")
    return int(number)
