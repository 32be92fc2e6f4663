"""How a monitor's findings are delivered: compact JSON in its metadata, under `policy`.

Anyone with the account's key can change metadata, so what can't be read counts as not set. What is
read is short and needs no escapes, so that it can be written back: Parallel takes 512 characters.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, cast

from monitors.model.delivery_policy import AS_IT_HAPPENS, DeliveryPolicy

# Slack's ids, and Parallel's frequencies.
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_USER: Final = re.compile(r"[UW][A-Z0-9]{1,19}")
# What a paused monitor is set to: Parallel has no pause, and this is the longest it takes.
PAUSED_FREQUENCY: Final = "30d"


@dataclass(frozen=True, slots=True)
class Hold:
    """Findings wait at Parallel: snoozed until a moment, or else paused until somebody resumes.

    `frequency` is what a pause replaced.
    """

    by_user_id: str
    until: datetime | None = None
    frequency: str | None = None

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Policy:
    """`enterprise_id`: what else is needed to rebuild the workspace.

    `co_owner` may do what the owner may, so it alone is signed (monitors.parallel.signing).
    """

    enterprise_id: str | None = None
    hold: Hold | None = None
    delivery: DeliveryPolicy = AS_IT_HAPPENS
    co_owner: str = ""

    def to_json(self) -> str:
        values: dict[str, object] = {}
        if self.enterprise_id is not None:
            values["enterprise_id"] = self.enterprise_id
        if self.co_owner:
            values["co_owner"] = self.co_owner
        if self.hold is not None:
            until = self.hold.until
            values["hold"] = {
                "by": self.hold.by_user_id,
                **({"until": int(until.timestamp())} if until else {}),
                **({"frequency": self.hold.frequency} if self.hold.frequency else {}),
            }
        if delivery := self.delivery.to_values():
            values["delivery"] = delivery
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    @lru_cache(maxsize=1000)  # a delivery asks a monitor for it a dozen times
    def from_json(cls, text: str) -> "Policy":
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        values = _object(found)
        return cls(
            enterprise_id=_word(values.get("enterprise_id")),
            co_owner=_person(values.get("co_owner")),
            hold=_hold(values.get("hold")),
            delivery=DeliveryPolicy.from_values(_object(values.get("delivery"))),
        )


NO_POLICY: Final = Policy()


def _hold(value: object) -> Hold | None:
    """None unless it says how it ends: at a moment, or by the frequency to go back to."""
    values = _object(value)
    until = values.get("until")
    try:
        hold = Hold(
            by_user_id=_word(values.get("by")) or "",
            until=datetime.fromtimestamp(until, UTC) if isinstance(until, int) else None,
            frequency=_word(values.get("frequency")),
        )
    except (OverflowError, ValueError, OSError):
        return None
    return hold if hold.until or hold.frequency else None


def _person(value: object) -> str:
    """A user id of Slack's; empty for anything else."""
    return value if isinstance(value, str) and _USER.fullmatch(value) else ""


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _object(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
