"""Which listed findings are posted: by event, whichever run lists it, once."""

from dataclasses import replace

import pytest

from monitors.delivery.cursor import FROM_START, MOST, from_now, legacy_id, moved, new_groups
from monitors.model.event import EventGroup, EventList, MonitorEvent, Part
from tests.monitors.life.small_app import SmallApp

pytestmark = pytest.mark.anyio


def an_event(name: str, group: str = "g1") -> MonitorEvent:
    return MonitorEvent(name, group, (Part(f"about {name}"),))


def listed(*newest_first: MonitorEvent, is_whole: bool = True) -> EventList:
    return EventList(newest_first, is_whole=is_whole)


def names(groups: tuple[EventGroup, ...] | None) -> list[list[str]] | None:
    if groups is None:
        return None
    return [[event.event_id for event in group.events] for group in groups]


def test_of_a_monitor_just_made_everything_is_new_oldest_first() -> None:
    found = new_groups(
        FROM_START, "m", listed(an_event("e3", "g2"), an_event("e2"), an_event("e1"))
    )
    assert names(found) == [["e1", "e2"], ["e3"]]


def test_only_what_is_newer_than_the_oldest_known_is_new() -> None:
    events = listed(
        an_event("e4", "g4"), an_event("e3", "g3"), an_event("e2", "g2"), is_whole=False
    )
    assert names(new_groups(("e3", "e2"), "m", events)) == [["e4"]]


def test_an_older_run_listed_late_behind_a_posted_one_is_new() -> None:
    events = listed(an_event("e3", "g3"), an_event("late", "g2"), an_event("e1", "g1"))
    assert names(new_groups(("e3", "e1"), "m", events)) == [["late"]]


def test_what_a_run_gains_is_new() -> None:
    events = listed(an_event("e2", "g1"), an_event("e1", "g1"))
    assert names(new_groups(("e1", "start"), "m", events)) == [["e2"]]


def test_an_event_of_two_runs_belongs_to_the_older() -> None:
    found = new_groups(FROM_START, "m", listed(an_event("e1", "g2"), an_event("e1", "g1")))
    assert found is not None
    assert [(group.group_id, len(group.events)) for group in found] == [("g1", 1)]


def test_a_withdrawn_event_is_no_reason_to_begin_at_the_beginning() -> None:
    events = listed(an_event("e2", "g2"), an_event("e1", "g1"), is_whole=False)
    assert names(new_groups(("e3", "e2", "e1"), "m", events)) == []
    assert new_groups(("e9", "e8"), "m", events) is None


def test_a_group_settled_before_events_were_recorded_singly_stays_settled() -> None:
    events = listed(an_event("e2", "g2"), an_event("e1", "g1"))
    assert names(new_groups((legacy_id("g1"),), "m", events)) == [["e2"]]


def test_a_monitor_met_without_a_row_starts_from_now_but_for_what_is_announced() -> None:
    events = listed(an_event("e2", "g2"), an_event("e1", "g1"))
    cursor = from_now(events, but="g2")
    assert names(new_groups(cursor, "m", events)) == [["e2"]]


def test_a_cursor_keeps_the_newest_and_ends() -> None:
    cursor = FROM_START
    for number in range(MOST + 5):
        cursor = moved(cursor, [an_event(f"e{number}")])
    assert len(cursor) == MOST
    assert cursor[0] == f"e{MOST + 4}"
    assert "start" not in cursor


async def settle(app: SmallApp) -> None:
    while await app.queue.work(app.runner):
        pass


async def watching() -> SmallApp:
    app = SmallApp()
    await app.ask()
    await settle(app)
    return app


def said(app: SmallApp) -> list[str]:
    return [each.message.text for each in app.slack.messages if each.thread_ts is not None]


async def test_one_event_in_two_runs_is_posted_once_and_a_run_that_grows_is_completed() -> None:
    app = await watching()
    first = app.parallel.run(1, words=3)
    await app.webhook(first)
    await settle(app)
    again = app.parallel.run(1, words=3)
    grown = replace(first.events[0], event_id="grown")
    app.parallel.groups[-1] = replace(
        again, events=(replace(first.events[0], group_id=again.group_id),)
    )
    app.parallel.groups[0] = replace(first, events=(*first.events, grown))
    await app.webhook(again)
    await settle(app)
    assert len(said(app)) == 2
    await app.webhook(first)
    await settle(app)
    assert len(said(app)) == 2
    await app.close()


async def test_a_newest_finding_that_is_withdrawn_brings_nothing_old_again() -> None:
    app = await watching()
    for _ in range(11):
        await app.webhook(app.parallel.run(1, words=3))
        await settle(app)
    assert len(said(app)) == 11
    app.parallel.groups.pop()
    app.clock.advance(200 * 86400)
    await app.ledger.prune(app.clock.now())
    await app.webhook(app.parallel.groups[0])
    await settle(app)
    assert len(said(app)) == 11
    fresh = app.parallel.run(1, words=3)
    news = replace(fresh.events[0], event_id="news", group_id="group_news")
    app.parallel.groups[-1] = replace(fresh, group_id="group_news", events=(news,))
    await app.webhook(app.parallel.groups[-1])
    await settle(app)
    assert len(said(app)) == 12
    await app.close()
