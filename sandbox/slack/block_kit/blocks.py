"""The blocks themselves, and the rules across one payload's blocks."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from sandbox.slack.block_kit.elements import (
    IMAGE,
    IMAGE_FIELDS,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    INTERACTIVE,
    Fields,
)
from sandbox.slack.block_kit.objects import mrkdwn_or_plain, plain_text
from sandbox.slack.block_kit.rich_text import RICH_TEXT_PARTS
from sandbox.slack.block_kit.shapes import (
    Check,
    Report,
    also,
    anything,
    array,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    required,
    shape,
    string,
)
from sandbox.slack.wire import JsonObject, as_object, as_text, objects_in

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MARKDOWN_CHARACTERS = 12_000

_COMMON: Fields = {"type": anything, "block_id": string(255)}
_RICH_TEXT = shape(
    _COMMON | {"elements": required(array(by_type(RICH_TEXT_PARTS), most=1000, least=0))}
)
_CELL = by_type(
    {
        "raw_text": shape({"type": anything, "text": required(string(10_000, shortest=1))}),
        "rich_text": _RICH_TEXT,
    }
)

_EVERYWHERE: dict[str, Check] = {
    "actions": shape(_COMMON | {"elements": required(array(by_type(IN_ACTIONS), most=25))}),
    "context": shape(
        _COMMON
        | {
            "elements": required(
                array(
                    by_type(
                        {
                            "image": IMAGE,
                            "mrkdwn": mrkdwn_or_plain(2000),
                            "plain_text": mrkdwn_or_plain(2000),
                        }
                    ),
                    most=10,
                )
            )
        }
    ),
    "divider": shape(_COMMON),
    "header": shape(_COMMON | {"text": required(plain_text(150))}),
    "image": also(
        shape(_COMMON | IMAGE_FIELDS | {"title": plain_text(2000)}),
        exactly_one("image_url", "slack_file"),
    ),
    "input": shape(
        _COMMON
        | {
            "label": required(plain_text(2000)),
            "element": required(by_type(IN_INPUT)),
            "dispatch_action": boolean,
            "hint": plain_text(2000),
            "optional": boolean,
        }
    ),
    "rich_text": _RICH_TEXT,
    "section": also(
        shape(
            _COMMON
            | {
                "text": mrkdwn_or_plain(3000),
                "fields": array(mrkdwn_or_plain(2000), most=10),
                "accessory": by_type(IN_SECTION),
                "expand": boolean,
            }
        ),
        at_least_one("text", "fields"),
    ),
}
_IN_MESSAGES: dict[str, Check] = {
    "markdown": shape(_COMMON | {"text": required(string(MARKDOWN_CHARACTERS, shortest=1))}),
    "table": shape(
        _COMMON
        | {
            "rows": required(array(array(_CELL, most=20), most=100)),
            "column_settings": array(anything, most=20, least=0),
        }
    ),
}
_ALLOWED: dict[Surface, Check] = {
    "message": by_type(_EVERYWHERE | _IN_MESSAGES),
    "modal": by_type(_EVERYWHERE),
    "home": by_type(_EVERYWHERE),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An element and the block that holds it."""

    block: JsonObject
    element: JsonObject
    pointer: str


def check_blocks(blocks: object, pointer: str, report: Report, *, surface: Surface) -> None:
    array(_ALLOWED[surface], most=MOST_BLOCKS[surface], least=0)(blocks, pointer, report)
    found = objects_in(blocks)
    _block_ids_are_unique(found, pointer, report)
    _action_ids_are_unique(found, pointer, report)
    if surface == "message":
        _message_wide_limits(found, pointer, report)


def _block_ids_are_unique(blocks: list[JsonObject], pointer: str, report: Report) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = as_text(block.get("block_id"))
        if block_id and block_id in seen:
            report.add(f"{pointer}/{index}/block_id", f"block_id already exists: {block_id}")
        seen.add(block_id)


def _action_ids_are_unique(blocks: list[JsonObject], pointer: str, report: Report) -> None:
    for index, block in enumerate(blocks):
        seen: set[str] = set()
        for placed in _elements_of(block, f"{pointer}/{index}"):
            action_id = as_text(placed.element.get("action_id"))
            if action_id and action_id in seen:
                report.add(f"{placed.pointer}/action_id", f"action_id already exists: {action_id}")
            seen.add(action_id)


def _message_wide_limits(blocks: list[JsonObject], pointer: str, report: Report) -> None:
    kinds = Counter(as_text(block.get("type")) for block in blocks)
    if kinds["table"] > 1:
        report.add(pointer, "only_one_table_allowed")
    written = sum(
        len(as_text(block.get("text"))) for block in blocks if block.get("type") == "markdown"
    )
    if kinds["markdown"] > 1 and written > MARKDOWN_CHARACTERS:
        report.add(pointer, f"markdown blocks exceed {MARKDOWN_CHARACTERS} characters together")


def _elements_of(block: JsonObject, pointer: str) -> list[Placed]:
    placed = [
        Placed(block, element, f"{pointer}/elements/{index}")
        for index, element in enumerate(objects_in(block.get("elements")))
    ]
    for name in ("accessory", "element"):
        element = as_object(block.get(name))
        if element is not None:
            placed.append(Placed(block, element, f"{pointer}/{name}"))
    return placed


def interactive_elements(blocks: list[JsonObject]) -> list[Placed]:
    """Everything in `blocks` that a person can use, in reading order."""
    return [
        placed
        for index, block in enumerate(blocks)
        for placed in _elements_of(block, f"/{index}")
        if placed.element.get("type") in INTERACTIVE
    ]


def text_length(value: object) -> int:
    """How many characters of text a payload's blocks hold, wherever they sit."""
    content = as_object(value)
    if content is not None:
        own = len(as_text(content.get("text")))
        return own + sum(text_length(entry) for entry in content.values())
    if isinstance(value, list):
        return sum(text_length(entry) for entry in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any JSON
    return 0
