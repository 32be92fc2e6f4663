"""The form for how a monitor's findings are posted: filled as it is now, and read."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import time

from monitors.blocks.delivery_form import (
    AT,
    FLOOR,
    IN_CHANNEL,
    MENTIONS,
    QUIET_FROM,
    QUIET_UNTIL,
    WHEN,
    WHERE,
)
from monitors.model.delivery_policy import DeliveryPolicy, Floor, QuietHours, known_zone
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef
from monitors.ports import People
from monitors.texts import delivery_texts


class BadFormError(ValueError):
    """What is wrong, by the field's name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(*errors.values())
        self.errors = errors


@dataclass(frozen=True, slots=True)
class DeliveryPlace:
    """What comes back with the form: the thread, the owner's time zone, and what was shown."""

    thread: ThreadRef
    zone: str
    seen: DeliveryPolicy | None = None


def read_when(value: str) -> DeliveryPolicy:
    """The opposite of `when_of`; what the form doesn't offer is as it happens."""
    mode, day = value.rstrip("0123456"), value[len(value.rstrip("0123456")) :]
    return DeliveryPolicy.from_values({"mode": mode, "weekday": int(day) if len(day) == 1 else 0})


def read_delivery(filled: Mapping[str, str], *, zone: str) -> DeliveryPolicy:
    """The policy; times are as Slack writes them, `09:00`. Raises BadFormError."""
    quiet = None
    start, end = filled.get(QUIET_FROM), filled.get(QUIET_UNTIL)
    if bool(start) != bool(end):
        missing = QUIET_UNTIL if start else QUIET_FROM
        raise BadFormError({missing: delivery_texts.BOTH_QUIET_TIMES})
    if start and end:
        quiet = QuietHours(time.fromisoformat(start), time.fromisoformat(end))
        if quiet.start == quiet.end:
            raise BadFormError({QUIET_UNTIL: delivery_texts.QUIET_ALL_DAY})
    where = filled.get(WHERE, "").split()
    policy = replace(
        read_when(filled.get(WHEN, "")),
        at=time.fromisoformat(filled.get(AT) or "09:00"),
        quiet=quiet,
        floor=next((each for each in Floor if each == filled.get(FLOOR)), Floor.NONE),
        in_channel=IN_CHANNEL in where,
        mentions_owner=MENTIONS in where,
        zone=known_zone(zone),
    )
    # As it will be read again: what doesn't matter isn't kept.
    return DeliveryPolicy.from_values(policy.to_values())


async def delivery_of(request: StartRequest, people: People) -> DeliveryPolicy:
    """What was chosen for a new monitor, in its owner's time zone. Raises SlackPostError."""
    delivery = request.spec.delivery
    if not delivery.may_hold:
        return delivery
    with suppress(*REFUSALS):
        person = await people.person(request.workspace, request.reply_to.user_id)
        return replace(delivery, zone=known_zone(person.zone))
    return delivery
