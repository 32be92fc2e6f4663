"""The button *Research this* under a finding, and what it says back when it is pressed."""

from typing import Final

from monitors.blocks.elements import plain
from monitors.blocks.text import clip, from_the_web, one_line
from monitors.model.codec import encode
from monitors.model.message import Block
from monitors.model.price import task_price
from monitors.model.research import RESEARCH_PROCESSOR, AskedFinding

RESEARCH: Final = "research_this"
_ABOUT_CHARACTERS: Final = 80
# Slack's most for a button's value.
_VALUE_CHARACTERS: Final = 2000


def research_button(event_id: str, words: str) -> list[Block]:
    """`words` are the finding's own: its beginning says which one is meant."""
    about = clip(one_line(from_the_web(words)).strip(), _ABOUT_CHARACTERS).rstrip(".")
    value = encode(AskedFinding(event_id, about))
    if len(value) > _VALUE_CHARACTERS:
        return []
    confirm = {
        "title": plain("Research this finding?"),
        "text": plain(
            "Parallel takes a deeper look, and I post the answer in this thread. It takes about "
            f"5 minutes and costs {task_price(RESEARCH_PROCESSOR)}."
        ),
        "confirm": plain("Research"),
        "deny": plain("Not now"),
    }
    button: Block = {
        "type": "button",
        "text": plain("Research this"),
        "action_id": RESEARCH,
        "value": value,
        "confirm": confirm,
    }
    return [button]
