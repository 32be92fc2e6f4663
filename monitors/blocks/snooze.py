"""The modal that asks how long to snooze a monitor."""

from typing import Final

from monitors.blocks.account import modal
from monitors.blocks.elements import plain, plain_sections
from monitors.model.message import Block

SNOOZE_FORM: Final = "snooze"
HOURS_BLOCK: Final = "hours"

_CHOICES: Final = {
    1: "An hour",
    4: "4 hours",
    24: "A day",
    3 * 24: "3 days",
    7 * 24: "A week",
    14 * 24: "2 weeks",
}
_FIRST: Final = 24


def snooze_modal(thread: str) -> Block:
    """`thread` comes back with the answer."""
    options = {
        hours: {"text": plain(words), "value": str(hours)} for hours, words in _CHOICES.items()
    }
    field: Block = {
        "type": "input",
        "block_id": HOURS_BLOCK,
        "label": plain("For how long?"),
        "element": {
            "type": "static_select",
            "action_id": HOURS_BLOCK,
            "options": list(options.values()),
            "initial_option": options[_FIRST],
        },
    }
    words = "The monitor goes on checking. What it finds waits, and is posted when the snooze ends."
    form = modal(
        [*plain_sections(words), field], callback_id=SNOOZE_FORM, submit="Snooze", title="Snooze"
    )
    return {**form, "private_metadata": thread}


def chosen_hours(value: str | None) -> int | None:
    """None if the form does not offer it."""
    return int(value) if value in {str(hours) for hours in _CHOICES} else None
