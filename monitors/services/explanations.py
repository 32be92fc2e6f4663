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
    error_for_code,
)
from monitors.domain.stranded import TroubleKind

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
    TroubleKind.BAD_KEY: (
        "Parallel no longer accepts the key of the account {whose}, so your monitors wait."
    ),
    TroubleKind.NO_CREDIT: (
        "The Parallel account {whose} has no credit left, so your monitors find nothing new."
    ),
    TroubleKind.FORBIDDEN: ("Parallel refuses the account {whose}, so your monitors wait."),
}
_ACCOUNT_TO_DO: Final = {
    TroubleKind.BAD_KEY: "Link the account again; /{prefix}help says where.",
    TroubleKind.NO_CREDIT: "Top it up at platform.parallel.ai.",
    TroubleKind.FORBIDDEN: (
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


def stranded(code: str, *, bot_name: str) -> tuple[str, str]:
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


def account_trouble(kind: TroubleKind, *, is_operators: bool, prefix: str = "") -> str:
    """For the person who can mend an account, or who waits for its findings."""
    happened = _ACCOUNT[kind]
    if is_operators:
        return (
            f"{happened.format(whose='this app uses')} Tell whoever runs the app; there is nothing "
            f"else to do. {_KEPT_AT_PARALLEL}"
        )
    to_do = _ACCOUNT_TO_DO[kind].format(prefix=prefix)
    return f"{happened.format(whose='of this workspace')} {to_do} {_KEPT_AT_PARALLEL}"


def _first(texts: Mapping[type[_E], str], error: _E) -> str:
    return next(text for cause, text in texts.items() if isinstance(error, cause))


def _detail(text: str) -> str:
    short = " ".join(text.split())
    return short if len(short) <= _DETAIL_CHARACTERS else f"{short[:_DETAIL_CHARACTERS]}…"
