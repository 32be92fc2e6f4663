"""Reading JSON that anyone may have sent: narrowing without trusting."""

import json
from typing import Any, TypeAlias, cast

# A stand-in speaks its vendor's wire format all the way through, so objects stay JSON here.
JsonObject: TypeAlias = dict[str, Any]

_DEEPEST = 60


def as_object(value: object) -> JsonObject | None:
    return cast("JsonObject", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    return cast("list[Any]", value) if isinstance(value, list) else None


def objects_in(value: object) -> list[JsonObject]:
    """The objects of a list; anything else is passed over."""
    found = (as_object(item) for item in as_list(value) or [])
    return [item for item in found if item is not None]


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def parse_json(raw: str | bytes) -> object:
    """The parsed value, or None where `raw` is no JSON that could be sent back as JSON.

    Python also reads NaN, infinities and lone surrogates, and nests deeper than it can walk.
    """
    try:
        value = json.loads(raw)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if _nests_within(value, _DEEPEST) else None


def _nests_within(value: object, levels: int) -> bool:
    inside = as_list(value) or list((as_object(value) or {}).values())
    return levels > 0 and all(_nests_within(entry, levels - 1) for entry in inside)
