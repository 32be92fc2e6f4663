"""Short messages and modals in our own words."""

from dataclasses import replace
from typing import Final

from monitors.blocks import kit
from monitors.blocks.limits import UPDATE_TEXT_CHARACTERS
from monitors.blocks.rich import plain_line, rich_pieces, with_moments
from monitors.blocks.text import clip, spoken
from monitors.model.local_time import LOCAL_TIME
from monitors.model.message import Block, Message

CONNECT: Final = "account_connect"
CONNECT_LABEL: Final = "Connect account"


def note_message(text: str) -> Message:
    """Plain text; apart from moments, quoted text is shown exactly as it is."""
    shown = clip(text.strip(), UPDATE_TEXT_CHARACTERS) or "Done."
    return Message(text=spoken(shown), blocks=tuple(note_blocks(shown)))


def note_blocks(text: str) -> list[Block]:
    """Plain sections, or rich text if a moment has to be shown in the reader's time zone."""
    if LOCAL_TIME.search(text) is None:
        return kit.plain_sections(text)
    return [piece.block for piece in rich_pieces([plain_line(*with_moments(text))])]


def offering_account(message: Message) -> Message:
    """For an admin of a workspace without an account: the message, and the way to connect one."""
    connect = kit.button(CONNECT_LABEL, CONNECT, style="primary")
    return replace(message, blocks=(*message.blocks, *kit.actions(connect)))


def notice_modal(text: str, *, title: str = "Parallel account") -> Block:
    return kit.modal(note_blocks(text), title=title)
