"""SIGTERM in the middle of a burst: red first, out in time with 0, and nothing lost or doubled."""

import time

import httpx

from tests.flows.app_process import AppProcess, app, settings
from tests.flows.findings import assert_each_once, finding
from tests.flows.world import World

__all__ = ["app", "settings"]

# Longer than tests.flows.served drains, with what starting and ending a process costs here.
DEADLINE_SECONDS = 15.0


def stop(app: AppProcess) -> list[int | None]:
    """What `/readyz` said from SIGTERM until nothing answered any more; it exited 0 in time."""
    began = time.monotonic()
    app.tell_to_stop()
    seen: list[int | None] = []
    while not seen or seen[-1] is not None:
        seen.append(app.readiness())
    assert app.exit_code() == 0
    assert time.monotonic() - began < DEADLINE_SECONDS
    return seen


def test_it_turns_red_before_its_doors_close(app: AppProcess) -> None:
    try:
        *answered, last = [each for each in stop(app) if each != httpx.codes.OK.value]
        assert last is None
        assert answered
        assert set(answered) == {503}
    finally:
        app.start()


def test_while_it_is_red_the_doors_still_take_what_comes(world: World, app: AppProcess) -> None:
    app.tell_to_stop()
    try:
        world.until(lambda: app.readiness() == 503)
        answer = world.command("/monitor", "asked at the last moment")
        assert answer["status"] == 200
        assert app.exit_code() == 0
        assert world.monitors() == [] or len(world.monitors()) == 1
    finally:
        app.start()
    world.until_watching()
    assert (len(world.cards()), len(world.monitors())) == (1, 1)


def test_a_burst_goes_on_after_the_restart_as_if_nothing_had_been(
    world: World, app: AppProcess
) -> None:
    rooms = [world.room() for _ in range(4)]
    watched = [room.watch("new papers on fusion") for room in rooms]
    words = [f"finding {number}" for number in range(5)]
    world.fault("slack", "slow", match="chat.postMessage", rate=0.5, seconds=0.4)
    for word in words:
        for _, monitor_id in watched:
            world.run(monitor_id, events=[finding(word)])
    for room in rooms:
        room.command("/monitor", "asked in the burst")
    world.until(lambda: any(room.replies(at) for room, (at, _) in zip(rooms, watched, strict=True)))
    stop(app)
    app.start()
    world.calm()
    for room, (thread, monitor_id) in zip(rooms, watched, strict=True):
        room.until(lambda room=room, at=thread: len(room.replies(at)) >= len(words))
        assert_each_once(room, thread, monitor_id, words)
        room.until(lambda room=room: all(is_watching(str(c["text"])) for c in room.cards()))
        assert (len(room.cards()), len(room.monitors())) == (2, 2)


def is_watching(text: str) -> bool:
    return text.startswith("Watching")


def test_a_job_that_outlasts_the_deadline_is_broken_off_and_resumed(
    world: World, app: AppProcess
) -> None:
    """It is drained for two seconds here; the call under way takes eight."""
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("parallel", "slow", match=f"GET */{monitor_id}/events", times=1, seconds=8)
    world.run(monitor_id, events=[finding("worth the wait")])
    world.until_held("parallel")
    began = time.monotonic()
    stop(app)
    assert time.monotonic() - began < 8
    app.start()
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["worth the wait"])
