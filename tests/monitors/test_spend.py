"""About what monitors cost, and which channels are named."""

from dataclasses import replace
from decimal import Decimal

from monitors.accounts.home import spend_of
from monitors.model.monitor import Monitor
from monitors.model.workspace import ThreadRef
from tests.monitors.blocks.test_listing import HOME, MONITOR

DAILY, HOURLY = Decimal("0.090"), Decimal("2.160")


def monitor_in(channel: str, user: str, frequency: str = "1d") -> Monitor:
    home = replace(HOME, thread=ThreadRef(channel, "1.1"), user_id=user)
    return replace(MONITOR, metadata=home.to_metadata(), frequency=frequency)


def test_channels_that_are_not_seen_are_one_sum_without_a_name() -> None:
    monitors = [
        monitor_in("C1", "U1"),
        monitor_in("C2", "U1", "1h"),
        monitor_in("C3", "U2"),
        monitor_in("C4", "U2"),
    ]
    spend = spend_of(monitors, seen=frozenset({"C1", "C2"}))
    assert spend.by_channel == (("C2", HOURLY), ("C1", DAILY), ("", 2 * DAILY))
    assert spend.by_person == (("U1", HOURLY + DAILY), ("U2", 2 * DAILY))
    assert spend.total == HOURLY + 3 * DAILY


def test_only_the_largest_are_named_and_what_has_no_price_is_counted() -> None:
    channels = [f"C{each}" for each in range(9)]
    monitors = [monitor_in(channel, "U1") for channel in channels]
    monitors.append(replace(MONITOR, frequency="sometimes"))
    spend = spend_of(monitors, seen=frozenset(channels))
    assert [name for name, _ in spend.by_channel] == ["C0", "C1", "C2", "C3", "C4", ""]
    assert sum(usd for _, usd in spend.by_channel) == spend.total == 9 * DAILY
    assert spend.unknown == 1
