"""Failures in words for people: what happened, and what to do next. Plain text, no markup."""

from collections.abc import Mapping
from typing import Final, TypeVar

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
from monitors.domain.slack_errors import (
    BadMessageError,
    DeadDestinationError,
    DeadInstallationError,
    NotInChannelError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackUnavailableError,
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


def _first(texts: Mapping[type[_E], str], error: _E) -> str:
    return next(text for cause, text in texts.items() if isinstance(error, cause))


def _detail(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= _DETAIL_CHARACTERS else f"{short[:_DETAIL_CHARACTERS]}…"
