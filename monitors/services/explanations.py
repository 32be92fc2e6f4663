"""What a person is told: what happened, and what to do next. Plain sentences, no markup."""

from typing import Final

from monitors.domain.frequency import BadFrequencyError, Frequency
from monitors.domain.monitor import Monitor, MonitorStatus
from monitors.domain.parallel_errors import (
    AnswerLostError,
    BadKeyError,
    ForbiddenError,
    NoCreditError,
    ParallelError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.domain.slack_errors import NotInChannelError, SlackPostError

NOT_LINKED: Final = (
    "Nothing was set up: this workspace has no Parallel account linked yet. "
    "Ask the admin who installed Threadwatch to link one, then type the command again."
)
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
    "This monitor is cancelled and cannot run again. Type /monitor with the same words to watch "
    "it anew."
)
RUN_QUEUED: Final = "An extra run is queued. Anything it finds will be posted here."
NO_MONITOR_HERE: Final = (
    "There is no monitor in this thread. Use this on the message that a monitor began with, or "
    "on a reply in its thread."
)
NOT_WRITTEN_DOWN: Final = (
    "Nothing was set up: I could not write your request down just now. Please try again in a "
    "minute."
)


def slack_refused(error: SlackPostError) -> str:
    """Why the card could not be posted."""
    if isinstance(error, NotInChannelError):
        return (
            "Nothing was set up: I am not in this conversation. Type /invite @Threadwatch here, "
            "then the command again. In a direct message between people I cannot be added: use a "
            "channel instead."
        )
    if error.code == "is_archived":
        return "Nothing was set up: this channel is archived. Use the command in another channel."
    return (
        f"Nothing was set up: Slack does not let me post here ({error.code}). Use the command in "
        "another channel, or ask an admin of this one."
    )


def parallel_refused(error: ParallelError) -> str:
    """Why Parallel did not do it, when trying again as it is cannot help."""
    detail = f" Parallel says: {error.detail}" if error.detail else ""
    match error:
        case BadKeyError():
            return (
                "Parallel does not accept the linked account's API key. Ask the admin who "
                "installed Threadwatch to link the account again, then try once more."
            )
        case NoCreditError():
            return (
                "The linked Parallel account has no credit left. Ask the admin who linked it to "
                "add some at Parallel, then try once more."
            )
        case ForbiddenError():
            return (
                "The linked Parallel account is not allowed to do this. Ask the admin who linked "
                f"it.{detail}"
            )
        case UnknownMonitorError():
            return "Parallel no longer knows this monitor. Type the command again to watch anew."
        case RateLimitedError():
            return "Parallel is taking no more requests just now. Try again in a minute."
        case UnavailableError() | AnswerLostError():
            return "Parallel is not answering just now. Try again in a few minutes."
        case RefusedError():
            return f"Parallel did not accept this.{detail} Change it and try again."
        case _:
            return f"Parallel did not do this.{detail} Try again in a few minutes."


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
