"""Forms that begin at a monitor's card or thread: to cancel it, and to snooze it."""

from typing import Final

from monitors.blocks import kit
from monitors.blocks.text import quoted
from monitors.model.message import Block
from monitors.texts import thread_texts

CANCEL_FORM: Final = "cancel_monitor_form"
SNOOZE_FORM: Final = "snooze"
HOURS_BLOCK: Final = "hours"

_QUERY_CHARACTERS: Final = 2000
_HOURS: Final = {
    "1": "An hour",
    "4": "4 hours",
    "24": "A day",
    "72": "3 days",
    "168": "A week",
    "336": "2 weeks",
}


def cancel_form(query: str, *, thread: str) -> Block:
    """The message shortcut asks before it cancels; `thread` comes back with the answer."""
    words = (
        f"Cancel {quoted(query, _QUERY_CHARACTERS)}? This can't be undone. Findings already posted "
        "stay in the thread."
    )
    return kit.modal(
        kit.plain_sections(words),
        title=thread_texts.MODAL_TITLES["cancel"],
        callback_id=CANCEL_FORM,
        submit="Cancel monitor",
        close="Keep watching",
        metadata=thread,
    )


def snooze_form(thread: str) -> Block:
    """For how long; `thread` comes back with the answer."""
    words = "The monitor keeps checking. What it finds waits, and is posted when the snooze ends."
    hours = kit.field(HOURS_BLOCK, "For how long?", kit.menu(_HOURS, "24"))
    return kit.modal(
        [*kit.plain_sections(words), hours],
        title="Snooze",
        callback_id=SNOOZE_FORM,
        submit="Snooze",
        metadata=thread,
    )


def chosen_hours(value: str | None) -> int | None:
    """None if the form does not offer it."""
    return int(value) if value in _HOURS else None
