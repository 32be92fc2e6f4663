"""The modal that asks when and how a monitor's findings are posted."""

from collections.abc import Mapping
from datetime import time
from typing import Final

from monitors.blocks.account import modal
from monitors.blocks.elements import input_block, option
from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode
from monitors.model.message import Block
from monitors.texts import delivery_texts

DELIVERY_FORM: Final = "delivery_form"
WHEN: Final = "when"
AT: Final = "at"
QUIET_FROM: Final = "quiet_from"
QUIET_UNTIL: Final = "quiet_until"
FLOOR: Final = "floor"
WHERE: Final = "where"
# The choices of WHERE.
IN_CHANNEL: Final = "in_channel"
MENTIONS: Final = "mentions"

_WHEN: Final = {
    Mode.AS_IT_HAPPENS.value: "As it happens",
    Mode.DAILY.value: "In a daily digest",
    **{
        f"{Mode.WEEKLY.value}{day}": f"In a weekly digest, on {name}"
        for day, name in enumerate(delivery_texts.WEEKDAYS)
    },
}
_WHERE: Final = {
    IN_CHANNEL: "Show findings in the channel, too",
    MENTIONS: "Mention the owner",
}


def delivery_form(policy: DeliveryPolicy, *, place: str) -> Block:
    """Filled in; `place` comes back with the answer."""
    quiet = policy.quiet
    times = f"In the time zone of the monitor's owner, {policy.zone}."
    blocks = [
        input_block(WHEN, "When should I post findings?", _menu(WHEN, _WHEN, when_of(policy))),
        input_block(AT, "Time of the digest", _time(AT, policy.at), hint=times),
        input_block(
            QUIET_FROM,
            "Quiet from",
            _time(QUIET_FROM, quiet.start if quiet else None),
            hint="What I find in quiet hours waits until they end. Digests keep their own time.",
            optional=True,
        ),
        input_block(
            QUIET_UNTIL,
            "Quiet until",
            _time(QUIET_UNTIL, quiet.end if quiet else None),
            optional=True,
        ),
        floor_field(policy.floor),
        input_block(WHERE, "Who should notice?", _ticks(policy), optional=True),
    ]
    form = modal(
        blocks, callback_id=DELIVERY_FORM, submit="Save", title=delivery_texts.DELIVERY_TITLE
    )
    return {**form, "private_metadata": place}


def floor_field(floor: Floor) -> Block:
    choices = {each.value: words for each, words in delivery_texts.FLOORS.items()}
    hint = "I always post a finding whose confidence isn't known, and count the others."
    return input_block(FLOOR, "Which findings?", _menu(FLOOR, choices, floor.value), hint=hint)


def when_of(policy: DeliveryPolicy) -> str:
    """The value of the choice for how often."""
    is_weekly = policy.mode is Mode.WEEKLY
    return f"{policy.mode.value}{policy.weekday}" if is_weekly else policy.mode.value


def _menu(name: str, choices: Mapping[str, str], chosen: str) -> Block:
    options = {value: option(words, value) for value, words in choices.items()}
    return {
        "type": "static_select",
        "action_id": name,
        "options": list(options.values()),
        "initial_option": options[chosen],
    }


def _time(name: str, at: time | None) -> Block:
    initial = {"initial_time": at.isoformat("minutes")} if at else {}
    return {"type": "timepicker", "action_id": name, **initial}


def _ticks(policy: DeliveryPolicy) -> Block:
    options = {value: option(words, value) for value, words in _WHERE.items()}
    is_ticked = {IN_CHANNEL: policy.in_channel, MENTIONS: policy.mentions_owner}
    ticked = [option for value, option in options.items() if is_ticked[value]]
    return {
        "type": "checkboxes",
        "action_id": WHERE,
        "options": list(options.values()),
        **({"initial_options": ticked} if ticked else {}),
    }
