"""The form for how a monitor's findings are posted: filled as it is now, and read."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import time

from monitors.blocks.delivery_form import IN_CHANNEL, MENTIONS, QUIET_FROM, QUIET_UNTIL
from monitors.model.delivery_policy import DeliveryPolicy, Floor, QuietHours, known_zone
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import REFUSALS
from monitors.model.workspace import ThreadRef
from monitors.ports import People
from monitors.texts import delivery_texts


@dataclass(frozen=True, slots=True)
class DeliveryPlace:
    """What comes back with the form: the thread, the owner's time zone, and what was shown."""

    thread: ThreadRef
    zone: str
    seen: DeliveryPolicy | None = None


@dataclass(frozen=True, slots=True)
class ChosenDelivery:
    """The fields as they were filled in; times as Slack writes them, `09:00`."""

    when: str = ""
    at: str = ""
    quiet_from: str = ""
    quiet_until: str = ""
    floor: str = ""
    where: frozenset[str] = frozenset()


def read_when(value: str) -> DeliveryPolicy:
    """The opposite of `when_of`; what the form doesn't offer is as it happens."""
    mode, day = value.rstrip("0123456"), value[len(value.rstrip("0123456")) :]
    return DeliveryPolicy.from_values({"mode": mode, "weekday": int(day) if len(day) == 1 else 0})


def read_delivery(chosen: ChosenDelivery, *, zone: str) -> DeliveryPolicy | dict[str, str]:
    """The policy, or what is wrong by field."""
    quiet = None
    if bool(chosen.quiet_from) != bool(chosen.quiet_until):
        missing = QUIET_UNTIL if chosen.quiet_from else QUIET_FROM
        return {missing: delivery_texts.BOTH_QUIET_TIMES}
    if chosen.quiet_from:
        quiet = QuietHours(
            time.fromisoformat(chosen.quiet_from), time.fromisoformat(chosen.quiet_until)
        )
        if quiet.start == quiet.end:
            return {QUIET_UNTIL: delivery_texts.QUIET_ALL_DAY}
    policy = replace(
        read_when(chosen.when),
        at=time.fromisoformat(chosen.at) if chosen.at else time(9),
        quiet=quiet,
        floor=Floor(chosen.floor) if chosen.floor in set(Floor) else Floor.NONE,
        in_channel=IN_CHANNEL in chosen.where,
        mentions_owner=MENTIONS in chosen.where,
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
