"""The modal in which the message shortcut asks before it cancels."""

from typing import Final

from monitors.blocks.account import modal
from monitors.blocks.elements import plain_sections
from monitors.blocks.text import clip, one_line
from monitors.model.message import Block
from monitors.texts import thread_texts

CANCEL_FORM: Final = "cancel_monitor_form"
_QUERY_CHARACTERS: Final = 2000


def cancel_form(query: str, *, thread: str) -> Block:
    """`thread` comes back with the answer."""
    words = (
        f"Cancel “{clip(one_line(query), _QUERY_CHARACTERS)}”? This can't be undone. Findings "
        "already posted stay in the thread."
    )
    form = modal(
        plain_sections(words),
        callback_id=CANCEL_FORM,
        submit="Cancel monitor",
        close="Keep watching",
        title=thread_texts.CANCEL_TITLE,
    )
    return {**form, "private_metadata": thread}
