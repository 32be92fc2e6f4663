"""Every sentence that a person reads in Slack: plain text, no markup.

First why something failed and what to do next, then what the app says when it did something.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from monitors.model.account import AccountProblem
from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.parallel_errors import (
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
from monitors.model.slack_errors import (
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    NotInChannelError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackUnavailableError,
    error_for_code,
)

_E = TypeVar("_E", bound=Exception)
_DETAIL_CHARACTERS: Final = 500

# From the most particular class to the most general.
_PARALLEL: Final[dict[type[ParallelError], str]] = {
    BadKeyError: (
        "Parallel no longer accepts this workspace's API key. An admin has to link the Parallel "
        "account again; /{prefix}help says where."
    ),
    NoCreditError: (
        "The Parallel account has no credit left. Top it up at platform.parallel.ai, then try "
        "again."
    ),
    ForbiddenError: (
        "The Parallel account is not allowed to do this. Ask whoever manages the account, or link "
        "another one; /{prefix}help says where."
    ),
    UnknownMonitorError: (
        "Parallel does not know this monitor: it may have been removed there, or made with another "
        "account. Start it again with /{prefix}monitor."
    ),
    RefusedError: (
        "Parallel did not accept this request. Change the query or the flags and try again."
    ),
    RateLimitedError: "Parallel got too many requests from this account. Try again in a minute.",
    UnavailableError: "Parallel cannot be reached at the moment. Try again in a few minutes.",
    AnswerLostError: (
        "Parallel's answer did not arrive, so it is not certain that this was done. Look at the "
        "thread in a few minutes, then try again if nothing happened."
    ),
    ParallelError: "Parallel could not do this. Try again in a few minutes.",
}
_SLACK: Final[dict[type[SlackPostError], str]] = {
    NotInChannelError: (
        "This app is not in the channel. Type /invite {bot} there, then send the command again."
    ),
    DeadDestinationError: (
        "Slack does not let this app post there: the channel may be archived or restricted, or the "
        "thread removed. Choose another channel, or ask a workspace admin."
    ),
    DeadInstallationError: (
        "This app's connection to the workspace no longer works. A workspace admin has to install "
        "it again."
    ),
    BadMessageError: (
        "Slack did not accept this app's message. That is a fault of the app: tell whoever runs it."
    ),
    SlackBusyError: "Slack asks this app to slow down. Try again in a minute.",
    SlackUnavailableError: "Slack is not available at the moment. Try again in a few minutes.",
    PostUncertainError: (
        "Slack's answer did not arrive, so the message may or may not stand there. Look at the "
        "channel, then try again if it does not."
    ),
    SlackPostError: "Slack could not do this. Try again in a few minutes.",
}

# What happened, and what to do.
_CLOSED: Final[dict[type[SlackPostError], tuple[str, str]]] = {
    NotInChannelError: (
        "I am not in this channel any more, or it was deleted, so I cannot post there.",
        "Type /invite {bot} in the channel.",
    ),
}
_ARCHIVED: Final = {
    "is_archived": ("The channel is archived, so I cannot post there.", "Unarchive the channel."),
}
_RESTRICTED: Final = (
    "Slack does not let me post in this channel: posting or replying there may be restricted.",
    "Ask a workspace admin to let {bot} post there.",
)
_KEPT: Final = (
    "Nothing is lost: what the monitor finds meanwhile is kept, and posted once I can post again."
)
_ACCOUNT: Final = {
    AccountProblem.BAD_KEY: (
        "Parallel no longer accepts the key of the account {whose}, so your monitors wait."
    ),
    AccountProblem.NO_CREDIT: (
        "The Parallel account {whose} has no credit left, so your monitors find nothing new."
    ),
    AccountProblem.FORBIDDEN: ("Parallel refuses the account {whose}, so your monitors wait."),
}
_ACCOUNT_TO_DO: Final = {
    AccountProblem.BAD_KEY: "Link the account again; /{prefix}help says where.",
    AccountProblem.NO_CREDIT: "Top it up at platform.parallel.ai.",
    AccountProblem.FORBIDDEN: (
        "Ask whoever manages the account, or link another one; /{prefix}help says where."
    ),
}
_KEPT_AT_PARALLEL: Final = (
    "The monitors stay as they are, and whatever is found is posted once the account works again."
)

ADMINS_ONLY: Final = (
    "Only admins and owners of this workspace can change its Parallel account. Nothing was "
    "changed. Ask one of them."
)
ADMIN_UNKNOWN: Final = (
    "Slack did not say just now whether you are an admin of this workspace, so nothing was "
    "changed. Try again in a minute."
)
NOTHING_LINKED: Final = (
    "This workspace has no Parallel account of its own, so nothing was changed. Open the Home tab "
    "again to see how it is."
)
CHANGED_MEANWHILE: Final = (
    "Somebody has linked another account meanwhile, so nothing was changed. Open the Home tab "
    "again, and unlink that one if you like."
)
NOT_KEPT: Final = (
    "This could not be written down just now, so nothing was changed. Try again in a minute."
)
NOT_ONE_WORD: Final = (
    "A webhook secret has no spaces in it and at most 200 characters. Copy it from "
    "platform.parallel.ai, Settings, Webhooks."
)

# By the first letter of a conversation's id: D is a direct message, G one between several people
# or a private channel of old.
_NOT_IN_DIRECT: Final = {
    "D": (
        "This app cannot be in a direct message between people. Send the command in a channel, or "
        "in a direct message to {bot}."
    ),
    "G": (
        "This app is not in this conversation. In a private channel, type /invite {bot}, then send "
        "the command again. In a direct message between people it cannot be: use a channel, or a "
        "direct message to {bot}."
    ),
}


def explain_parallel(error: ParallelError, *, prefix: str = "") -> str:
    """With Parallel's own words, where it gave any. `prefix` is that of the commands."""
    text = _first(_PARALLEL, error).format(prefix=prefix)
    detail = _detail(error.detail)
    return f"{text} Parallel's words: “{detail}”" if detail else text


def explain_slack(error: SlackPostError, *, bot_name: str, channel: str = "") -> str:
    """`bot_name` is how the app is called in this workspace, for the invitation to type.

    `channel` is where it was to post: nobody can be invited into a direct message.
    """
    text = _first(_SLACK, error)
    if isinstance(error, NotInChannelError):
        text = _NOT_IN_DIRECT.get(channel[:1], text)
    return text.format(bot=f"@{bot_name.removeprefix('@')}")


def no_account(*, prefix: str = "") -> str:
    return (
        "No Parallel account is linked to this workspace yet, so nothing can be watched. An admin "
        f"has to link one; /{prefix}help says where."
    )


def suspended(code: str, *, bot_name: str) -> tuple[str, str]:
    """What happened to a monitor's channel, by Slack's code, and what its owner can do."""
    bot = f"@{bot_name.removeprefix('@')}"
    happened, to_do = _CLOSED.get(error_for_code(code), _RESTRICTED)
    if code in _ARCHIVED:
        happened, to_do = _ARCHIVED[code]
    return happened, f"{to_do.format(bot=bot)} Or choose another channel below. {_KEPT}"


def invite_first(*, bot_name: str) -> str:
    """For a channel that was chosen and that the app may not post in."""
    bot = f"@{bot_name.removeprefix('@')}"
    return (
        f"Nothing was moved: I am not in that channel. Type /invite {bot} there, then choose it "
        "again."
    )


def account_suspended(reason: AccountProblem, *, is_operators: bool, prefix: str = "") -> str:
    """For the person who can mend an account, or who waits for its findings."""
    happened = _ACCOUNT[reason]
    if is_operators:
        return (
            f"{happened.format(whose='this app uses')} Tell whoever runs the app; there is nothing "
            f"else to do. {_KEPT_AT_PARALLEL}"
        )
    to_do = _ACCOUNT_TO_DO[reason].format(prefix=prefix)
    return f"{happened.format(whose='of this workspace')} {to_do} {_KEPT_AT_PARALLEL}"


def _first(texts: Mapping[type[_E], str], error: _E) -> str:
    return next(text for cause, text in texts.items() if isinstance(error, cause))


def _detail(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= _DETAIL_CHARACTERS else f"{short[:_DETAIL_CHARACTERS]}…"


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
THREAD_HELP: Final = (
    "Reply with just one of these words: cancelmonitor to stop for good, run now to check now, "
    "status to see when it last checked."
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
