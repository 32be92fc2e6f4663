"""What the app says about when and how a monitor's findings are posted."""

from calendar import day_name
from collections.abc import Iterator
from datetime import datetime, time
from typing import Final

from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode, QuietHours
from monitors.model.local_time import local_time
from monitors.model.words import counted

WEEKDAYS: Final = tuple(f"{day}s" for day in day_name)
FLOORS: Final[dict[str, str]] = {
    Floor.NONE: "Any confidence",
    Floor.MEDIUM: "Medium or high confidence",
    Floor.HIGH: "Only high confidence",
}
IS_CANCELLED: Final = "This monitor is cancelled, so there's nothing more to deliver."
BOTH_QUIET_TIMES: Final = "Choose both times, or neither."
QUIET_ALL_DAY: Final = "Choose another time: these hours would never end."
CANCELLED_AND_DELIVERED: Final = (
    "Cancelled. If it found anything that was still waiting, I'll post that now, and nothing more "
    "after it."
)


def delivery_in_words(policy: DeliveryPolicy) -> str:
    """For example `Daily digest at 9:00 AM`."""
    match policy.mode:
        case Mode.AS_IT_HAPPENS:
            return "As it happens"
        case Mode.DAILY:
            return f"Daily digest at {_clock(policy.at)}"
        case Mode.WEEKLY:
            return f"Weekly digest on {WEEKDAYS[policy.weekday]} at {_clock(policy.at)}"


def details(policy: DeliveryPolicy) -> Iterator[str]:
    """The rest of the policy, as far as something was chosen."""
    if policy.quiet is not None and not policy.is_digest:
        yield f"quiet from {_hours(policy.quiet)}"
    if policy.may_hold:
        yield f"times in {policy.zone}"
    if policy.floor is not Floor.NONE:
        yield FLOORS[policy.floor].lower()
    if policy.in_channel:
        yield "findings also in the channel"
    if policy.mentions_owner:
        yield "mentions the owner"


def changed_meanwhile(now: DeliveryPolicy, wanted: DeliveryPolicy) -> str:
    return (
        "Someone changed the delivery while your form was open, so yours wasn't saved. It's now: "
        f"{_in_words(now)}. You wanted: {_in_words(wanted)}. To change it, choose Delivery again."
    )


def delivery_chosen(policy: DeliveryPolicy, due: datetime | None) -> str:
    """`due`: until when findings wait now."""
    waits = f" I'll post what it finds before {local_time(due)} then." if due else ""
    return f"Delivery from now on: {_in_words(policy)}.{waits}"


def delivery_unchanged(policy: DeliveryPolicy) -> str:
    return f"Delivery is already set like that: {delivery_in_words(policy)}."


def status(policy: DeliveryPolicy, *, left_out: int) -> str:
    """Sentences to append; none where nothing was chosen."""
    chosen = [delivery_in_words(policy)] if policy.is_digest else []
    words = "; ".join([*chosen, *details(policy)])
    sentences = [f"Delivery: {words}."] if words else []
    if left_out:
        sentences.append(f"Not posted: {below_floor(left_out)}.")
    return "".join(f" {each}" for each in sentences)


def below_floor(count: int) -> str:
    """Findings that weren't posted for their confidence."""
    return f"{counted(count, 'finding')} below the confidence floor"


def since(policy: DeliveryPolicy) -> str:
    """In a digest's title; empty where there is none."""
    return {Mode.DAILY: "since yesterday", Mode.WEEKLY: "since last week"}.get(policy.mode, "")


def _in_words(policy: DeliveryPolicy) -> str:
    return "; ".join([delivery_in_words(policy), *details(policy)])


def _hours(quiet: QuietHours) -> str:
    return f"{_clock(quiet.start)} to {_clock(quiet.end)}"


def _clock(at: time) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"  # noqa: PLR2004
