"""A check that was asked for ends, and the card counts what was found."""

from typing import Final

import pytest

from monitors.settings import Settings
from tests.flows.findings import finding
from tests.flows.world import Thread, World, shown_in

CHECKING: Final = "Checking now."
CHECKED: Final = "Checked <!date^"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


@pytest.fixture(scope="module", autouse=True)
def slow_runs(acme: World) -> None:
    """A run that is asked for is over when the test says so."""
    acme.change("/control/parallel/settings", creation_run=False, creation_run_seconds=600)


def later(world: World) -> None:
    """Parallel dates a run to the second."""
    assert world.client.put("/control/parallel/clock", json={"advance_seconds": 2}).is_success


def asked(world: World, thread: Thread) -> None:
    """Somebody asks for a check, and reads that it has begun."""
    world.click(thread, "run_now")
    world.until(lambda: [each for each in world.replies(thread) if each.startswith(CHECKING)])
    later(world)


def answers(world: World, thread: Thread) -> list[str]:
    return [each for each in world.replies(thread) if each.startswith("Check")]


def card(world: World, thread: Thread) -> str:
    return shown_in(next(each for each in world.messages() if each["ts"] == thread.ts))


def test_checking_becomes_checked_nothing_new(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    asked(world, thread)
    # The job is over, not only its message: it records the run last.
    world.until_done("refresh", lambda: world.run(monitor_id, "nothing"), about=monitor_id)
    (said,) = world.until(
        lambda: [each for each in answers(world, thread) if each.startswith(CHECKED)]
    )
    assert said.endswith(": nothing new.")
    assert len(world.replies(thread)) == 1
    # A later run is another one.
    later(world)
    world.run(monitor_id, events=[finding("found later")])
    world.until(lambda: len(world.replies(thread)) == 2)
    world.until(lambda: "1 finding" in card(world, thread))
    # A pass of the reconciler that read the monitor before this run may count its finding as well.
    (still,) = answers(world, thread)
    assert still.partition(":")[0] == said.partition(":")[0]


def test_what_was_found_is_counted_there_and_on_the_card(world: World) -> None:
    thread, monitor_id = world.watch("new papers on muons")
    world.run(monitor_id, events=[finding("found before")])
    world.until(lambda: "1 finding" in card(world, thread))
    later(world)
    asked(world, thread)
    world.run(monitor_id, events=[finding("first"), finding("second")])
    world.until(lambda: [s for s in answers(world, thread) if s.endswith(": 2 findings.")])
    world.until(lambda: "3 findings" in card(world, thread))
    assert "3 findings" in world.card_text(thread)
    # Another reason to draw it loses nothing.
    world.say("status", thread=thread)
    world.until(lambda: [each for each in world.replies(thread) if each.startswith("Watching")])
    assert "3 findings" in card(world, thread)


def test_a_check_that_failed_says_so(world: World) -> None:
    thread, monitor_id = world.watch("new papers on quarks")
    asked(world, thread)
    world.run(monitor_id, "failed", error="No answer")
    world.until(lambda: [s for s in answers(world, thread) if s.endswith(": the check failed.")])
    assert len(world.replies(thread)) == 2


def test_a_finding_that_is_listed_later_is_added(world: World) -> None:
    thread, monitor_id = world.watch("new papers on gluons")
    asked(world, thread)
    run = world.run(monitor_id, "nothing")
    world.until(lambda: [s for s in answers(world, thread) if s.endswith(": nothing new.")])
    path = f"/control/parallel/monitors/{monitor_id}/runs/{run['event_group_id']}"
    world.change(path, events=[finding("listed late")])
    world.until(lambda: [s for s in answers(world, thread) if s.endswith(": 1 finding.")])


def test_the_answer_may_have_been_deleted(world: World) -> None:
    thread, monitor_id = world.watch("new papers on bosons")
    asked(world, thread)
    world.fault("slack", "error:message_not_found", match="chat.update", times=1)
    world.run(monitor_id, events=[finding("found all the same")])
    world.until(lambda: "found all the same" in " ".join(world.replies(thread)))
    world.calm()
    world.until(lambda: "1 finding" in card(world, thread))
