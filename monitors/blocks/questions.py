"""Before a monitor is started: a question, or why it isn't, for one person alone."""

from typing import Final

from monitors.blocks.account import button
from monitors.blocks.elements import plain_sections
from monitors.blocks.limits import RICH_TEXT_WEIGHT
from monitors.blocks.listing import thread_address
from monitors.blocks.notices import note_blocks
from monitors.blocks.text import clip, sendable, split, spoken
from monitors.model.message import Block, Message
from monitors.model.monitor import MonitorHome

START_ANYWAY: Final = "start_anyway"
SHOW_MONITORS: Final = "show_monitors"
_OPEN_THREAD: Final = "open_thread"
_SPOKEN_CHARACTERS: Final = 2000


def question_message(
    text: str, *, intent_id: str, yes: str, thread: MonitorHome | None = None
) -> Message:
    """`yes` is the button that goes on."""
    elements: list[Block] = [
        {**button(yes, START_ANYWAY), "value": intent_id},
        button("Show my monitors", SHOW_MONITORS),
    ]
    address = thread_address(thread.thread, thread.team_id) if thread else None
    if address is not None:
        elements.append({**button("Open thread", _OPEN_THREAD), "url": address.url})
    blocks = [*note_blocks(text), {"type": "actions", "elements": elements}]
    return Message(text=spoken(text), blocks=tuple(blocks))


def not_started_message(reason: str, *, typed: str, corrected: str = "") -> Message:
    """The command stands in a block that can be copied, to the letter."""
    blocks = note_blocks(f"Not started. {reason}")
    words = [f"Not started. {reason}"]
    if corrected:
        blocks += [*plain_sections("Your command, corrected:"), *_code(corrected)]
        words += ["Your command, corrected:", corrected]
    elif typed:
        blocks += [*plain_sections("Your command:"), *_code(typed)]
        words += ["Your command:", typed]
    text = spoken(clip("\n".join(words), _SPOKEN_CHARACTERS))
    return Message(text=text, blocks=tuple(blocks))


def _code(text: str) -> list[Block]:
    return [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": part}]}
            ],
        }
        for part in split(sendable(text), RICH_TEXT_WEIGHT)
        if part.strip()
    ]
