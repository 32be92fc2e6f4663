"""The sentences that people read in Slack, as plain text.

First why something failed and what to do next, then what the app says about what it did. The only
markup is that of a moment (`monitors.model.local_time`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar

from monitors.model.account import AccountProblem
from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.local_time import local_time
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
from monitors.model.price import monthly_price
from monitors.model.slack_errors import (
    CANNOT_JOIN,
    CARD_REMOVED,
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    MissingScopeError,
    NotInChannelError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackRefusedError,
    SlackUnavailableError,
    error_for_code,
)

_E = TypeVar("_E", bound=Exception)
# The manifest's name of the bot, where Slack doesn't tell its name in a workspace.
BOT_NAME: Final = "threadwatch"
_DETAIL_CHARACTERS: Final = 500
_WORD_CHARACTERS: Final = 40

# From the most particular class to the most general.
_PARALLEL: Final[dict[type[ParallelError], str]] = {
    BadKeyError: (
        "Parallel no longer accepts the API key I use for this workspace. An admin can connect an "
        "account in my Home tab."
    ),
    NoCreditError: (
        "The Parallel account has no credit left. Top it up at platform.parallel.ai, then try "
        "again."
    ),
    ForbiddenError: (
        "This Parallel account isn't allowed to do that. Ask the person who manages it, or an "
        "admin to connect another one in my Home tab."
    ),
    UnknownMonitorError: (
        "Parallel doesn't know this monitor. It may have been deleted there, or created with "
        "another account. Start it again with /{prefix}monitor."
    ),
    RefusedError: (
        "Parallel didn't accept this request. Change the query or the options, then try again."
    ),
    RateLimitedError: ("This Parallel account is making too many requests. Try again in a minute."),
    UnavailableError: "I can't reach Parallel right now. Try again in a few minutes.",
    AnswerLostError: (
        "Parallel's answer didn't arrive, so I can't tell whether it worked. Check the thread in "
        "a few minutes, and try again if nothing has happened."
    ),
    ParallelError: "Parallel couldn't do this. Try again in a few minutes.",
}
_SLACK: Final[dict[type[SlackPostError], str]] = {
    NotInChannelError: (
        "I'm not in this channel. Type /invite {bot} there within 30 minutes, and I'll start by "
        "myself."
    ),
    SlackRefusedError: (
        "Slack refused this ({code}). Choose another channel, or ask a workspace admin."
    ),
    DeadDestinationError: (
        "Slack won't let me post there: the channel may be archived or restricted, or the thread "
        "deleted. Choose another channel, or ask a workspace admin."
    ),
    MissingScopeError: (
        "I lack a permission in this workspace ({needed}). A workspace admin can grant it by "
        "installing me again."
    ),
    DeadInstallationError: (
        "My connection to this workspace no longer works. A workspace admin needs to install me "
        "again."
    ),
    BadMessageError: (
        "Slack didn't accept my message. That's a bug in the app; please tell the person who runs "
        "it."
    ),
    SlackBusyError: "Slack asked me to slow down. Try again in a minute.",
    SlackUnavailableError: "Slack isn't available right now. Try again in a few minutes.",
    PostUncertainError: (
        "Slack's answer didn't arrive, so I can't tell whether the message was posted. Check the "
        "channel, and try again if it isn't there."
    ),
    SlackPostError: "Slack couldn't do this. Try again in a few minutes.",
}

# What happened, and what to do.
_CLOSED: Final[dict[type[SlackPostError], tuple[str, str]]] = {
    NotInChannelError: (
        "I'm no longer in this channel, or it was deleted, so I can't post there.",
        "Type /invite {bot} in the channel",
    ),
}
_ARCHIVED: Final = ("The channel is archived, so I can't post there.", "Unarchive it")
_CLOSED_BY_CODE: Final = {
    "is_archived": _ARCHIVED,
    "is_inactive": _ARCHIVED,
    CANNOT_JOIN: (
        "I was removed from this channel and can't join it again; I wouldn't hear replies there.",
        "Type /invite {bot} in the channel",
    ),
    CARD_REMOVED: (
        "Someone or something keeps deleting this monitor's first message, so I can't post there.",
        "Ask a workspace admin which app or rule deletes {bot}'s messages",
    ),
}
_RESTRICTED: Final = (
    "Slack won't let me post in this channel: posting or replying there may be restricted.",
    "Ask a workspace admin to let {bot} post there",
)
_KEPT: Final = "Nothing is lost: I'll post what the monitor has found as soon as I can."
_ACCOUNT: Final = {
    AccountProblem.BAD_KEY: (
        "Parallel no longer accepts the API key of {account}, so your monitors are on hold."
    ),
    AccountProblem.NO_CREDIT: "There's no credit left on {account}, so your monitors are on hold.",
    AccountProblem.FORBIDDEN: (
        "Parallel is refusing requests from {account}, so your monitors are on hold."
    ),
}
_ACCOUNT_TO_DO: Final = {
    AccountProblem.BAD_KEY: (
        "An admin can fix that in my Home tab: choose “Paste an API key” for another key of the "
        "same account."
    ),
    AccountProblem.NO_CREDIT: "Top it up at platform.parallel.ai.",
    AccountProblem.FORBIDDEN: (
        "Ask the person who manages it, or an admin to connect another one in my Home tab."
    ),
}
_KEPT_AT_PARALLEL: Final = (
    "The monitors stay in place. I'll post what they have found once the account works again."
)

# For the admin who connected the account.
WEBHOOKS_REFUSED: Final = (
    "Parallel's webhooks don't match the webhook secret that was entered here, so findings arrive "
    "late. Nothing is lost: I also check Parallel from time to time. Copy the secret again from "
    "platform.parallel.ai, Settings, Webhooks, then choose Rotate webhook secret in my Home tab."
)

# Behind the modal that saves a webhook secret, once it is tested; the page says the same.
WEBHOOK_TEST_VERIFIED: Final = (
    "Secret verified: a webhook from Parallel has arrived, signed with it."
)
WEBHOOK_TEST_WRONG: Final = (
    "The secret doesn't match. A webhook has arrived that wasn't signed with it. Copy the whole "
    "secret again, from the account that is connected, and choose Rotate webhook secret. Nothing "
    "is lost: Parallel sends the webhook again."
)
WEBHOOK_TEST_OLD: Final = (
    "A webhook has arrived that was signed with the previous secret, which works for 48 hours. "
    "Check that the new one is saved at Parallel."
)
WEBHOOK_TEST_STALE: Final = (
    "A webhook has arrived whose time is more than five minutes off. Ask the person who runs this "
    "app to check its clock."
)
WEBHOOK_TEST_NOTHING_CAME: Final = (
    "The secret is saved, but the test webhook hasn't arrived. Ask the person who runs this app "
    "to check that Parallel can reach it. Findings still arrive: I also check Parallel regularly."
)
WEBHOOK_TEST_UNTESTED: Final = (
    "The secret is saved. Parallel can send a test only once a monitor exists, so the first real "
    "webhook will tell."
)

ADMINS_ONLY: Final = (
    "Only admins and owners of this workspace can change its Parallel account, so nothing was "
    "changed. Ask one of them to do it."
)
ADMIN_UNKNOWN: Final = (
    "I couldn't check with Slack whether you're an admin of this workspace, so nothing was "
    "changed. Try again in a minute."
)
NOTHING_LINKED: Final = (
    "This workspace isn't connected to a Parallel account of its own, so nothing was changed. "
    "Open the Home tab again to see how it's set up."
)
CHANGED_MEANWHILE: Final = (
    "Someone connected a different account in the meantime, so nothing was changed. Open the Home "
    "tab again; you can disconnect that account there."
)
NOT_KEPT: Final = (
    "Something went wrong on my side and nothing was changed. Please try again in a minute."
)
ALREADY_SUBMITTED: Final = (
    "This form was already submitted, so nothing was changed. Open the Home tab to see the current "
    "settings."
)
NOT_ONE_WORD: Final = (
    "A webhook secret has no spaces and at most 200 characters. Copy it from platform.parallel.ai, "
    "under Settings, Webhooks."
)

_NOT_IN_DIRECT: Final = (
    "I can't join a direct message between people. Run your command in a channel instead."
)


def explain_parallel(error: ParallelError, *, prefix: str = "") -> str:
    """What went wrong and what to do, followed by Parallel's message if it sent one.

    `prefix` is the deployment's `COMMAND_PREFIX`.
    """
    text = _first(_PARALLEL, error).format(prefix=prefix)
    detail = _detail(error.detail)
    return f"{text} Parallel said: “{detail}”" if detail else text


def explain_slack(
    error: SlackPostError, *, bot_name: str = BOT_NAME, is_direct: bool = False
) -> str:
    """What went wrong and what to do.

    `bot_name` is the app's name in this workspace, for the `/invite` to type; an app can't be
    invited into a direct message (`is_direct`).
    """
    is_uninvited = isinstance(error, NotInChannelError)
    text = _NOT_IN_DIRECT if is_uninvited and is_direct else _first(_SLACK, error)
    needed = error.needed if isinstance(error, MissingScopeError) else ""
    return text.format(
        bot=f"@{bot_name.removeprefix('@')}", code=error.code, needed=needed or "Slack named none"
    )


def not_looked_up(error: SlackPostError) -> str:
    """Something about a person or a place, before anything was done."""
    if isinstance(error, DeadInstallationError):
        return explain_slack(error)
    return (
        f"Slack didn't tell me what I need to know for this ({error.code}). Try again in a minute, "
        "or ask a workspace admin."
    )


def no_such_command(name: str, *, right: str) -> str:
    return f"{name} isn't a command of mine here. Use {right} instead."


def no_account(*, prefix: str = "") -> str:
    return (
        "This workspace isn't connected to Parallel yet. An admin can connect it in my Home tab; "
        f"see /{prefix}help."
    )


def suspended(code: str, *, bot_name: str, is_direct: bool = False) -> tuple[str, str]:
    """What happened to a monitor's channel, by Slack's error code, and what its owner can do."""
    if is_direct and issubclass(error_for_code(code), NotInChannelError):
        return "I can't post in this direct message any more.", f"Pick a channel below. {_KEPT}"
    bot = f"@{bot_name.removeprefix('@')}"
    by_class = _CLOSED.get(error_for_code(code), _RESTRICTED)
    happened, to_do = _CLOSED_BY_CODE.get(code, by_class)
    return happened, f"{to_do.format(bot=bot)}, or pick another channel below. {_KEPT}"


def invite_first(*, bot_name: str) -> str:
    """A monitor wasn't moved because the app can't post in the chosen channel."""
    bot = f"@{bot_name.removeprefix('@')}"
    return f"Not moved: I'm not in that channel. Type /invite {bot} there, then choose it again."


def account_suspended(reason: AccountProblem, *, is_operators: bool) -> str:
    """For the admin who connected an account, and for people whose monitors use it."""
    account = "this app's" if is_operators else "this workspace's"
    happened = _ACCOUNT[reason].format(account=f"{account} Parallel account")
    to_do = _ACCOUNT_TO_DO[reason]
    if is_operators:
        to_do = "Please tell the person who runs the app; you don't need to do anything else."
    return f"{happened} {to_do} {_KEPT_AT_PARALLEL}"


def _first(texts: Mapping[type[_E], str], error: _E) -> str:
    return next(text for cause, text in texts.items() if isinstance(error, cause))


def _detail(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= _DETAIL_CHARACTERS else f"{short[:_DETAIL_CHARACTERS]}…"


GAVE_UP: Final = (
    "Parallel hasn't responded for two days, so I gave up on this monitor. Run the command again "
    "to retry."
)
GUESTS_START_NONE: Final = (
    "Guests can't start monitors here, because they run on a shared Parallel account. Ask a full "
    "member of this workspace to start it."
)
THREAD_GONE: Final = (
    "Your monitor's message was deleted before setup finished, so I cancelled it. Run the command "
    "again to start over."
)
CANCEL_TITLE: Final = "Cancel this monitor"
CANCELLED: Final = "Cancelled. Nothing more will be posted here."
ALREADY_CANCELLED: Final = (
    "This monitor is already cancelled. To start it again, run the same command."
)
CANNOT_RUN_CANCELLED: Final = "This monitor is cancelled. To start it again, run the same command."
THREAD_HELP: Final = (
    "Reply with just one of these words: run now to check now, status to see when it last "
    "checked, pause or resume, hourly, daily or weekly for how often, cancelmonitor to stop for "
    "good."
)
RUN_QUEUED: Final = "Checking now. If there's anything new, I'll post it here."
ALREADY_CHECKING: Final = (
    "I'm already checking this monitor. If there's anything new, I'll post it here."
)
RUN_UNCERTAIN: Final = (
    "Parallel's answer didn't arrive, so I can't tell whether a check has started. Look here "
    "again in a few minutes; if nothing has happened, reply “run now” again."
)
NO_MONITOR_HERE: Final = (
    "That message isn't part of a monitor's thread. Use this on a monitor's first message or on a "
    "reply to it."
)
NOT_YOURS: Final = (
    "This monitor belongs to the other company in this channel. Ask someone there to do it."
)
PERSON_UNKNOWN: Final = (
    "I couldn't check with Slack that you belong to this workspace, so nothing was changed. Try "
    "again in a minute."
)
REST_AT_PARALLEL: Final = (
    "This finding is longer than I can post here. You'll find the rest in your Parallel account."
)
CARD_RESTORED: Final = (
    "This monitor's first message was deleted, so it continues here. To stop it, reply with "
    "cancelmonitor."
)
ADOPTED: Final = (
    "This monitor ran on the Parallel account without a thread. I'll post what it finds from now "
    "on here. To stop it, reply with cancelmonitor."
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
NOT_WRITTEN_DOWN: Final = (
    "Something went wrong on my side and nothing was set up. Please try again in a minute."
)


PERHAPS_KEPT: Final = (
    "Something went wrong on my side, so I can't tell whether this was saved. Press the button "
    "again in a minute; it won't be started twice."
)
CHOOSE_A_CHANNEL: Final = "Choose where I should post."
NOTHING_TO_WATCH: Final = "Say what to watch for, in plain words."
PLAIN_WORDS: Final = (
    "Search operators such as AND, OR or site: mean nothing here. Describe in plain words what you "
    "want to hear about, and put websites in their own fields below."
)
NOT_THE_PAST: Final = (
    "This names a year that is over. A monitor reports what's new from now on, so it may find "
    "nothing."
)
NOT_A_COUNTRY: Final = "That isn't a country code. Use two letters, like us or de."


def not_a_website(typed: str) -> str:
    return f"“{typed[:40]}” isn't a website. Use just the domain, like sec.gov."


def both_only_and_never(domain: str) -> str:
    return f"{domain} is in both lists. Keep it in one."


def too_many_websites(most: int) -> str:
    return f"Parallel accepts {most} websites in all. Remove some."


PAUSED: Final = (
    "Paused. It checks only once in 30 days now, and what it finds waits until someone replies "
    "“resume”."
)
ALREADY_PAUSED: Final = "This monitor is already paused. To go on, reply “resume”."
NOT_PAUSED: Final = "This monitor isn't paused or snoozed."
RUN_ON_HOLD: Final = "This monitor is paused or snoozed. Reply “resume” first."


def resumed(frequency: str) -> str:
    return f"Watching {in_words(frequency)} again. What was found in the meantime comes now."


def snoozed(until: datetime) -> str:
    return f"Snoozed until {local_time(until)}. What it finds until then comes afterwards."


def checks(frequency: Frequency, processor: str) -> str:
    price = monthly_price(str(frequency), processor)
    return f"It checks {frequency.in_words} from now on{f', {price}' if price else ''}."


def already_checks(frequency: Frequency) -> str:
    return f"It already checks {frequency.in_words}."


def checks_once_resumed(frequency: Frequency) -> str:
    return f"This monitor is paused. Once someone resumes it, it checks {frequency.in_words}."


def workspace_is_full(limit: int) -> str:
    return (
        f"This workspace already has {limit} active monitors, which is its limit. Cancel one "
        "first, or ask the person who runs this app to raise MAX_MONITORS_PER_WORKSPACE."
    )


def person_is_full(limit: int) -> str:
    return (
        f"You already have {limit} active monitors, which is your limit on this app's shared "
        "Parallel account. Cancel one first, ask an admin to connect this workspace's own account, "
        "or ask the person who runs this app to raise MAX_MONITORS_PER_PERSON."
    )


START_ANOTHER: Final = "Start another"
QUESTION_OVER: Final = "That question is over. If nothing was started, run the command again."


def a_command_perhaps(word: str) -> str:
    return (
        f"Watch the web for “{word}”? If you meant a command, reply with it in a monitor's thread."
    )


def watch_the_word(word: str) -> str:
    """A button's label."""
    return (
        f"Watch the word {word if len(word) <= _WORD_CHARACTERS else f'{word[:_WORD_CHARACTERS]}…'}"
    )


def watched_already(frequency: str) -> str:
    return (
        f"This channel already watches that, {in_words(frequency)}. Start another monitor for it?"
    )


def account_connected(by_name: str, last_four: str) -> str:
    """For every admin of the workspace."""
    return (
        f"{by_name} connected this workspace to a Parallel account, with the API key that ends in "
        f"{last_four}. That account now runs and pays for the monitors here. If you didn't expect "
        "this, open my Home tab: an admin can change or disconnect the account there."
    )


def account_unlinked(by_name: str) -> str:
    """Thread notice when its account was disconnected. Uses the name: a mention would notify."""
    return (
        f"{by_name} disconnected the Parallel account that this monitor ran on, so it was "
        "cancelled. Nothing more will be posted here. To start it again on another account, run "
        "the same command."
    )


def account_changed(by_name: str) -> str:
    """Thread notice when a workspace leaves the operator's account for its own."""
    return (
        f"{by_name} connected this workspace's own Parallel account. This monitor ran on a "
        "different one, so it was cancelled. Nothing more will be posted here. To start it again, "
        "run the same command."
    )


def not_cancelled(last_four: str) -> str:
    """For the admin who disconnected an account whose monitors could not all be cancelled."""
    return (
        f"The Parallel account with the key …{last_four} is disconnected and its key is deleted. "
        "But I couldn't cancel all of its monitors first, because Parallel rejected the key or "
        "didn't respond for two days. Nothing from them will be posted here, but they may keep "
        "running, and costing money, at Parallel. Cancel them at platform.parallel.ai."
    )


def parallel_waiting(error: ParallelError) -> str:
    """Why something takes longer while the app keeps trying."""
    if isinstance(error, RateLimitedError):
        return (
            "Parallel is busy and asked me to wait. I'll keep trying; you don't need to do "
            "anything."
        )
    return "Parallel isn't responding. I'll keep trying; you don't need to do anything."


def run_failed(message: str) -> str:
    """For the first failed check of a streak; `message` is Parallel's own."""
    detail = _detail(message)
    said = f" Parallel said: “{detail}”" if detail else ""
    return (
        f"The latest check failed.{said} I'll check again on schedule, and won't report further "
        "failures until a check succeeds. To try right away, reply “run now”. If it keeps failing, "
        "cancel this monitor and run the command with a different query."
    )


def status(monitor: Monitor) -> str:
    """How often a monitor checks, and when it last did."""
    if monitor.status is MonitorStatus.CANCELLED:
        return CANNOT_RUN_CANCELLED
    checked = (
        f"last checked {local_time(monitor.last_run_at)}"
        if monitor.last_run_at
        else "not checked yet"
    )
    if monitor.hold is not None:
        until = monitor.hold.until
        held = f"Snoozed until {local_time(until)}" if until else "Paused"
        return f"{held}, {checked}. To go on, reply “resume”."
    return f"Watching {in_words(monitor.frequency)}, {checked}."


def in_words(frequency: str) -> str:
    """A frequency for people; an unknown one stays as Parallel wrote it."""
    try:
        return Frequency.parse(frequency).in_words
    except BadFrequencyError:
        return f"every {frequency}"
