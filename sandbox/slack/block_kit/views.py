"""Modals and Home tabs."""

import json

from sandbox.slack.block_kit.blocks import Surface, check_blocks
from sandbox.slack.block_kit.objects import plain_text
from sandbox.slack.block_kit.shapes import (
    Check,
    Field,
    Report,
    anything,
    boolean,
    required,
    shape,
    string,
)
from sandbox.slack.wire import JsonObject, objects_in

MOST_VIEW_BYTES = 250_000

_COMMON: dict[str, Field | Check] = {
    "type": anything,
    "blocks": required(anything),
    "callback_id": string(255),
    "private_metadata": string(3000),
    "external_id": string(255),
}
_SHAPES: dict[Surface, Check] = {
    "modal": shape(
        _COMMON
        | {
            "title": required(plain_text(24)),
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        }
    ),
    "home": shape(_COMMON | {"clear_on_close": boolean, "notify_on_close": boolean}),
}


def check_view(view: JsonObject, report: Report, *, surface: Surface) -> None:
    if view.get("type") != surface:
        report.add("/view/type", f"unsupported type: {view.get('type')}")
        return
    _SHAPES[surface](view, "/view", report)
    if "blocks" in view:
        check_blocks(view["blocks"], "/view/blocks", report, surface=surface)
    holds_input = any(block.get("type") == "input" for block in objects_in(view.get("blocks")))
    if surface == "modal" and holds_input and "submit" not in view:
        report.add("/view", "missing required field: submit")


def is_too_large(view: JsonObject) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST_VIEW_BYTES
