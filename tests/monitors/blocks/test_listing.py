"""The answer to `/monitor list`."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from inline_snapshot import external_file

from monitors.blocks.listing import list_message
from monitors.model.listing import Listed, MonitorPage, beside, page_of
from monitors.model.monitor import Monitor, MonitorHome, MonitorStatus
from monitors.model.workspace import ThreadRef
from monitors.watching.listing import PAGE
from tests.monitors.blocks.arrange import HOSTILE, event
from tests.monitors.blocks.reading import as_json, characters, faults, objects, pings, visible

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
    finding = event("**ITER** waits again\n\nMore of it.")
    link = "https://acme.slack.com/archives/C0NEWS/p1790856000000100"
    others = [
        replace(MONITOR, query="Fed decisions", frequency="6h", last_run_at=None),
        replace(MONITOR, query="made elsewhere", status=MonitorStatus.CANCELLED, metadata={}),
    ]
    page = MonitorPage(
        entries=(
            Listed(MONITOR, link=link, newest=(finding,)),
            *(Listed(each, is_elsewhere=True, newest=()) for each in others),
        ),
        here=1,
        elsewhere=10,
        first=8,
        newer="newer:here/1",
        older="older:elsewhere/1",
        at="older:here/2",
    )
    message = list_message(page, prefix="", said="Cancelled.")
    assert not faults(message.blocks)
    assert as_json(message) == external_file("snapshots/list.json")


def test_an_empty_list_says_how_to_begin() -> None:
    message = list_message(MonitorPage(), prefix="acme-")
    assert "/acme-monitor latest AI research papers" in visible(message.blocks)
    assert not faults(message.blocks)


def test_a_full_page_of_the_longest_fits_into_a_message() -> None:
    long = Listed(replace(MONITOR, query="研&" * 500), newest=(event("研&" * 500),))
    page = MonitorPage((long,) * PAGE, here=300, newer="newer:x", older="older:x")
    message = list_message(page, prefix="")
    opened = [part for part in objects(message.blocks) if "url" in part]
    assert len(opened) == PAGE
    assert not faults(message.blocks)
    assert characters(message) < 13_000


@pytest.mark.parametrize("text", HOSTILE)
def test_no_monitor_can_ping_or_break_a_list(text: str) -> None:
    metadata = HOME.to_metadata()
    monitors = [replace(MONITOR, query=text, frequency=text)] + [
        replace(MONITOR, metadata=metadata | {key: text}) for key in metadata
    ]
    entries = [Listed(each, is_elsewhere=True, newest=(event(text),)) for each in monitors]
    message = list_message(MonitorPage(tuple(entries), elsewhere=9), prefix="")
    assert not faults(message.blocks)
    assert not pings(message)
    opened = [str(part["url"]) for part in objects(message.blocks) if "url" in part]
    assert all(url.startswith("https://slack.com/app_redirect?") for url in opened)


PLACES = [f"here/{each}" for each in range(9, 0, -1)]


def walk(places: list[str], at: str) -> tuple[list[str], str, str]:
    begin, end = page_of(places, at, 4)
    return places[begin:end], *beside(places, begin, end)


def test_pages_follow_places_so_that_a_change_in_between_misses_and_doubles_nothing() -> None:
    first, newer, older = walk(PLACES, "")
    assert (first, newer) == (PLACES[:4], "")
    # The last that was seen is cancelled, and another one started.
    changed = ["here/99", *(each for each in PLACES if each != "here/6")]
    second, newer, older = walk(changed, older)
    assert second == PLACES[4:8]
    assert walk(changed, older)[0] == PLACES[8:]
    assert walk(changed, newer)[0] == ["here/99", *PLACES[:3]]


def test_a_page_whose_places_are_all_gone_is_the_last_one() -> None:
    assert walk(PLACES[:6], "older:here/4")[0] == PLACES[2:6]
    assert walk([], "older:here/4") == ([], "", "")


@pytest.mark.parametrize("at", ["", "?", "older", "newer:zzz", "sideways:here/4"])
def test_what_no_button_says_is_the_first_page(at: str) -> None:
    assert walk(PLACES, at if at != "older" else "")[0] == PLACES[:4]
