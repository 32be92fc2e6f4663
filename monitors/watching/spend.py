"""About what a workspace's monitors cost a month, by channel and by person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from monitors.model.app_home import Spend
from monitors.model.monitor import Monitor
from monitors.model.price import usd_per_month

# More than these nobody reads; the rest is one sum.
_NAMED: Final = 5


def spend_of(monitors: Sequence[Monitor], *, seen: frozenset[str]) -> Spend:
    """Only channels that are `seen` are named."""
    by_channel: dict[str, Decimal] = defaultdict(Decimal)
    by_person: dict[str, Decimal] = defaultdict(Decimal)
    total = Decimal(0)
    unknown = 0
    for monitor in monitors:
        usd = usd_per_month(monitor.frequency, monitor.processor)
        home = monitor.home
        if usd is None or home is None:
            unknown += 1
            continue
        total += usd
        channel = home.thread.channel
        by_channel[channel if channel in seen else ""] += usd
        by_person[home.user_id] += usd
    return Spend(total, _largest(by_channel), _largest(by_person), unknown)


def _largest(sums: Mapping[str, Decimal]) -> tuple[tuple[str, Decimal], ...]:
    """The largest first; all that isn't named last, under an empty name."""
    named = [(name, usd) for name, usd in sums.items() if name]
    shown = sorted(named, key=lambda each: (-each[1], each[0]))[:_NAMED]
    rest = sum(sums.values(), Decimal(0)) - sum((usd for _, usd in shown), Decimal(0))
    return (*shown, *([("", rest)] if rest else []))
