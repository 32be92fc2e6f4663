"""What people type: the text after `/monitor` or `/hourly`, and replies in a monitor's thread."""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final, Literal

from monitors.model.flags import BadFlagError, read_flags
from monitors.model.frequency import Frequency
from monitors.model.intent import IntentKind
from monitors.model.monitor import MonitorSpec
from monitors.model.slack_text import unwrap_slack_text


@dataclass(frozen=True, slots=True)
class BadCommand:
    """A command that can't be used; `explanation` says why and what to type instead.

    `corrected` is the text that was probably meant; empty where that can't be guessed.
    """

    explanation: str
    corrected: str = ""


MonitorCommand = MonitorSpec | BadCommand | Literal["list", "help"]

# Mistakes corrected in one command. With more, it is given back as it was typed.
_MOST_CORRECTED: Final = 5


def parse_monitor_command(text: str, *, default: Frequency) -> MonitorCommand:
    """Read a command's text as Slack sent it. Never raises.

    `list` and `help` (or what asks for it elsewhere: `?`, `-h`, `--help`) only count as the whole
    text, and flags only before the query. The query is exactly what the person typed, without
    surrounding space; it is empty where there is none.
    """
    typed = unwrap_slack_text(text).strip()
    whole = unicodedata.normalize("NFKC", typed).lower()
    if whole == "list":
        return "list"
    if _HELP.fullmatch(whole):
        return "help"
    try:
        spec, query = read_flags(typed, MonitorSpec(query="", frequency=default))
    except BadFlagError as error:
        return BadCommand(str(error), _working(error.corrected))
    return replace(spec, query=query if says_something(query) else "")


def _working(corrected: str) -> str:
    """The correction, with what is wrong after it corrected, too; empty if that can't be guessed.

    A command that would only be refused again helps nobody.
    """
    for _ in range(_MOST_CORRECTED):
        try:
            read_flags(corrected, MonitorSpec(query=""))
        except BadFlagError as error:
            corrected = error.corrected
        else:
            return corrected
    return ""


# Meant for a monitor, in any combination of these. Anything longer is a query.
_VERBS: Final = re.compile(
    "cancel|cancelmonitor|change|check|clear|delete|disable|edit|enable|end|exit|help|history"
    "|hourly|daily|weekly|kill|list|ls|mute|off|on|pause|quit|remove|reset|restart|resume|run"
    "|settings|show|snooze|start|status|stop|stopmonitor|unmute|unpause|unsubscribe|unwatch|update"
)
_OBJECTS: Final = re.compile(
    "all|everything|it|me|monitors?|monitoring|my|now|that|the|these|this|watching"
    "|monitor_[0-9a-z]{8,}"
)
_MONITOR_ID: Final = re.compile(r"monitor_[0-9a-z]{8,}")
_HELP: Final = re.compile(r"[-\u2013\u2014]*help|[-\u2013\u2014]+h|\?+")


def is_control_word(text: str) -> bool:
    """Whether a query is only what a command would be, like `stop`: perhaps it was meant as one."""
    if len(text) > _LONGEST_REPLY:
        return False
    words = plain_words(re.sub(r"^\s*@\S+\s|[!?]+$", "", text))
    verb, *rest = [each for each in words if each != "please"] or [""]
    if _MONITOR_ID.fullmatch(verb) and not rest:
        return True
    return bool(_VERBS.fullmatch(verb)) and all(map(_OBJECTS.fullmatch, rest))


# Letters and symbols that are drawn as nothing.
FILLERS: Final = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def says_something(query: str) -> bool:
    """False for an empty text, or one of punctuation and invisible characters only."""
    return any(
        unicodedata.category(character)[0] in "LNS" and character not in FILLERS
        for character in query
    )


# Replies in a monitor's thread that are meant for the app.
REPLIES: Final = {
    **dict.fromkeys(("cancelmonitor", "cancelmonitor!", "stop", "stop!"), IntentKind.CANCEL),
    **dict.fromkeys(("run now", "check now"), IntentKind.RUN_NOW),
    **dict.fromkeys(("status", "status?"), IntentKind.STATUS),
    **dict.fromkeys(("history", "history?"), IntentKind.HISTORY),
    **dict.fromkeys(("help", "help?"), IntentKind.HELP),
    "pause": IntentKind.PAUSE,
    "resume": IntentKind.RESUME,
    "hourly": IntentKind.HOURLY,
    "daily": IntentKind.DAILY,
    "weekly": IntentKind.WEEKLY,
}
# Asked of the monitor that lives in a thread, by a reply, a button, a menu or a form.
IN_THREAD: Final = {
    *REPLIES.values(),
    IntentKind.SNOOZE,
    IntentKind.DELIVERY,
    IntentKind.EDIT,
}
# Room for the longest reply, with a mention of the bot and its name before and after.
_LONGEST_REPLY: Final = 250
# Of bold, italic, struck, quoted or bracketed words, and the end of a sentence.
_AROUND: Final = " \t\n*_~`.,;:()\u3002\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_MENTION: Final = r"<@(?:{bot})(?:\|[^<>]*)?>[,:]?"
# As Slack sends it, and as it may be pasted.
_EMOJI: Final = re.compile(r":[a-z0-9_+'-]+:|[\u2600-\u27bf\U0001f000-\U0001faff]")
# A name that nobody picked from the list; Slack turns those of people into mentions.
_TYPED_NAME: Final = re.compile(r"^\s*@[\w.-]+[,:]?\s+|\s+@[\w.-]+\s*$")


def parse_reply(
    text: str, *, bot_user_id: str | None, bot_id: str | None = None
) -> IntentKind | None:
    """What is asked, if it is the whole text of a thread reply; None for ordinary conversation.

    Ignores case, space, one leading slash, a mention of the bot before or after (by its user's id,
    or by its own as some clients send it, or typed as plain text), invisible characters, emoji, the
    marks of bold or code around it, hyphens in it, and the end of a sentence.

    Runs for every message in every channel, so it returns early.
    """
    if len(text) > _LONGEST_REPLY:
        return None
    if ours := [re.escape(each) for each in (bot_user_id, bot_id) if each and each in text]:
        text = re.sub(_MENTION.format(bot="|".join(ours)), " ", text, count=2)
    said = re.sub("!+", "!", " ".join(plain_words(_EMOJI.sub(" ", _TYPED_NAME.sub(" ", text)))))
    words = re.split(r"[\s_\u2010-\u2015-]+", said)
    return REPLIES.get(" ".join(words)) or REPLIES.get("".join(words))


def plain_words(text: str) -> list[str]:
    """In lower case, without invisible characters, a leading slash, and what stands around them."""
    plain = unicodedata.normalize("NFKC", text).lower()
    seen = "".join(
        each
        for each in plain
        if each.isspace() or unicodedata.category(each) not in ("Cf", "Cc", "Mn")
    )
    return seen.strip(_AROUND).removeprefix("/").split()
