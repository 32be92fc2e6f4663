"""For an admin: a person who started monitors was deactivated, and who owns these now?"""

from collections.abc import Sequence
from typing import Final

from bot.blocks.account import button
from bot.blocks.elements import mention, mrkdwn, plain_context, section
from bot.blocks.listing import monitor_line
from bot.blocks.rich import message_of, rich_pieces
from bot.blocks.text import counted
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor

TAKE_OVER: Final = "take_over"
_MOST_LISTED: Final = 20


def owner_left_message(user_id: str, monitors: Sequence[Monitor]) -> Message:
    who = mention(user_id) or "Somebody"
    headline = (
        f"{who} was deactivated. {counted(len(monitors), 'monitor')} of theirs "
        f"{'goes' if len(monitors) == 1 else 'go'} on. Who should own "
        f"{'it' if len(monitors) == 1 else 'them'} from now on?"
    )
    pieces = rich_pieces([monitor_line(each) for each in monitors[:_MOST_LISTED]])
    more = len(monitors) - _MOST_LISTED
    rest = [f"and {more:,} more"] if more > 0 else []
    take_over = {**button("Take over", TAKE_OVER, style="primary"), "value": user_id}
    hint = "To end one instead, reply cancelmonitor in its thread."
    buttons: Block = {"type": "actions", "elements": [take_over]}
    return message_of([section(mrkdwn(headline)), *pieces, *plain_context([*rest, hint]), buttons])
