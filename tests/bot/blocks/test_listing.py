"""The answer to `/monitor list`."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from inline_snapshot import external_file

from bot.blocks.listing import list_message
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.workspace import ThreadRef
from tests.bot.blocks.arrange import HOSTILE
from tests.bot.blocks.reading import as_json, characters, faults, links, pings, visible

HOME = MonitorHome(ThreadRef("C0NEWS", "1790856000.000100"), "T0ACME", "A0APP", "U0ANN")
MONITOR = Monitor(
    monitor_id="monitor_1",
    status=MonitorStatus.ACTIVE,
    kind="event_stream",
    query="latest AI research papers",
    frequency="1d",
    processor="lite",
    created_at=None,
    last_run_at=datetime(2026, 10, 1, 12, tzinfo=UTC),
    metadata=HOME.to_metadata(),
)


def test_a_list_as_people_see_it() -> None:
    others = [
        replace(MONITOR, query="Fed decisions", frequency="6h", last_run_at=None),
        replace(MONITOR, query="made elsewhere", status=MonitorStatus.CANCELLED, metadata={}),
    ]
    message = list_message([MONITOR], others, start_command="/monitor")
    assert not faults(message.blocks)
    assert as_json(message) == external_file("snapshots/list.json")


def test_an_empty_list_says_how_to_begin() -> None:
    message = list_message([], [], start_command="/acme-monitor")
    assert "/acme-monitor latest AI research papers" in visible(message.blocks)
    assert not faults(message.blocks)


def test_a_list_too_long_for_a_message_says_how_many_are_left_out() -> None:
    message = list_message([replace(MONITOR, query="q" * 500)] * 300, [], start_command="/monitor")
    shown = len(links(message.blocks))
    assert shown > 10
    assert f"and {300 - shown} more" in visible(message.blocks)
    assert not faults(message.blocks)
    assert characters(message) < 13_000


@pytest.mark.parametrize("text", HOSTILE)
def test_no_monitor_can_ping_or_break_a_list(text: str) -> None:
    metadata = HOME.to_metadata()
    monitors = [replace(MONITOR, query=text, frequency=text, metadata={})] + [
        replace(MONITOR, metadata=metadata | {key: text}) for key in metadata
    ]
    message = list_message([], monitors, start_command="/monitor")
    assert not faults(message.blocks)
    assert not pings(message)
    assert all(
        url.startswith("https://slack.com/app_redirect?") for _, url in links(message.blocks)
    )
