"""The blocks that messages are built of."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from bot.blocks.limits import CONTEXT_CHARACTERS, SECTION_CHARACTERS
from bot.blocks.text import clip, from_the_web, sendable, split
from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.message import Block

DIVIDER: Final[Block] = {"type": "divider"}
_FREQUENCY_CHARACTERS: Final = 40
_USER_ID: Final = re.compile(r"[A-Z0-9]{2,40}")


def plain(text: str) -> Block:
    """Text that Slack shows to the letter: no mention, no link, no emoji code."""
    return {"type": "plain_text", "text": sendable(text), "emoji": False}


def mrkdwn(text: str) -> Block:
    """Our own words only: nothing in `text` may come from outside."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def mention(user_id: str | None) -> str:
    """Markup that shows a person's name; empty for what is no user's id."""
    return f"<@{user_id}>" if user_id and _USER_ID.fullmatch(user_id) else ""


def section(text: Block) -> Block:
    return {"type": "section", "text": text}


def plain_sections(text: str) -> list[Block]:
    """The whole text in as many sections as it takes, but for parts that nobody could see."""
    parts = split(sendable(text), SECTION_CHARACTERS)
    return [section(plain(part)) for part in parts if part.strip()]


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def plain_context(texts: Iterable[str]) -> list[Block]:
    """One small line of texts; none when there is nothing to say."""
    cleaned = map(from_the_web, texts)
    elements = [plain(clip(text, CONTEXT_CHARACTERS)) for text in cleaned if text.strip()]
    return [context(*elements)] if elements else []


def local_time(at: datetime) -> str:
    """Markup that shows a moment in the reader's own time zone."""
    return f"<!date^{int(_utc(at).timestamp())}^{{date_short_pretty}} at {{time}}|{utc_time(at)}>"


def utc_time(at: datetime) -> str:
    return f"{_utc(at):%Y-%m-%d %H:%M} UTC"


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def frequency_in_words(frequency: str) -> str:
    """Such as `every 6 hours`; a frequency that this version does not know as it is."""
    try:
        return Frequency.parse(frequency).in_words
    except BadFrequencyError:
        return clip(sendable(frequency), _FREQUENCY_CHARACTERS)
