"""What can never work is kept, announced and can be sent again; what can wait, waits as told."""

from datetime import datetime

from tests.flows.app_process import AppProcess, app, settings
from tests.flows.findings import assert_each_once, finding
from tests.flows.operator import operate
from tests.flows.world import Json, Thread, World

__all__ = ["app", "settings"]


def redrive(app: AppProcess, *arguments: str, code: int = 0) -> str:
    """What the command says."""
    done = operate(app.settings, "redrive", *arguments)
    assert done.code == code, done
    return done.out


def buried(world: World, *, count: int) -> list[tuple[Thread, str]]:
    """Threads whose finding Slack will not take in any form."""
    watched = [world.watch(f"query {number}") for number in range(count)]
    world.fault("slack", "error:too_many_attachments", match="chat.postMessage")
    before = world.jobs("deliver", "Buried")
    for number, (_, monitor_id) in enumerate(watched):
        world.run(monitor_id, events=[finding(f"finding {number}")])
    world.until(lambda: world.jobs("deliver", "Buried") >= before + count)
    world.calm()
    return watched


def letter_of(listed: str, monitor_id: str) -> str:
    """The id of the monitor's letter: the first word of the line two above its argument."""
    lines = listed.splitlines()
    (at,) = [number for number, line in enumerate(lines) if monitor_id in line]
    return lines[at - 2].split()[0]


def test_what_can_never_work_is_listed_with_all_that_is_known_and_announced(
    world: World, app: AppProcess
) -> None:
    ((_, monitor_id),) = buried(world, count=1)
    listed = redrive(app, "--workspace", world.team_id)
    letter = letter_of(listed, monitor_id)
    (line,) = [each for each in app.log if each.get("job_id") == letter]
    assert line["event"] == "job given up"
    assert line["level"] == "error"
    for known in (letter, line["trace_id"], line["reason"], f"workspace {world.team_id}"):
        assert str(known) in listed
    assert "after 1 tries" in listed
    assert "too_many_attachments" in str(line["reason"])
    assert '"group_id"' in listed
    assert "No failed jobs." in redrive(app, "--workspace", "T0OTHER")
    redrive(app, "--all")


def test_one_letter_is_sent_again_then_some_then_all(world: World, app: AppProcess) -> None:
    watched = buried(world, count=4)
    listed = redrive(app)
    ids = [letter_of(listed, monitor_id) for _, monitor_id in watched]
    assert world.replies(watched[0][0]) == []
    redrive(app, ids[0])
    world.until(lambda: world.replies(watched[0][0]))
    redrive(app, ids[1], ids[2])
    world.until(lambda: world.replies(watched[1][0]) and world.replies(watched[2][0]))
    assert world.replies(watched[3][0]) == []
    assert f"No such job: {ids[0]}" in redrive(app, ids[0], code=1)
    redrive(app, "--all")
    world.until(lambda: world.replies(watched[3][0]))
    assert "No failed jobs." in redrive(app)
    for number, (thread, monitor_id) in enumerate(watched):
        assert_each_once(world, thread, monitor_id, [f"finding {number}"])


def test_a_finding_that_slack_refuses_keeps_the_next_ones_from_nobody(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    # Refused in full and as plain words.
    world.fault("slack", "error:too_many_attachments", match="chat.postMessage", times=2)
    world.run(monitor_id, events=[finding("refused")])
    world.until_held("slack")
    world.run(monitor_id, events=[finding("taken")])
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["taken"])


def seconds_between(refused: Json, repeated: Json) -> float:
    at, again_at = (datetime.fromisoformat(str(each["at"])) for each in (refused, repeated))
    return (again_at - at).total_seconds()


def test_slack_is_left_alone_for_as_long_as_it_asked(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "429", match="chat.postMessage", times=1, seconds=3)
    since = world.mark("slack")
    world.run(monitor_id, events=[finding("patience")])
    world.until(lambda: world.replies(thread))
    posts = world.slack_calls("chat.postMessage", since=since)
    assert [each["status"] for each in posts] == [429, 200]
    assert seconds_between(*posts) >= 3


def test_no_worker_posts_in_a_workspace_that_asked_to_wait(world: World) -> None:
    """Two threads, two jobs: the one that was not refused waits as well."""
    first, second = world.watch("first"), world.watch("second")
    world.fault("slack", "429", match="chat.postMessage", times=1, seconds=3)
    since = world.mark("slack")
    world.run(first[1], events=[finding("patience")])
    world.until(lambda: world.slack_calls("chat.postMessage", since=since))
    world.run(second[1], events=[finding("patience, too")])
    world.until(lambda: world.replies(first[0]) and world.replies(second[0]))
    refused, *posted = world.slack_calls("chat.postMessage", since=since)
    assert [each["status"] for each in posted] == [200, 200]
    assert all(seconds_between(refused, each) >= 3 for each in posted)


def test_parallel_is_left_alone_for_as_long_as_it_asked(world: World, app: AppProcess) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("parallel", "429", match=f"GET */{monitor_id}/events", times=1, seconds=3)
    world.run(monitor_id, events=[finding("patience")])
    world.until(lambda: world.replies(thread))
    waits = [
        float(str(line["wait_seconds"]))
        for line in app.log
        if monitor_id in str(line.get("key")) and line.get("outcome") == "RetryAfter"
    ]
    assert max(waits, default=0) >= 3
