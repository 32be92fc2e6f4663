"""The direct message to the owner of a monitor that can no longer post in its thread."""

import re
from typing import Final

from monitors.blocks.elements import mrkdwn, plain, plain_sections, section
from monitors.blocks.rich import message_of
from monitors.blocks.text import clip, one_line, sendable
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor

MOVE: Final = "move_monitor"
# The block's id carries the monitor's id, as a menu has no value.
MOVE_BLOCK: Final = "move:"

_QUERY_CHARACTERS: Final = 500
_CHANNEL_ID: Final = re.compile(r"[A-Z0-9]{2,40}")


def suspended_message(monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
    """`happened` and `to_do` are the app's own words."""
    query = f"“{clip(one_line(sendable(monitor.query)), _QUERY_CHARACTERS)}”"
    # Only people who can see the channel see its name.
    place = f"<#{channel}>" if _CHANNEL_ID.fullmatch(channel) else "its channel"
    headline = f"One of your monitors can't post in {place}."
    blocks = [
        section(mrkdwn(f"*{headline}*")),
        *plain_sections(query),
        *plain_sections(f"{happened} {to_do}"),
        _move(monitor.monitor_id),
    ]
    return message_of(blocks)


def _move(monitor_id: str) -> Block:
    confirm: Block = {
        "title": plain("Move this monitor?"),
        "text": plain(
            "It will continue in a new thread there. Nothing more will be posted in the old one."
        ),
        "confirm": plain("Move it here"),
        "deny": plain("Not now"),
    }
    menu: Block = {
        "type": "conversations_select",
        "action_id": MOVE,
        "placeholder": plain("Move it to…"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        "confirm": confirm,
    }
    return {
        **section(plain("Move it to another channel:")),
        "block_id": f"{MOVE_BLOCK}{sendable(monitor_id)}"[:255],
        "accessory": menu,
    }
