"""What the app says when it has done something, or keeps trying.

Plain sentences, no markup; why something could not be done is in `explanations`.
"""

from typing import Final

from monitors.domain.frequency import BadFrequencyError, Frequency
from monitors.domain.monitor import Monitor, MonitorStatus
from monitors.domain.parallel_errors import ParallelError, RateLimitedError

GAVE_UP: Final = (
    "Parallel has not answered for two days, so I stopped trying and nothing is being watched. "
    "Type the command again when you like."
)
THREAD_GONE: Final = (
    "The message that was to hold your monitor's thread is gone, so I cancelled the monitor. "
    "Type the command again to start afresh."
)
CANCELLED: Final = "Cancelled. Nothing more will be posted here."
ALREADY_CANCELLED: Final = "This monitor was already cancelled. Nothing more will be posted here."
CANNOT_RUN_CANCELLED: Final = (
    "This monitor is cancelled and cannot run again. Type the command with the same words to "
    "watch it anew."
)
RUN_QUEUED: Final = "An extra run is queued. Anything it finds will be posted here."
RUN_UNCERTAIN: Final = (
    "Parallel's answer did not arrive, so it is not certain that an extra run is queued. Look at "
    "the thread in a few minutes; if nothing happened, reply “run now” again."
)
NO_MONITOR_HERE: Final = (
    "There is no monitor in this thread. Use this on the message that a monitor began with, or "
    "on a reply in its thread."
)
NOT_YOURS: Final = (
    "This monitor belongs to the other company in this channel. Ask somebody there to do it."
)
CARD_RESTORED: Final = (
    "The first message of this monitor was deleted, so it goes on here. If it is not wanted any "
    "more, reply cancelmonitor."
)
GOES_ON_HERE: Final = (
    "This monitor was moved here from another channel. What it finds is posted in this thread."
)
MOVED: Final = "Moved. What was found meanwhile is posted there."
SAME_CHANNEL: Final = "It is in that channel already. I am trying to post there again now."
NOT_KNOWN: Final = (
    "Parallel does not know this monitor any more, or it is watched with another account. Nothing "
    "was moved."
)
NOT_MOVED: Final = (
    "Slack or Parallel has not answered for two days, so I stopped trying to move the monitor. "
    "Choose the channel again when you like."
)
NOT_WRITTEN_DOWN: Final = (
    "Nothing was set up: I could not write your request down just now. Please try again in a "
    "minute."
)


def account_unlinked(by_name: str) -> str:
    """In the thread of each monitor of an account that is left. A name, for a mention pings."""
    return (
        f"{by_name} unlinked the Parallel account that this monitor ran on, so it was cancelled. "
        "Nothing more will be posted here. To watch this again on another account, type the "
        "command with the same words."
    )


def account_changed(by_name: str) -> str:
    """The same where it ran on the operator's account, which others go on using."""
    return (
        f"{by_name} linked this workspace's own Parallel account. This monitor ran on another one, "
        "so it was cancelled, and nothing more will be posted here. To watch this again, type the "
        "command with the same words."
    )


def not_cancelled(last_four: str) -> str:
    """For the admin who unlinked an account whose monitors could not be ended."""
    return (
        f"The Parallel account with the key …{last_four} is unlinked and its key deleted, but "
        "Parallel did not let me cancel all of its monitors first: it refused the key, or did not "
        "answer for two days. Nothing of them is posted here any more, but they may go on running "
        "and costing there. Cancel them at platform.parallel.ai."
    )


def parallel_waiting(error: ParallelError) -> str:
    """Why it takes longer; the app keeps trying by itself."""
    if isinstance(error, RateLimitedError):
        return "Parallel is busy and asked me to wait. I keep trying; there is nothing to do."
    return "Parallel is not answering just now. I keep trying; there is nothing to do."


def run_failed(message: str) -> str:
    """One failed run, or the first of several."""
    detail = f" Parallel says: {message}" if message else ""
    return (
        f"The last run of this monitor failed.{detail} The next one is tried on schedule, and I "
        "stay quiet about it unless it works. If this goes on, reply “run now” to try at once, "
        "or cancel it and type the command with other words."
    )


def status(monitor: Monitor) -> str:
    """How a monitor is, in a sentence or two."""
    if monitor.status is MonitorStatus.CANCELLED:
        return ALREADY_CANCELLED
    checked = (
        f"last checked {monitor.last_run_at:%Y-%m-%d %H:%M} UTC"
        if monitor.last_run_at
        else "not checked yet"
    )
    return f"Watching {in_words(monitor.frequency)}, {checked}."


def in_words(frequency: str) -> str:
    """A frequency for people; one that we do not know stays as Parallel wrote it."""
    try:
        return Frequency.parse(frequency).in_words
    except BadFrequencyError:
        return f"every {frequency}"
