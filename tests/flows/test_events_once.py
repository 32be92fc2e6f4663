"""Each event is posted once, whatever the lists of Parallel do meanwhile (CASES A8, A9)."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors.delivery.ledger import Ledger
from tests.flows.app import RunningApp
from tests.flows.findings import assert_each_once, finding
from tests.flows.world import Json, Thread, World


def event(event_id: str, content: str) -> Json:
    return finding(content) | {"event_id": event_id}


def list_of_run(world: World, monitor_id: str, run: Json, *events: Json) -> None:
    """The run lists these events from now on; no webhook says so."""
    path = f"/control/parallel/monitors/{monitor_id}/runs/{run['event_group_id']}"
    world.change(path, events=list(events))


def until_said(world: World, thread: Thread, word: str) -> None:
    world.until(lambda: word in " ".join(world.replies(thread)))


def test_an_event_in_two_runs_is_posted_once(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[event("shared", "found first")])
    until_said(world, thread, "found first")
    world.run(monitor_id, events=[event("shared", "found first"), event("more", "found then")])
    until_said(world, thread, "found then")
    assert_each_once(world, thread, monitor_id, ["found first", "found then"])


def test_an_event_that_changes_its_text_is_not_posted_again(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    run = world.run(monitor_id, events=[event("same", "as it was")])
    until_said(world, thread, "as it was")
    list_of_run(world, monitor_id, run, event("same", "as it became"))
    assert_each_once(world, thread, monitor_id, ["as it was"])


def test_what_a_run_gains_once_posted_is_posted_together(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    run = world.run(monitor_id, events=[event("first", "there at once")])
    until_said(world, thread, "there at once")
    grown = [event(f"gain {number}", f"gained {number}") for number in range(2)]
    list_of_run(world, monitor_id, run, *grown, event("first", "there at once"))
    assert_each_once(world, thread, monitor_id, ["there at once", "gained 0"])
    assert "gained 1" in world.replies(thread)[1]


def test_an_older_run_listed_behind_a_posted_one_is_posted_without_its_webhook(
    world: World,
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[finding("the oldest")])
    until_said(world, thread, "the oldest")
    older = world.run(monitor_id, "nothing", webhook="lost")
    world.run(monitor_id, events=[finding("the newer")])
    until_said(world, thread, "the newer")
    list_of_run(world, monitor_id, older, event("late", "listed late"))
    assert_each_once(world, thread, monitor_id, ["the oldest", "the newer", "listed late"])


@pytest.mark.parametrize("count", [3, 11])
def test_a_newest_finding_that_is_withdrawn_brings_nothing_old_again(
    world: World, app: RunningApp, count: int
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    words = [f"finding {number:02}" for number in range(count)]
    runs: list[Json] = []
    for word in words:
        runs.append(world.run(monitor_id, events=[finding(word)]))
        until_said(world, thread, word)
    list_of_run(world, monitor_id, runs[-1])
    later = datetime.now(UTC) + timedelta(days=1)
    app.do(lambda wiring: Ledger(wiring.stores.database).prune(later))
    assert_each_once(world, thread, monitor_id, words)


def test_one_event_of_two_monitors_is_posted_in_both_threads(world: World) -> None:
    for query in ("new papers on fusion", "new papers on fission"):
        thread, monitor_id = world.watch(query)
        world.run(monitor_id, events=[event("of both", "found by both")])
        until_said(world, thread, "found by both")
        assert_each_once(world, thread, monitor_id, ["found by both"])
