"""What people type: the text after `/monitor` or `/hourly`, and replies in a monitor's thread."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from monitors.model.flags import BadFlagError, read_flags
from monitors.model.frequency import Frequency
from monitors.model.monitor import MonitorSpec
from monitors.model.slack_text import unwrap_slack_text


@dataclass(frozen=True, slots=True)
class StartCommand:
    spec: MonitorSpec


@dataclass(frozen=True, slots=True)
class ListCommand:
    pass


@dataclass(frozen=True, slots=True)
class HelpCommand:
    pass


@dataclass(frozen=True, slots=True)
class EmptyCommand:
    """Nothing to watch was named; there may have been flags."""


@dataclass(frozen=True, slots=True)
class BadCommand:
    """Nothing can be made of it: what was wrong and what to write instead, as plain text."""

    explanation: str


MonitorCommand = StartCommand | ListCommand | HelpCommand | EmptyCommand | BadCommand


class ReplyCommand(StrEnum):
    """A reply that is meant for the app. The value is how it is written."""

    CANCEL = "cancelmonitor"
    STATUS = "status"
    RUN_NOW = "run now"
    PAUSE = "pause"
    RESUME = "resume"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    HISTORY = "history"
    HELP = "help"


def parse_monitor_command(text: str, *, default: Frequency) -> MonitorCommand:
    """Read a command's text as Slack sent it. Never raises.

    `list` and `help` count as whole texts only. Flags count before the query only; the query is
    what the person typed, to the letter, but for the space around it.
    """
    typed = unwrap_slack_text(text).strip()
    whole = typed.lower()
    if whole == "list":
        return ListCommand()
    if whole == "help":
        return HelpCommand()
    try:
        spec, query = read_flags(typed, MonitorSpec(query="", frequency=default))
    except BadFlagError as error:
        return BadCommand(str(error))
    return StartCommand(replace(spec, query=query)) if _says_something(query) else EmptyCommand()


def _says_something(query: str) -> bool:
    """False for nothing, and for characters that nobody can see."""
    return any(
        not character.isspace() and unicodedata.category(character) not in ("Cf", "Cc")
        for character in query
    )


_REPLIES: Final = {command.value: command for command in ReplyCommand}
# Room for the longest reply with a mention of the bot and its name on both sides.
_LONGEST_REPLY: Final = 250
_MENTION: Final = r"<@{bot}(?:\|[^<>]*)?>[,:]?"


def parse_reply(text: str, *, bot_user_id: str | None) -> ReplyCommand | None:
    """The command that a thread reply is, as a whole; None for people talking.

    Case, space, one leading slash, a mention of the bot before or after, and the code marks that
    come along when the hint is copied make no difference. This stands before everything else
    at the door, so it gives up early.
    """
    if len(text) > _LONGEST_REPLY:
        return None
    if bot_user_id and bot_user_id in text:
        text = re.sub(_MENTION.format(bot=re.escape(bot_user_id)), " ", text, count=2)
    words = text.strip().strip("`").strip().removeprefix("/").lower().split()
    return _REPLIES.get(" ".join(words))
