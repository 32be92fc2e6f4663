"""The direct message to the owner of a monitor whose thread is closed to the app."""

import re
from typing import Final

from bot.blocks.elements import mrkdwn, plain, plain_sections, section
from bot.blocks.text import clip, one_line, sendable, spoken
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor

MOVE: Final = "move_monitor"
# Carries the monitor's id: a menu has no value of its own.
MOVE_BLOCK: Final = "move:"

_QUERY_CHARACTERS: Final = 500
_CHANNEL_ID: Final = re.compile(r"[A-Z0-9]{2,40}")


def suspended_message(monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
    """`happened` and `to_do` are words of ours."""
    query = f"“{clip(one_line(sendable(monitor.query)), _QUERY_CHARACTERS)}”"
    # A link to the channel, which only those see who may see the channel.
    place = f"<#{channel}>" if _CHANNEL_ID.fullmatch(channel) else "its channel"
    headline = f"A monitor of yours cannot post in {place}."
    blocks = [
        section(mrkdwn(f"*{headline}*")),
        *plain_sections(query),
        *plain_sections(f"{happened} {to_do}"),
        _move(monitor.monitor_id),
    ]
    return Message(
        text=f"{headline} {spoken(f'{happened} {to_do} The query: {query}')}", blocks=tuple(blocks)
    )


def _move(monitor_id: str) -> Block:
    confirm: Block = {
        "title": plain("Move this monitor?"),
        "text": plain(
            "It goes on in a new thread in that channel. Nothing more is posted in the old one."
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
