"""The Home tab's list of monitors that no thread shows, and the form that gives one a thread."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitors.blocks import kit
from monitors.blocks.limits import VALUE_CHARACTERS
from monitors.blocks.rich import Span, plain_line, rich_pieces
from monitors.blocks.text import sendable, short
from monitors.model.frequency import in_words
from monitors.model.message import Block
from monitors.model.monitor import Monitor
from monitors.model.price import dollars_a_month, monthly_price, usd_per_month
from monitors.model.words import counted

ADOPT: Final = "adopt_monitor"
END: Final = "end_threadless"
CHANNEL: Final = "channel"
# Three blocks each, of the hundred that a Home tab may have.
SHOWN: Final = 10

_QUERY_CHARACTERS: Final = 300


def threadless_blocks(monitors: Sequence[Monitor]) -> Iterator[Block]:
    if not monitors:
        return
    yield kit.DIVIDER
    yield kit.own_section("*Monitors without a thread*")
    costs = [usd_per_month(each.frequency, each.processor) for each in monitors]
    total = dollars_a_month(sum(each for each in costs if each is not None))
    what_it_is = (
        "1 monitor on this workspace's Parallel account was made by another program. What it finds "
        "isn't shown in Slack. It costs"
        if len(monitors) == 1
        else f"{len(monitors)} monitors on this workspace's Parallel account were made by other "
        "programs. What they find isn't shown in Slack. Together they cost"
    )
    yield from kit.plain_sections(f"{what_it_is} {total}.")
    for each in monitors[:SHOWN]:
        yield from _monitor(each)
    if len(monitors) > SHOWN:
        yield from kit.plain_context([f"… and {counted(len(monitors) - SHOWN, 'more monitor')}."])


def _monitor(monitor: Monitor) -> Iterator[Block]:
    query = short(monitor.query, _QUERY_CHARACTERS) or monitor.monitor_id
    price = monthly_price(monitor.frequency, monitor.processor)
    how = f"checks {in_words(monitor.frequency)}{f' · {price}' if price else ''}"
    yield from (piece.block for piece in rich_pieces([plain_line(Span(query, bold=True))]))
    yield from kit.plain_context([how])
    value = sendable(monitor.monitor_id)[:VALUE_CHARACTERS]
    asks = kit.question(
        "Cancel this monitor?",
        "Another program made it, and may rely on it. This can't be undone.",
        yes="Cancel monitor",
        no="Keep it",
        style="danger",
    )
    yield from kit.actions(
        kit.button("Give it a thread", ADOPT, value=value),
        kit.button("Cancel", END, value=value, asks=asks),
    )


def adopt_form(monitor_id: str) -> Block:
    """Asks for the channel; the monitor's id comes back with the answer."""
    words = (
        "I'll post a card for it in this channel, and what it finds from now on in the card's "
        "thread."
    )
    channel = kit.field(CHANNEL, "Channel", kit.channel_menu("Choose a channel"))
    return kit.modal(
        [*kit.plain_sections(words), channel],
        title="Give it a thread",
        callback_id=ADOPT,
        submit="Give it a thread",
        metadata=monitor_id,
    )
