"""A query typed in Slack becomes a monitor, and its findings arrive in the thread."""

import pytest

from tests.flows.world import World


def test_a_finding_arrives_once_in_the_thread_of_its_monitor(world: World) -> None:
    thread, monitor_id = world.watch("latest AI research papers")
    world.run(monitor_id, "finding", webhook="doubled")
    world.until(lambda: world.replies(thread))
    world.run(monitor_id, "finding")
    world.until(lambda: len(world.replies(thread)) >= 2)
    assert len(world.replies(thread)) == 2
    assert len(world.cards()) == 1


@pytest.mark.parametrize(("command", "frequency"), [("/monitor", "1d"), ("/hourly", "1h")])
def test_each_command_makes_a_monitor_of_its_frequency(
    world: World, command: str, frequency: str
) -> None:
    world.watch("daily active users of Threads", command=command)
    (monitor,) = world.monitors()
    assert monitor["frequency"] == frequency
    assert monitor["query"] == "daily active users of Threads"


def test_a_reply_of_cancelmonitor_ends_the_monitor_and_says_so(world: World) -> None:
    thread, _ = world.watch("latest AI research papers")
    world.say("CancelMonitor ", thread=thread)
    (confirmation,) = world.until(lambda: world.replies(thread))
    assert "Cancelled" in confirmation
    assert [monitor["status"] for monitor in world.monitors()] == ["cancelled"]
    world.until(lambda: "cancelled" in world.card_text(thread).lower())
