"""One row per monitor: what it keeps, how it is found, and how it waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitors.delivery.monitors import Monitors
from monitors.model.monitor import Monitor, MonitorStatus
from monitors.model.monitor_row import MonitorRow, Suspension
from monitors.model.workspace import ThreadRef, Workspace
from tests.contracts.conftest import Clock, Delivered

pytestmark = pytest.mark.anyio

ACME = Workspace("T1", "E1")
THREAD = ThreadRef("C1", "1700000000.000100")
ROW = MonitorRow(ACME, "monitor_1", "endpoint_1", THREAD, cursor=("start",))
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
MONITOR = Monitor(
    "monitor_1", MonitorStatus.ACTIVE, "event_stream", "rates", "1d", "lite", None, None
)


@pytest.fixture
def monitors(delivered: Delivered) -> Monitors:
    return delivered.monitors


def suspension(clock: Clock, *, findings_wait: bool = False) -> Suspension:
    return Suspension("is_archived", clock.now, clock.now + HOUR, findings_wait=findings_wait)


async def test_a_row_comes_back_with_both_halves_of_its_workspace(monitors: Monitors) -> None:
    assert await monitors.put(ROW) == ROW
    assert await monitors.get(ACME, "monitor_1") == ROW
    assert await monitors.find("endpoint_1", "monitor_1") == ROW
    assert await monitors.in_thread(ACME, THREAD) == "monitor_1"


async def test_nothing_is_found_elsewhere(monitors: Monitors) -> None:
    await monitors.put(ROW)
    assert await monitors.get(Workspace("T2"), "monitor_1") is None
    assert await monitors.find("endpoint_2", "monitor_1") is None
    assert await monitors.in_thread(Workspace("T2"), THREAD) is None
    assert await monitors.in_thread(ACME, ThreadRef("C2", THREAD.ts)) is None


async def test_a_monitor_that_two_workspaces_claim_is_neithers(monitors: Monitors) -> None:
    await monitors.put(ROW)
    await monitors.put(replace(ROW, workspace=Workspace("T2")))
    assert await monitors.find("endpoint_1", "monitor_1") is None


async def test_written_again_it_moves_and_keeps_its_cursor(monitors: Monitors) -> None:
    await monitors.put(ROW)
    await monitors.begin_at(ROW, ("e2", "e1"))
    await monitors.sees_run(ROW, "run_1")
    moved = replace(ROW, thread=ThreadRef("C2", "2.2"), cursor=None)
    found = await monitors.put(moved)
    assert (found.thread, found.cursor, found.last_run_seen) == (
        moved.thread,
        ("e2", "e1"),
        "run_1",
    )
    seen = await monitors.seen("endpoint_1")
    assert {name: each.last_run_seen for name, each in seen.items()} == {"monitor_1": "run_1"}


async def test_a_suspension_ends_in_the_statement_that_writes_another_thread(
    monitors: Monitors, clock: Clock
) -> None:
    """A job that saw the new thread suspended would take it for one that refuses replies."""
    await monitors.put(ROW)
    kept = await monitors.suspend(ROW, suspension(clock, findings_wait=True))
    again = await monitors.put(replace(ROW, endpoint_id="endpoint_2"))
    assert again.suspension == kept
    for thread in (ThreadRef("C2", THREAD.ts), ThreadRef("C2", "2.2")):
        assert (await monitors.put(replace(ROW, thread=thread))).suspension is None
        assert (await monitors.suspend(ROW, suspension(clock))).findings_wait is False


async def test_what_is_unsettled_leaves_the_cursor(monitors: Monitors) -> None:
    await monitors.put(replace(ROW, cursor=("e2", "e1", "start")))
    await monitors.unsettle(ACME, "monitor_1", {"e2"})
    found = await monitors.get(ACME, "monitor_1")
    assert found is not None
    assert found.cursor == ("e1", "start")


async def test_a_suspension_met_again_keeps_its_beginning_and_who_was_notified(
    monitors: Monitors, clock: Clock
) -> None:
    await monitors.put(ROW)
    first = suspension(clock)
    assert await monitors.suspend(ROW, first) == first
    suspended = replace(ROW, suspension=first)
    await monitors.mark_notified(suspended, clock.now)
    later = replace(first, reason="not_in_channel", since=clock.now + HOUR)
    kept = replace(later, since=clock.now, notified_at=clock.now)
    assert await monitors.suspend(ROW, later) == kept
    await monitors.mark_notified(replace(ROW, suspension=later), clock.now + HOUR)
    found = await monitors.get(ACME, "monitor_1")
    assert found is not None
    assert found.suspension == kept


async def test_findings_that_wait_are_not_forgotten_over_a_card(
    monitors: Monitors, clock: Clock
) -> None:
    await monitors.put(ROW)
    await monitors.suspend(ROW, suspension(clock, findings_wait=True))
    assert (await monitors.suspend(ROW, suspension(clock))).findings_wait
    await monitors.resume(ROW)
    assert await monitors.get(ACME, "monitor_1") == ROW


async def test_only_the_channel_that_opened_is_tried_again(
    monitors: Monitors, clock: Clock
) -> None:
    elsewhere = replace(ROW, monitor_id="monitor_2", thread=ThreadRef("C2", "1.1"))
    abroad = replace(ROW, workspace=Workspace("T2"), monitor_id="monitor_3")
    for row in (ROW, elsewhere, abroad):
        await monitors.put(row)
        await monitors.suspend(row, suspension(clock))
    assert await monitors.due(now=clock.now, limit=9) == []
    assert await monitors.is_any_suspended(ACME, "C1")
    assert not await monitors.is_any_suspended(ACME, "C3")
    tried = await monitors.let_try(ACME, channel="C1", at=clock.now)
    assert [each.monitor_id for each in tried] == ["monitor_1"]
    assert [each.monitor_id for each in await monitors.due(now=clock.now, limit=9)] == ["monitor_1"]
    tried = await monitors.let_try(ACME, channel=None, at=clock.now)
    assert {each.monitor_id for each in tried} == {"monitor_1", "monitor_2"}


async def test_the_workspaces_on_an_account_are_those_with_monitors(monitors: Monitors) -> None:
    for team_id, monitor_id in (("T2", "m1"), ("T1", "m2"), ("T1", "m3")):
        await monitors.put(MonitorRow(Workspace(team_id), monitor_id, "endpoint_1", THREAD))
    await monitors.put(MonitorRow(Workspace("T3"), "m4", "endpoint_2", THREAD))
    assert await monitors.workspaces_on("endpoint_1") == [Workspace("T1"), Workspace("T2")]


async def test_a_dropped_row_is_gone(monitors: Monitors) -> None:
    await monitors.put(ROW)
    await monitors.drop(ACME, "monitor_1")
    assert await monitors.find("endpoint_1", "monitor_1") is None


async def test_a_run_that_was_asked_for_lately_is_known_by_account(monitors: Monitors) -> None:
    await monitors.put(ROW)
    assert (await monitors.seen("endpoint_1"))["monitor_1"].run_asked_at is None
    await monitors.claim_run(ACME, MONITOR, asked_at=NOW, lost_after=timedelta(minutes=15))
    assert (await monitors.seen("endpoint_1"))["monitor_1"].run_asked_at == NOW
    assert await monitors.seen("endpoint_2") == {}
    found = await monitors.get(ACME, "monitor_1")
    assert found is not None
    assert found.run_asked_at == NOW
