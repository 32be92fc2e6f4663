"""How often a monitor checks, and what waits: pause, resume, snooze, hourly, daily, weekly."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from monitors.settings import Settings
from tests.first import first_rows
from tests.flows.findings import finding
from tests.flows.on_card import (
    choose,
    frequency,
    menu,
    monitor,
    policy,
    run,
    say,
    set_policy,
    until_card,
)
from tests.flows.world import ADA, BEN, World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


def test_a_pause_holds_findings_and_a_resume_posts_them_all(world: World) -> None:
    thread, monitor_id = world.watch("--every 6h new papers on fusion")
    assert "Paused" in say(world, "pause", thread)
    until_card(world, thread, "Paused by")
    assert frequency(world, monitor_id) == "30d"
    assert menu(world, thread) == ["Resume", "Delivery"]
    assert world.buttons(thread) == ["Edit", "History", "Cancel"]
    for words in ("the first while paused", "the second while paused"):
        run(world, monitor_id, words)
    assert say(world, "status", thread).startswith("Paused, last checked")
    answer = say(world, "run now", thread)
    assert answer == "This monitor is paused or snoozed. Reply “resume” first."
    assert "already paused" in say(world, "Pause.", thread)
    assert not [each for each in world.replies(thread) if "while paused" in each]
    world.say("resume", thread=thread, user=BEN)
    world.until(lambda: "the second while paused" in " ".join(world.replies(thread)))
    found = [each for each in world.replies(thread) if "while paused" in each]
    assert ["first" in each for each in found] == [True, False]
    assert frequency(world, monitor_id) == "6h"
    until_card(world, thread, "Watching every 6 hours")
    assert menu(world, thread) == ["Pause", "Snooze", "Delivery"]
    assert "isn't paused" in say(world, "resume", thread)


def test_the_menu_pauses_and_resumes_once_however_many_press(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    for user in (ADA, BEN):
        choose(world, thread, "pause", user=user)
    world.until(lambda: len(world.replies(thread)) == 2)
    until_card(world, thread, "Paused by")
    assert frequency(world, monitor_id) == "30d"
    choose(world, thread, "resume")
    until_card(world, thread, "Watching daily")
    assert frequency(world, monitor_id) == "1d"


def test_a_delivery_that_ends_after_a_pause_leaves_its_card(world: World) -> None:
    """What it draws was read before; another redraw had recorded the pause as shown."""
    thread, monitor_id = world.watch("ice on Europa")
    world.until(lambda: monitor(world, monitor_id)["last_run_at"])
    world.fault("slack", "held", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("ice is thin")])
    world.until_held("slack")
    say(world, "pause", thread)
    world.until_done("refresh", lambda: world.run(monitor_id, "nothing"), about=monitor_id)
    world.calm()
    world.until_done("refresh", lambda: None, about=monitor_id)
    until_card(world, thread, "Paused")


def test_a_paused_monitor_can_be_cancelled_and_then_no_more(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    say(world, "pause", thread)
    say(world, "cancelmonitor", thread)
    assert monitor(world, monitor_id)["status"] == "cancelled"
    for word in ("pause", "resume", "hourly"):
        assert "To start it again" in say(world, word, thread)
    assert world.buttons(thread) == menu(world, thread) == []


@pytest.mark.parametrize(
    ("word", "is_set", "price"),
    first_rows(
        1, [("hourly", "1h", "$2.16"), ("Daily", "1d", "$0.09"), ("weekly.", "1w", "$0.01")]
    ),
)
def test_a_word_says_how_often(world: World, word: str, is_set: str, price: str) -> None:
    thread, monitor_id = world.watch("--every 3d new papers on fusion")
    in_words = word.lower().rstrip(".")
    assert say(world, word, thread) == f"Now checking {in_words}, about {price} a month."
    assert frequency(world, monitor_id) == is_set
    until_card(world, thread, f"Watching {in_words}")
    assert say(world, word, thread) == f"Already checking {in_words}."


def test_how_often_may_change_while_it_is_paused(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    say(world, "pause", thread)
    assert "Once someone resumes it, it will check hourly." in say(world, "hourly", thread)
    assert frequency(world, monitor_id) == "30d"
    say(world, "resume", thread)
    assert frequency(world, monitor_id) == "1h"


def test_a_snooze_says_when_it_ends_and_ends_by_itself(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    choose(world, thread, "snooze")
    (modal,) = cast("list[dict[str, str]]", world.state()["modals"])
    before = datetime.now(UTC)
    chosen = {"hours": {"hours": {"selected_option": {"value": "4"}}}}
    world.post(f"/control/slack/views/{modal['id']}/submit", {"values": chosen})
    world.until(lambda: world.replies(thread))
    until_card(world, thread, "Snoozed until <!date^")
    hold = policy(world, monitor_id)["hold"]
    until = datetime.fromtimestamp(cast("int", hold["until"]), UTC)
    assert timedelta(hours=3.9) < until - before < timedelta(hours=4.1)
    assert frequency(world, monitor_id) == "1d"
    run(world, monitor_id, "found in the snooze")
    assert say(world, "status", thread).startswith("Snoozed until <!date^")
    # Four hours later.
    hold["until"] = int(datetime.now(UTC).timestamp())
    set_policy(world, monitor_id, {"hold": hold})
    world.until(lambda: "found in the snooze" in " ".join(world.replies(thread)))
    until_card(world, thread, "Watching daily")
    assert "hold" not in policy(world, monitor_id)
