"""What the app says in a monitor's thread: answers to replies, and what it did.

The only markup is that of a moment (`monitors.model.local_time`).
"""

from datetime import datetime
from typing import Final

from monitors.model.frequency import Frequency, in_words
from monitors.model.local_time import local_time
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.price import monthly_price
from monitors.model.view_requests import MonitorModal
from monitors.model.words import counted
from monitors.texts import delivery_texts

MODAL_TITLES: Final[dict[MonitorModal, str]] = {
    "cancel": "Cancel this monitor",
    "delivery": "Delivery",
    "edit": "Edit this monitor",
    "history": "History",
    "not_relevant": "Not relevant",
}
CANCELLED: Final = "Cancelled. Nothing more will be posted here."
ALREADY_CANCELLED: Final = (
    "This monitor is already cancelled. To start it again, run the same command."
)
CANNOT_RUN_CANCELLED: Final = "This monitor is cancelled. To start it again, run the same command."
STILL_SETTING_UP: Final = (
    "I'm still setting this monitor up. Try again once the message above says that it's watching. "
    "To call it off, reply “cancelmonitor”."
)
RUN_QUEUED: Final = "Checking now. If there's anything new, I'll post it here."


def checked(at: datetime, *, found: int, failed: bool) -> str:
    """What came of a check that someone asked for."""
    came = counted(found, "finding") if found else "the check failed" if failed else "nothing new"
    return f"Checked {local_time(at)}: {came}."


ALREADY_CHECKING: Final = (
    "I'm already checking this monitor. If there's anything new, I'll post it here."
)
RUN_UNCERTAIN: Final = (
    "Parallel's answer didn't arrive, so I can't tell whether a check has started. Look here "
    "again in a few minutes; if nothing has happened, reply “run now” again."
)
NO_MONITOR_HERE: Final = (
    "That message isn't part of a monitor's thread, or Parallel doesn't have that monitor any "
    "more. Use this on a monitor's first message or on a reply to it."
)
NOT_YOURS: Final = (
    "This monitor belongs to the other company in this channel. Ask someone there to do it."
)
CARD_RESTORED: Final = (
    "This monitor's first message was deleted, so it continues here. To stop it, reply "
    "“cancelmonitor”."
)
ADOPTED: Final = (
    "This monitor ran on the Parallel account without a thread. I'll post what it finds from now "
    "on here. To stop it, reply “cancelmonitor”."
)
GOES_ON_HERE: Final = (
    "This monitor was moved here from another channel. I'll post its findings in this thread."
)
MOVED: Final = "Moved. Anything found in the meantime is posted in the new thread."
SAME_CHANNEL: Final = "It's already in that channel. I'm trying to post there again now."
NOT_KNOWN: Final = (
    "Not moved: Parallel doesn't know this monitor any more, or it belongs to another account."
)
NOT_MOVED: Final = (
    "Slack or Parallel hasn't responded for two days, so I gave up moving this monitor. Choose "
    "the channel again to retry."
)
CARD_REFUSED: Final = (
    "Not moved: Slack refused the new card. To watch this in that channel, cancel this monitor and "
    "start a new one there."
)
PAUSED: Final = (
    "Paused. Until someone replies “resume”, it checks only once in 30 days, and what it finds "
    "waits."
)
ALREADY_PAUSED: Final = "This monitor is already paused. To continue, reply “resume”."
NOT_PAUSED: Final = "This monitor isn't paused or snoozed."
RUN_ON_HOLD: Final = "This monitor is paused or snoozed. Reply “resume” first."


def resumed(frequency: str, due: datetime | None) -> str:
    when = local_time(due) if due else "now"
    again = f"Watching {in_words(frequency)} again."
    return f"{again} Anything found in the meantime will be posted {when}."


def snoozed(until: datetime) -> str:
    return f"Snoozed until {local_time(until)}. I'll post what it finds afterwards."


def checks(frequency: Frequency, processor: str) -> str:
    price = monthly_price(str(frequency), processor)
    return f"Now checking {frequency.in_words}{f', {price}' if price else ''}."


def already_checks(frequency: Frequency) -> str:
    return f"Already checking {frequency.in_words}."


def checks_once_resumed(frequency: Frequency) -> str:
    return f"This monitor is paused. Once someone resumes it, it will check {frequency.in_words}."


def status(monitor: Monitor, *, left_out: int = 0) -> str:
    """How often a monitor checks, when it last did, and how it delivers."""
    if monitor.status is MonitorStatus.CANCELLED:
        return CANNOT_RUN_CANCELLED
    checked = (
        f"last checked {local_time(monitor.last_run_at)}"
        if monitor.last_run_at
        else "not checked yet"
    )
    delivery = delivery_texts.status(monitor.delivery, left_out=left_out)
    if monitor.hold is not None:
        until = monitor.hold.until
        held = f"Snoozed until {local_time(until)}" if until else "Paused"
        return f"{held}, {checked}. To continue, reply “resume”.{delivery}"
    return f"Watching {in_words(monitor.frequency)}, {checked}.{delivery}"
