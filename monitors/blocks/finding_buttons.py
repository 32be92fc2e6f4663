"""The buttons under a finding."""

from typing import Final

from monitors.blocks import kit
from monitors.blocks.limits import VALUE_CHARACTERS
from monitors.blocks.text import sendable, short
from monitors.model.codec import encode
from monitors.model.event import MonitorEvent
from monitors.model.message import Block
from monitors.model.price import task_price
from monitors.model.research import RESEARCH_PROCESSOR, AskedFinding

NOT_RELEVANT: Final = "not_relevant"
RESEARCH: Final = "research_this"
_ABOUT_CHARACTERS: Final = 80


def finding_buttons(event: MonitorEvent, words: str) -> list[Block]:
    """One row; none for an event whose ids are no ids. `words` say which finding is meant."""
    about = short(words, _ABOUT_CHARACTERS).rstrip(".")
    value = encode(AskedFinding(sendable(event.event_id), about, sendable(event.group_id)))
    if len(value) > VALUE_CHARACTERS:
        return []
    asks = kit.question(
        "Research this finding?",
        "I'll ask Parallel for a deeper look and post the answer in this thread. It takes about "
        f"5 minutes and costs {task_price(RESEARCH_PROCESSOR)}.",
        yes="Research",
        no="Not now",
    )
    return kit.actions(
        kit.button("Not relevant", NOT_RELEVANT, value=value),
        kit.button("Research this", RESEARCH, value=value, asks=asks),
    )
