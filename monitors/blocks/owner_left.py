"""A person who started monitors was deactivated: who owns these now?"""

from collections.abc import Sequence
from typing import Final

from monitors.blocks.account import button
from monitors.blocks.elements import mention, mrkdwn, plain_context, section
from monitors.blocks.listing import monitor_line
from monitors.blocks.rich import message_of, rich_pieces
from monitors.blocks.text import counted
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor

TAKE_OVER: Final = "take_over"
_MOST_LISTED: Final = 20


def owner_left_message(user_id: str, monitors: Sequence[Monitor], *, asked: str) -> Message:
    """For an admin; `asked` comes back with the answer."""
    headline = (
        f"{mention(user_id) or 'Somebody'} was deactivated. {counted(len(monitors), 'monitor')} of "
        f"theirs {'goes' if len(monitors) == 1 else 'go'} on. Who should own "
        f"{'it' if len(monitors) == 1 else 'them'} from now on?"
    )
    take_over = {**button("Take over", TAKE_OVER, style="primary"), "value": asked}
    return _listing(headline, monitors, take_over)


def inherited_message(user_id: str, monitors: Sequence[Monitor]) -> Message:
    """For the co-owner."""
    headline = (
        f"{mention(user_id) or 'Somebody'} was deactivated. As co-owner, you own "
        f"{counted(len(monitors), 'monitor')} of theirs now."
    )
    return _listing(headline, monitors)


def _listing(headline: str, monitors: Sequence[Monitor], *buttons: Block) -> Message:
    pieces = rich_pieces([monitor_line(each) for each in monitors[:_MOST_LISTED]])
    more = len(monitors) - _MOST_LISTED
    rest = [f"and {more:,} more"] if more > 0 else []
    hint = "To end one, reply cancelmonitor in its thread."
    blocks = [section(mrkdwn(headline)), *pieces, *plain_context([*rest, hint])]
    actions: list[Block] = [{"type": "actions", "elements": list(buttons)}] if buttons else []
    return message_of([*blocks, *actions])
