"""Short messages in our own words."""

from typing import Final

from monitors.blocks.elements import plain_sections
from monitors.blocks.limits import UPDATE_TEXT_CHARACTERS
from monitors.blocks.rich import plain_line, rich_pieces, with_moments
from monitors.blocks.text import clip, spoken
from monitors.model.local_time import LOCAL_TIME
from monitors.model.message import Block, Message

_NOTHING: Final = "Done."


def note_message(text: str) -> Message:
    """Plain text; apart from moments, quoted text is shown exactly as it is."""
    shown = clip(text.strip(), UPDATE_TEXT_CHARACTERS)
    blocks = note_blocks(shown)
    if not blocks:
        return note_message(_NOTHING)
    return Message(text=spoken(shown), blocks=tuple(blocks))


def note_blocks(text: str) -> list[Block]:
    """Plain sections, or rich text if a moment has to be shown in the reader's time zone."""
    if LOCAL_TIME.search(text) is None:
        return plain_sections(text)
    return [piece.block for piece in rich_pieces([plain_line(*with_moments(text))])]
