"""In which order findings arrive: one thread's in Parallel's, and nobody's behind a flood."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.flows.findings import assert_each_once, finding
from tests.flows.world import World, shown_in

MONITORS = 10
RUNS = 40
# How many of the flood's webhooks arrive before another workspace's single one, and how many of its
# posts may come before that one's.
BEFORE = MONITORS * 2
FEW = MONITORS * RUNS // 2
# Webhooks that are so late arrive once the test turns the clock forward: all at once, latest run
# first or last as it likes, however long it took to order them.
HELD_SECONDS = 1800.0


def deliver_held(world: World) -> None:
    """In the order in which they are due."""
    answer = world.client.put("/control/parallel/clock", json={"advance_seconds": HELD_SECONDS})
    assert answer.is_success, answer.text


def test_findings_whose_webhooks_overtake_each_other_stand_in_parallels_order(
    world: World,
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    words = [f"finding {number:02}" for number in range(10)]
    for number, word in enumerate(words):
        late = HELD_SECONDS - number
        world.run(monitor_id, events=[finding(word)], webhook="late", late_seconds=late)
    deliver_held(world)
    world.until(lambda: len(world.replies(thread)) >= len(words))
    assert_each_once(world, thread, monitor_id, words)


def test_a_finding_found_while_another_is_posted_comes_behind_it(world: World) -> None:
    """Its webhook overtakes the one under way, whose post is slow."""
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "slow", match="chat.postMessage", times=1, seconds=60)
    world.run(monitor_id, events=[finding("first")])
    world.until_held("slack")
    world.run(monitor_id, events=[finding("second")])
    world.until(lambda: len(world.deliveries(monitor_id)) == 2)
    world.calm()
    world.until(lambda: len(world.replies(thread)) >= 2)
    assert_each_once(world, thread, monitor_id, ["first", "second"])


def test_the_parts_of_a_finding_stand_together(world: World) -> None:
    """Some of their posts are refused, lost or slow, and shorter findings wait behind them."""
    thread, monitor_id = world.watch("new papers on fusion")
    for kind in ("429", "drop_after", "500"):
        world.fault("slack", kind, match="chat.postMessage", rate=0.3, times=2, seconds=1)
    long = " ".join(f"word{number:05}" for number in range(2500))
    world.run(monitor_id, events=[finding("before")])
    world.run(monitor_id, events=[finding(long)], webhook="late", late_seconds=0.5)
    world.run(monitor_id, events=[finding("behind")])
    world.until(lambda: "behind" in " ".join(world.replies(thread)))
    shown = [shown_in(message) for message in world.reply_messages(thread)]
    assert "before" in shown[0]
    assert "behind" in shown[-1]
    parts = shown[1:-1]
    for number, part in enumerate(parts, start=1):
        assert f"({number}/{len(parts)})" in part
    words = [word for word in " ".join(parts).split() if word.startswith("word")]
    assert words == long.split()


@pytest.mark.thorough
def test_a_flood_in_one_workspace_does_not_delay_another(world: World) -> None:
    beta = world.workspace("beta")
    assert beta.install()["status"] == 200
    single, monitor_id = beta.watch("the one thing that matters")
    flooded = [world.room().watch(f"query {number}")[1] for number in range(MONITORS)]

    def flood(number: int) -> None:
        late = HELD_SECONDS - (1200 if number < BEFORE else 0)
        events = [finding(f"finding {number}")]
        monitor = flooded[number % MONITORS]
        world.run(monitor, events=events, webhook="late", late_seconds=late)

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(flood, range(MONITORS * RUNS)))
    late = HELD_SECONDS - 600
    beta.run(monitor_id, events=[finding("matters")], webhook="late", late_seconds=late)
    since = world.mark("slack")
    deliver_held(world)
    beta.until(lambda: beta.replies(single))
    posts = world.slack_calls("chat.postMessage", since=since)
    teams = [each["team_id"] for each in posts]
    assert teams.index(beta.team_id) < FEW
