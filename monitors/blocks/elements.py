"""The blocks that messages are built of."""

import re
from collections.abc import Iterable
from typing import Final, cast

from monitors.blocks.limits import CONTEXT_CHARACTERS, SECTION_CHARACTERS
from monitors.blocks.text import clip, from_the_web, one_line, sendable, split, spoken
from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.message import Block

DIVIDER: Final[Block] = {"type": "divider"}
_FREQUENCY_CHARACTERS: Final = 40
# With the rest of the question, fewer than the 300 that Slack takes.
_ASKED_CHARACTERS: Final = 150
# In our own mrkdwn, which is all that there is.
_STYLE: Final = re.compile("[*`]")
_USER_ID: Final = re.compile(r"[A-Z0-9]{2,40}")


def plain(text: str) -> Block:
    """Text that Slack shows exactly as it is: no mentions, links or emoji codes."""
    return {"type": "plain_text", "text": sendable(text), "emoji": False}


def mrkdwn(text: str) -> Block:
    """For the app's own words only: nothing in `text` may come from outside."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def mention(user_id: str | None) -> str:
    """Markup that shows a person's name; empty unless `user_id` looks like one."""
    return f"<@{user_id}>" if user_id and _USER_ID.fullmatch(user_id) else ""


def section(text: Block) -> Block:
    return {"type": "section", "text": text}


def plain_sections(text: str) -> list[Block]:
    """The whole text in as many sections as it takes; invisible parts are left out."""
    parts = split(sendable(text), SECTION_CHARACTERS)
    return [section(plain(part)) for part in parts if part.strip()]


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def plain_context(texts: Iterable[str]) -> list[Block]:
    """The texts as one small line; no block if all are empty."""
    cleaned = map(from_the_web, texts)
    elements = [plain(clip(text, CONTEXT_CHARACTERS)) for text in cleaned if text.strip()]
    return [context(*elements)] if elements else []


def in_words(blocks: Iterable[Block]) -> str:
    """What sections and small lines say, a line each: for a message's top-level text."""
    lines = [" ".join(map(_words_of, _parts_of(block))) for block in blocks]
    return "\n".join(line for line in lines if line)


def _parts_of(block: Block) -> list[Block]:
    match block["type"]:
        case "section":
            return [cast("Block", block["text"])]
        case "context":
            return cast("list[Block]", block["elements"])
        case _:
            return []


def _words_of(text: Block) -> str:
    words = str(text["text"])
    return spoken(words) if text["type"] == "plain_text" else _STYLE.sub("", words)


def option(label: str, value: str) -> Block:
    return {"text": plain(label), "value": value}


def input_block(
    name: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    """A field of a form, by whose name its value comes back."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": element,
        **({"hint": plain(hint)} if hint else {}),
        **({"optional": True} if optional else {}),
    }


def frequency_in_words(frequency: str) -> str:
    """For example `every 6 hours`; an unknown frequency is shown as Parallel wrote it."""
    try:
        return Frequency.parse(frequency).in_words
    except BadFrequencyError:
        return clip(sendable(frequency), _FREQUENCY_CHARACTERS)


def confirm_cancel(query: str = "") -> Block:
    """What is asked before a monitor is cancelled; `query` names it where it isn't seen."""
    named = f"“{clip(one_line(query), _ASKED_CHARACTERS)}”\n" if query else ""
    return {
        "title": plain("Cancel this monitor?"),
        "text": plain(f"{named}This can't be undone. Findings already posted stay in the thread."),
        "confirm": plain("Cancel monitor"),
        "deny": plain("Keep watching"),
        "style": "danger",
    }
