"""Each event is posted once, whatever the lists of Parallel do meanwhile (CASES A8, A9)."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors.delivery.cursor import MOST
from monitors.delivery.ledger import Ledger
from tests.flows.app import RunningApp
from tests.flows.findings import assert_each_once, finding
from tests.flows.world import Json, Thread, World, shown_in


def event(event_id: str, content: str) -> Json:
    return finding(content) | {"event_id": event_id}


def list_of_run(world: World, monitor_id: str, run: Json, *events: Json) -> None:
    """The run lists these events from now on; no webhook says so."""
    path = f"/control/parallel/monitors/{monitor_id}/runs/{run['event_group_id']}"
    world.change(path, events=list(events))


def until_said(world: World, thread: Thread, word: str) -> None:
    world.until(lambda: word in " ".join(world.replies(thread)))


def prune(app: RunningApp) -> None:
    """What the ledger does after months, so that the cursor alone says what is new."""
    later = datetime.now(UTC) + timedelta(days=1)
    app.do(lambda wiring: Ledger(wiring.stores.database).prune(later))


def run_of_many(world: World, thread: Thread, monitor_id: str) -> tuple[Json, list[str]]:
    """One more run, posted, with more events than a cursor has ids; and their words."""
    words = [f"crowded {number:02}" for number in range(MOST + 3)]
    run = world.run(monitor_id, events=[finding(word) for word in words])
    world.until(lambda: all(word in shown(world, thread) for word in words))
    return run, words


def shown(world: World, thread: Thread) -> str:
    return "\n".join(map(shown_in, world.reply_messages(thread)))


def assert_shown_once(world: World, thread: Thread, monitor_id: str, words: list[str]) -> None:
    """In whichever messages; nothing else comes before what is found last."""
    world.run(monitor_id, events=[finding("and all is well")])
    until_said(world, thread, "and all is well")
    text = shown(world, thread)
    assert {word: text.count(word) for word in words} == dict.fromkeys(words, 1)


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


def test_an_event_in_two_runs_listed_at_once_is_posted_with_the_older(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    events = [event("shared", "found by both")]
    world.run(monitor_id, events=events, webhook="lost")
    world.run(monitor_id, events=[event("more", "found then"), *events])
    until_said(world, thread, "found then")
    assert_each_once(world, thread, monitor_id, ["found by both", "found then"])
    assert "found by both" not in world.replies(thread)[1]


def test_an_event_that_a_run_lists_twice_is_posted_once(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    twice = event("twice", "listed twice")
    world.run(monitor_id, events=[twice, event("between", "listed between"), twice])
    until_said(world, thread, "listed twice")
    assert_shown_once(world, thread, monitor_id, ["listed twice", "listed between"])


def test_an_event_posted_long_before_a_run_lists_it_again_is_not_posted_again(
    world: World,
) -> None:
    """Many were posted in between: only the ledger knows it."""
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[event("again", "found early")])
    until_said(world, thread, "found early")
    _, words = run_of_many(world, thread, monitor_id)
    world.run(monitor_id, events=[event("again", "found early"), event("more", "found then")])
    until_said(world, thread, "found then")
    words = ["found early", *words, "found then"]
    assert_shown_once(world, thread, monitor_id, words)


def test_a_run_listed_late_among_many_posted_is_posted_and_what_is_older_is_not(
    world: World, app: RunningApp
) -> None:
    """The cursor no longer reaches to the first findings, nor does the ledger."""
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[finding("the oldest")])
    until_said(world, thread, "the oldest")
    _, words = run_of_many(world, thread, monitor_id)
    older = world.run(monitor_id, "nothing", webhook="lost")
    world.run(monitor_id, events=[finding("the newer")])
    until_said(world, thread, "the newer")
    prune(app)
    list_of_run(world, monitor_id, older, event("late", "listed late"))
    world.run(monitor_id, events=[finding(f"page {number:02}") for number in range(12)])
    until_said(world, thread, "page 11")
    words = ["the oldest", *words, "the newer", "listed late"]
    assert_shown_once(world, thread, monitor_id, words)


def test_findings_that_fill_more_than_a_page_are_all_posted(world: World) -> None:
    """Without their webhooks; the first page has none that is known."""
    thread, monitor_id = world.watch("new papers on fusion")
    words = [f"unheard {number:03}" for number in range(12)]
    for word in words[:-1]:
        world.run(monitor_id, events=[finding(word)], webhook="lost")
    world.run(monitor_id, events=[finding(words[-1])])
    until_said(world, thread, words[-1])
    assert_each_once(world, thread, monitor_id, words)


def test_findings_withdrawn_as_many_as_are_known_bring_nothing_old_again(
    world: World, app: RunningApp
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[finding("the oldest")])
    until_said(world, thread, "the oldest")
    run, words = run_of_many(world, thread, monitor_id)
    list_of_run(world, monitor_id, run)
    prune(app)
    world.run(monitor_id, events=[finding("the newer")])
    until_said(world, thread, "the newer")
    assert_shown_once(world, thread, monitor_id, ["the oldest", *words, "the newer"])


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
    prune(app)
    assert_each_once(world, thread, monitor_id, words)


def test_one_event_of_two_monitors_is_posted_in_both_threads(world: World) -> None:
    for query in ("new papers on fusion", "new papers on fission"):
        thread, monitor_id = world.watch(query)
        world.run(monitor_id, events=[event("of both", "found by both")])
        until_said(world, thread, "found by both")
        assert_each_once(world, thread, monitor_id, ["found by both"])
