"""Short messages in our own words."""

from typing import Final

from bot.blocks.elements import plain_sections
from bot.blocks.limits import UPDATE_TEXT_CHARACTERS
from bot.blocks.text import clip, spoken
from monitors.model.message import Message

_NOTHING: Final = "Done."


def note_message(text: str) -> Message:
    """Plain text; whatever foreign text it quotes is shown to the letter."""
    shown = clip(text.strip(), UPDATE_TEXT_CHARACTERS)
    blocks = plain_sections(shown)
    if not blocks:
        return note_message(_NOTHING)
    return Message(text=spoken(shown), blocks=tuple(blocks))
