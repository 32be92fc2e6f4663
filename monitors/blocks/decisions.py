"""Messages to one person who is to decide: where a monitor goes, whose it is, whether it starts."""

from collections.abc import Sequence
from typing import Final

from monitors.blocks import kit
from monitors.blocks.listing import monitor_line, open_thread
from monitors.blocks.notices import note_blocks
from monitors.blocks.rich import LineKind, message_of, rich_pieces, verbatim
from monitors.blocks.text import clip, quoted, sendable, spoken
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor, MonitorHome
from monitors.model.requests import StartRequest
from monitors.model.words import counted
from monitors.texts import rule_texts

START_ANYWAY: Final = "start_anyway"
SHOW_MONITORS: Final = "show_monitors"
APPROVE: Final = "approve_start"
DECLINE: Final = "decline_start"
TAKE_OVER: Final = "take_over"
MOVE: Final = "move_monitor"
# The block's id carries the monitor's id, as a menu has no value.
MOVE_BLOCK: Final = "move:"

_SPOKEN_CHARACTERS: Final = 2000
_QUERY_CHARACTERS: Final = 500
_MOST_LISTED: Final = 20


def question_message(
    text: str, *, intent_id: str, yes: str, thread: MonitorHome | None = None
) -> Message:
    """Before a start: `yes` is the button that goes on; with a link to the `thread` it is about."""
    buttons = [
        kit.button(yes, START_ANYWAY, value=intent_id),
        kit.button("Show my monitors", SHOW_MONITORS),
        *(open_thread(thread) if thread else ()),
    ]
    return Message(text=spoken(text), blocks=(*note_blocks(text), *kit.actions(*buttons)))


def not_started_message(reason: str, *, typed: str, corrected: str = "") -> Message:
    """The command stands in a block that can be copied, to the letter."""
    words, blocks = [f"Not started. {reason}"], note_blocks(f"Not started. {reason}")
    command = corrected or typed
    if command:
        label = "Your command, corrected:" if corrected else "Your command:"
        words += [label, command]
        blocks += [*kit.plain_sections(label), *verbatim(command, LineKind.CODE)]
    text = spoken(clip("\n".join(words), _SPOKEN_CHARACTERS))
    return Message(text=text, blocks=tuple(blocks))


def approval_message(
    request: StartRequest, reason: str, *, intent_id: str, is_own: bool
) -> Message:
    """For an admin: who wants what, where, and what it would cost; they themselves if `is_own`."""
    who = kit.mention(request.reply_to.user_id) or "Someone"
    place = kit.channel_name(request.reply_to.channel, "a channel")
    headline = f"{who} wants to start a monitor in {place}, over the budget."
    if is_own:
        headline = "This monitor is over the budget. As an admin, you can approve it."
    return message_of(
        [
            kit.own_section(headline),
            *kit.plain_sections(quoted(request.spec.query, _QUERY_CHARACTERS)),
            *kit.plain_sections(reason),
            *kit.actions(
                kit.button(rule_texts.APPROVE, APPROVE, value=intent_id, style="primary"),
                kit.button(rule_texts.DECLINE, DECLINE, value=intent_id),
            ),
        ]
    )


def suspended_message(monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
    """For its owner: it can't post in its thread. `happened` and `to_do` are the app's words."""
    asks = kit.question(
        "Move this monitor?",
        "It will continue in a new thread there. Nothing more will be posted in the old one.",
        yes="Move it here",
        no="Not now",
    )
    menu = {**kit.channel_menu("Move it to…"), "action_id": MOVE, "confirm": asks}
    move: Block = {
        **kit.section(kit.plain("Move it to another channel:")),
        "block_id": f"{MOVE_BLOCK}{sendable(monitor.monitor_id)}"[:255],
        "accessory": menu,
    }
    place = kit.channel_name(channel, "its channel")
    return message_of(
        [
            kit.own_section(f"*One of your monitors can't post in {place}.*"),
            *kit.plain_sections(quoted(monitor.query, _QUERY_CHARACTERS)),
            *kit.plain_sections(f"{happened} {to_do}"),
            move,
        ]
    )


def owner_left_message(user_id: str, monitors: Sequence[Monitor], *, asked: str) -> Message:
    """For an admin: who owns them now? `asked` comes back with the answer."""
    go_on, them = ("goes", "it") if len(monitors) == 1 else ("go", "them")
    said = f"of theirs {go_on} on. Who should own {them} from now on?"
    take_over = kit.button("Take over", TAKE_OVER, value=asked, style="primary")
    return _listing(f"{_left(user_id)} {_count(monitors)} {said}", monitors, take_over)


def inherited_message(user_id: str, monitors: Sequence[Monitor]) -> Message:
    """For the co-owner."""
    said = f"As co-owner, you own {_count(monitors)} of theirs now."
    return _listing(f"{_left(user_id)} {said}", monitors)


def _left(user_id: str) -> str:
    return f"{kit.mention(user_id) or 'Someone'} was deactivated."


def _count(monitors: Sequence[Monitor]) -> str:
    return counted(len(monitors), "monitor")


def _listing(headline: str, monitors: Sequence[Monitor], *buttons: Block) -> Message:
    pieces = rich_pieces([monitor_line(each) for each in monitors[:_MOST_LISTED]])
    more = len(monitors) - _MOST_LISTED
    rest = [f"and {more:,} more"] if more > 0 else []
    hint = "To end one, reply “cancelmonitor” in its thread."
    small_print = kit.plain_context([*rest, hint])
    return message_of([kit.own_section(headline), *pieces, *small_print, *kit.actions(*buttons)])
