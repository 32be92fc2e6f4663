"""How a monitor's findings are delivered: compact JSON in its metadata, under `policy`.

Anyone with the account's key can change metadata, so what can't be read counts as not set. What is
read is short and needs no escapes, so that it can be written back: Parallel takes 512 characters.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, StringConstraints

from monitors.model.codec import OrDefault, decode, encode_briefly
from monitors.model.delivery_policy import AS_IT_HAPPENS, DeliveryPolicy

# Slack's ids, and Parallel's frequencies.
_Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_User = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{1,19}$")]
# What a paused monitor is set to: Parallel has no pause, and this is the longest it takes.
PAUSED_FREQUENCY: Final = "30d"


def _in_seconds(moment: datetime) -> int:
    return int(moment.timestamp())


@dataclass(frozen=True, slots=True)
class Hold:
    """Findings wait at Parallel: snoozed until a moment, or else paused until someone resumes.

    `frequency` is what a pause replaced.
    """

    by_user_id: Annotated[OrDefault[_Word], Field(alias="by")] = ""
    until: OrDefault[Annotated[AwareDatetime, PlainSerializer(_in_seconds)] | None] = None
    frequency: OrDefault[_Word | None] = None

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


def _ending(hold: Hold) -> Hold:
    if not (hold.until or hold.frequency):
        raise ValueError(
            "It doesn't say how it ends: at a moment, or by a frequency to go back to."
        )
    return hold


@dataclass(frozen=True, slots=True)
class Policy:
    """`enterprise_id`: what else is needed to rebuild the workspace.

    `co_owner` may do what the owner may, so it alone is signed (monitors.parallel.signing).
    """

    enterprise_id: OrDefault[_Word | None] = None
    hold: OrDefault[Annotated[Hold, AfterValidator(_ending)] | None] = None
    delivery: OrDefault[DeliveryPolicy] = AS_IT_HAPPENS
    co_owner: OrDefault[_User] = ""

    def to_json(self) -> str:
        return encode_briefly(self)

    @classmethod
    @lru_cache(maxsize=1000)  # a delivery asks a monitor for it a dozen times
    def from_json(cls, text: str) -> "Policy":
        try:
            return decode(cls, text)
        except ValueError:
            return cls()


NO_POLICY: Final = Policy()
