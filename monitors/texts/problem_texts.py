"""Why something failed or waits, and what to do next, as plain text."""

from collections.abc import Mapping
from typing import Final, TypeVar

from monitors.model import parallel_errors, slack_errors
from monitors.model.account import AccountProblem
from monitors.model.words import shortened
from monitors.ports import StoreDownError, StoreInDoubtError

_E = TypeVar("_E", bound=Exception)
# The manifest's name of the bot, where Slack doesn't tell its name in a workspace.
BOT_NAME: Final = "threadwatch"
_DETAIL_CHARACTERS: Final = 500
# From the most particular class to the most general.
_PARALLEL: Final[dict[type[parallel_errors.ParallelError], str]] = {
    parallel_errors.BadKeyError: (
        "Parallel no longer accepts the API key I use for this workspace. An admin can connect an "
        "account in my Home tab."
    ),
    parallel_errors.NoCreditError: (
        "The Parallel account has no credit left. Top it up at platform.parallel.ai, then try "
        "again."
    ),
    parallel_errors.ForbiddenError: (
        "This Parallel account isn't allowed to do that. Ask the person who manages it, or an "
        "admin to connect another one in my Home tab."
    ),
    parallel_errors.UnknownMonitorError: (
        "Parallel doesn't know this monitor. It may have been deleted there, or created with "
        "another account. Start it again with /{prefix}monitor."
    ),
    parallel_errors.RefusedError: (
        "Parallel didn't accept this request. Try again in a few minutes; if it happens again, "
        "please tell the person who runs this app."
    ),
    parallel_errors.RateLimitedError: (
        "This Parallel account is making too many requests. Try again in a minute."
    ),
    parallel_errors.UnavailableError: (
        "I can't reach Parallel right now. Try again in a few minutes."
    ),
    parallel_errors.AnswerLostError: (
        "Parallel's answer didn't arrive, so I can't tell whether it worked. Check the thread in "
        "a few minutes, and try again if nothing has happened."
    ),
    parallel_errors.ParallelError: "Parallel couldn't do this. Try again in a few minutes.",
}
_QUERY_REFUSED: Final = (
    "Parallel didn't accept this request. Change the query or the options, then try again."
)
_SLACK: Final[dict[type[slack_errors.SlackPostError], str]] = {
    slack_errors.NotInChannelError: (
        "I'm not in the channel yet. Type /invite {bot} there within 30 minutes, and I'll start "
        "by myself."
    ),
    slack_errors.FileRefusedError: (
        "This workspace doesn't accept this file ({code}). A workspace admin can change which "
        "files may be uploaded."
    ),
    slack_errors.SlackRefusedError: (
        "Slack refused this ({code}). Choose another channel, or ask a workspace admin."
    ),
    slack_errors.DeadDestinationError: (
        "Slack won't let me post there: the channel may be archived or restricted, or the thread "
        "deleted. Choose another channel, or ask a workspace admin."
    ),
    slack_errors.MissingScopeError: (
        "I lack a permission in this workspace ({needed}). A workspace admin can grant it by "
        "installing me again."
    ),
    slack_errors.DeadInstallationError: (
        "My connection to this workspace no longer works. A workspace admin needs to install me "
        "again."
    ),
    slack_errors.BadMessageError: (
        "Slack didn't accept my message. That's a bug in the app; please tell the person who runs "
        "it."
    ),
    slack_errors.SlackBusyError: "Slack asked me to slow down. Try again in a minute.",
    slack_errors.SlackUnavailableError: (
        "Slack isn't available right now. Try again in a few minutes."
    ),
    slack_errors.PostUncertainError: (
        "Slack's answer didn't arrive, so I can't tell whether the message was posted. Check the "
        "channel, and try again if it isn't there."
    ),
    slack_errors.SlackPostError: "Slack couldn't do this. Try again in a few minutes.",
}
# What happened, and what to do.
_ARCHIVED: Final = ("The channel is archived, so I can't post there.", "Unarchive it")
_CLOSED_BY_CODE: Final = {
    "is_archived": _ARCHIVED,
    "is_inactive": _ARCHIVED,
    slack_errors.CANNOT_JOIN: (
        "I was removed from this channel and can't join it again; I wouldn't hear replies there.",
        "Type /invite {bot} in the channel",
    ),
    slack_errors.CARD_REMOVED: (
        "Someone or something keeps deleting this monitor's first message, so I can't post there.",
        "Ask a workspace admin which app or rule deletes {bot}'s messages",
    ),
}
_NOT_IN_CHANNEL: Final = (
    "I'm no longer in this channel, or it was deleted, so I can't post there.",
    "Type /invite {bot} in the channel",
)
_RESTRICTED: Final = (
    "Slack won't let me post in this channel: posting or replying there may be restricted.",
    "Ask a workspace admin to let {bot} post there",
)
_KEPT: Final = "Nothing is lost: I'll post what the monitor has found as soon as I can."
# What happened, and what an admin can do.
_ACCOUNT: Final = {
    AccountProblem.BAD_KEY: (
        "Parallel no longer accepts the API key of {account}, so your monitors are on hold.",
        (
            "An admin can fix that in my Home tab: choose “Paste an API key” for another key of "
            "the same account."
        ),
    ),
    AccountProblem.NO_CREDIT: (
        "There's no credit left on {account}, so your monitors are on hold.",
        "Top it up at platform.parallel.ai.",
    ),
    AccountProblem.FORBIDDEN: (
        "Parallel is refusing requests from {account}, so your monitors are on hold.",
        "Ask the person who manages it, or an admin to connect another one in my Home tab.",
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
NOT_DONE: Final = (
    "Something went wrong on my side and nothing was done. Please try again in a minute."
)
PERHAPS_DONE: Final = (
    "My database stopped responding, so I can't tell whether this was saved. If nothing happens "
    "in a few minutes, try again."
)
ALREADY_SUBMITTED: Final = (
    "This form was already submitted, so nothing was changed. Open the Home tab to see the current "
    "settings."
)
_NOT_IN_DIRECT: Final = (
    "I can't join a direct message between people. Run your command in a channel instead, or in a "
    "direct message with me."
)


def explain_parallel(
    error: parallel_errors.ParallelError, *, prefix: str = "", is_query: bool = False
) -> str:
    """What went wrong and what to do, followed by Parallel's message if it sent one.

    `prefix` is the deployment's `COMMAND_PREFIX`. `is_query`: it was asked to watch something.
    """
    text = _first(_PARALLEL, error).format(prefix=prefix)
    if is_query and isinstance(
        error, parallel_errors.RefusedError | parallel_errors.UnknownMonitorError
    ):
        text = _QUERY_REFUSED
    return " ".join(filter(None, (text, parallel_said(error.detail))))


def explain_slack(
    error: slack_errors.SlackPostError, *, bot_name: str = BOT_NAME, is_direct: bool = False
) -> str:
    """What went wrong and what to do.

    `bot_name` is the app's name in this workspace, for the `/invite` to type; an app can't be
    invited into a direct message (`is_direct`).
    """
    is_uninvited = isinstance(error, slack_errors.NotInChannelError)
    text = _NOT_IN_DIRECT if is_uninvited and is_direct else _first(_SLACK, error)
    needed = error.needed if isinstance(error, slack_errors.MissingScopeError) else ""
    return text.format(
        bot=f"@{bot_name.removeprefix('@')}", code=error.code, needed=needed or "Slack named none"
    )


def not_looked_up(error: slack_errors.SlackPostError) -> str:
    """Something about a person or a place, before anything was done."""
    if isinstance(error, slack_errors.DeadInstallationError):
        return explain_slack(error)
    return (
        f"Slack didn't tell me what I need to know for this ({error.code}). Try again in a minute, "
        "or ask a workspace admin."
    )


def not_filled(error: slack_errors.SlackPostError) -> str:
    """A form stays as it was opened: it says that it takes a moment."""
    return (
        f"Slack didn't let me fill the form that you opened ({error.code}). Close it and press the "
        "button again in a minute."
    )


def suspended(code: str, *, bot_name: str, is_direct: bool = False) -> tuple[str, str]:
    """What happened to a monitor's channel, by Slack's error code, and what its owner can do."""
    is_out = issubclass(slack_errors.error_for_code(code), slack_errors.NotInChannelError)
    if is_out and is_direct:
        return "I can't post in this direct message any more.", f"Pick a channel below. {_KEPT}"
    bot = f"@{bot_name.removeprefix('@')}"
    happened, to_do = _CLOSED_BY_CODE.get(code, _NOT_IN_CHANNEL if is_out else _RESTRICTED)
    return happened, f"{to_do.format(bot=bot)}, or pick another channel below. {_KEPT}"


def invite_first(*, bot_name: str) -> str:
    """A monitor wasn't moved because the app can't post in the chosen channel."""
    bot = f"@{bot_name.removeprefix('@')}"
    return f"Not moved: I'm not in that channel. Type /invite {bot} there, then choose it again."


def account_suspended(reason: AccountProblem, *, is_operators: bool) -> str:
    """For the admin who connected an account, and for people whose monitors use it."""
    account = "this app's" if is_operators else "this workspace's"
    happened, to_do = _ACCOUNT[reason]
    if is_operators:
        to_do = "Please tell the person who runs the app; you don't need to do anything else."
    return f"{happened.format(account=f'{account} Parallel account')} {to_do} {_KEPT_AT_PARALLEL}"


def _first(texts: Mapping[type[_E], str], error: _E) -> str:
    return next(text for cause, text in texts.items() if isinstance(error, cause))


def parallel_said(detail: str) -> str:
    """A sentence with Parallel's own message; empty if it sent none."""
    short = shortened(detail, _DETAIL_CHARACTERS).rstrip(".")
    return f"Parallel said: “{short}”." if short else ""


GAVE_UP: Final = (
    "Parallel hasn't responded for two days, so I gave up on this monitor. Run the command again "
    "to retry."
)
GAVE_UP_IN_DOUBT: Final = (
    "Parallel hasn't told me for two days whether this monitor was created, so I gave up on it. To "
    "be sure that it doesn't cost anything, reply cancelmonitor here: if it exists, I'll cancel it."
)
EDIT_GAVE_UP_IN_DOUBT: Final = (
    "Parallel hasn't told me for two days whether the new monitor was created, so I gave up on "
    "your change. The old monitor goes on; the new one posts nothing, but would cost money. If it "
    "exists, an admin can cancel it in my Home tab under “Monitors without a thread”; if you use "
    "this app's shared Parallel account, ask the person who runs the app."
)
THREAD_GONE: Final = (
    "Your monitor's message was deleted before setup finished, so I cancelled it. Run the command "
    "again to start over."
)
CHANNEL_LOST: Final = (
    "I lost access to this channel before setup finished, so I cancelled your monitor. Add me to "
    "the channel, then run the command again."
)
PERSON_UNKNOWN: Final = (
    "I couldn't check with Slack that you belong to this workspace, so nothing was changed. Try "
    "again in a minute."
)
REST_AT_PARALLEL: Final = (
    "This finding is longer than I can post here. You'll find the rest in your Parallel account."
)
NOT_OPENED: Final = "Slack didn't open the form in time. Please press the button again."


def not_saved(error: StoreDownError) -> str:
    return PERHAPS_DONE if isinstance(error, StoreInDoubtError) else NOT_DONE


def parallel_waiting(error: parallel_errors.ParallelError) -> str:
    """Why something takes longer while the app keeps trying."""
    if isinstance(error, parallel_errors.RateLimitedError):
        return (
            "Parallel is busy and asked me to wait. I'll keep trying; you don't need to do "
            "anything."
        )
    return "Parallel isn't responding. I'll keep trying; you don't need to do anything."


RUNS_AGAIN: Final = "Checks work again. The latest one found nothing new."


def run_failed(message: str) -> str:
    """For the first failed check of a streak; `message` is Parallel's own."""
    failed = " ".join(filter(None, ("The latest check failed.", parallel_said(message))))
    return (
        f"{failed} I'll check again on schedule, and won't report further "
        "failures until a check succeeds. To try right away, reply “run now”. If it keeps failing, "
        "cancel this monitor and run the command with a different query."
    )
