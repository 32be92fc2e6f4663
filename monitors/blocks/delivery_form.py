"""The form for when and how a monitor's findings are posted: filled as it is now, and read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Final

from monitors.blocks import kit
from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode, QuietHours, known_zone
from monitors.model.message import Block
from monitors.model.workspace import ThreadRef
from monitors.texts import delivery_texts
from monitors.texts.thread_texts import MODAL_TITLES

DELIVERY_FORM: Final = "delivery_form"
WHEN: Final = "when"
AT: Final = "at"
QUIET_FROM: Final = "quiet_from"
QUIET_UNTIL: Final = "quiet_until"
FLOOR: Final = "floor"
WHERE: Final = "where"
# The choices of WHERE.
IN_CHANNEL: Final = "in_channel"
MENTIONS: Final = "mentions"

_WHEN: Final = {
    Mode.AS_IT_HAPPENS.value: "As it happens",
    Mode.DAILY.value: "In a daily digest",
    **{
        f"{Mode.WEEKLY.value}{day}": f"In a weekly digest, on {name}"
        for day, name in enumerate(delivery_texts.WEEKDAYS)
    },
}
_WHERE: Final = {
    IN_CHANNEL: "Show findings in the channel, too",
    MENTIONS: "Mention the owner",
}


@dataclass(frozen=True, slots=True)
class DeliveryPlace:
    """What comes back with the form: the thread, the owner's time zone, and what was shown."""

    thread: ThreadRef
    zone: str
    seen: DeliveryPolicy | None = None


def delivery_form(policy: DeliveryPolicy, *, place: str) -> Block:
    """Filled in; `place` comes back with the answer."""
    quiet = policy.quiet
    zone = f"In the time zone of the monitor's owner, {policy.zone}."
    waits = "What I find in quiet hours waits until they end. Digests keep their own time."
    start, end = _time(quiet.start if quiet else None), _time(quiet.end if quiet else None)
    ticked = {IN_CHANNEL: policy.in_channel, MENTIONS: policy.mentions_owner}
    noticed = kit.ticks(_WHERE, [each for each, is_ticked in ticked.items() if is_ticked])
    return kit.modal(
        [
            kit.field(WHEN, "When should I post findings?", kit.menu(_WHEN, when_of(policy))),
            kit.field(AT, "Time of the digest", _time(policy.at), hint=zone),
            kit.field(QUIET_FROM, "Quiet from", start, hint=waits, optional=True),
            kit.field(QUIET_UNTIL, "Quiet until", end, optional=True),
            floor_field(policy.floor),
            kit.field(WHERE, "Draw attention to findings", noticed, optional=True),
        ],
        title=MODAL_TITLES["delivery"],
        callback_id=DELIVERY_FORM,
        submit="Save",
        metadata=place,
    )


def floor_field(floor: Floor) -> Block:
    hint = "A finding without a confidence is always posted. The card counts those left out."
    return kit.field(
        FLOOR, "Which findings?", kit.menu(delivery_texts.FLOORS, floor.value), hint=hint
    )


def _time(at: time | None) -> Block:
    return {"type": "timepicker", **kit.given(initial_time=at and at.isoformat("minutes"))}


def when_of(policy: DeliveryPolicy) -> str:
    """The value of the choice for how often."""
    is_weekly = policy.mode is Mode.WEEKLY
    return f"{policy.mode.value}{policy.weekday}" if is_weekly else policy.mode.value


def read_when(value: str) -> DeliveryPolicy:
    """The opposite of `when_of`; what the form doesn't offer is as it happens."""
    mode, day = value.rstrip("0123456"), value[len(value.rstrip("0123456")) :]
    return DeliveryPolicy(
        kit.chosen(Mode, mode, Mode.AS_IT_HAPPENS), weekday=int(day) if len(day) == 1 else 0
    )


def read_delivery(filled: Mapping[str, str], *, zone: str) -> DeliveryPolicy:
    """The policy; times are as Slack writes them, `09:00`. Raises BadFormError."""
    quiet = None
    start, end = filled.get(QUIET_FROM), filled.get(QUIET_UNTIL)
    if bool(start) != bool(end):
        missing = QUIET_UNTIL if start else QUIET_FROM
        raise kit.BadFormError({missing: delivery_texts.BOTH_QUIET_TIMES})
    if start and end:
        quiet = QuietHours(time.fromisoformat(start), time.fromisoformat(end))
        if quiet.start == quiet.end:
            raise kit.BadFormError({QUIET_UNTIL: delivery_texts.QUIET_ALL_DAY})
    where = filled.get(WHERE, "").split()
    policy = replace(
        read_when(filled.get(WHEN, "")),
        quiet=quiet,
        floor=kit.chosen(Floor, filled.get(FLOOR), Floor.NONE),
        in_channel=IN_CHANNEL in where,
        mentions_owner=MENTIONS in where,
    )
    # What doesn't matter isn't kept.
    if policy.is_digest:
        policy = replace(policy, at=time.fromisoformat(filled.get(AT) or "09:00"))
    return replace(policy, zone=known_zone(zone)) if policy.may_hold else policy
