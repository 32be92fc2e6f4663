"""The app killed at every step of its work and started again: in the end all is as it should be.

On the embedded stores, as one machine runs it. A step is caught by a fault: the stand-in is slow,
or hangs up after doing the work, and meanwhile the process dies.
"""

import os
import signal
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from tests.flows.app_process import AppProcess, app, settings
from tests.flows.findings import assert_each_once, finding
from tests.flows.test_exports import files
from tests.flows.test_history import press
from tests.flows.world import Json, Thread, World

pytestmark = pytest.mark.thorough

__all__ = ["app", "settings"]

CREATE = "POST /v1/monitors"


def strike(world: World, app: AppProcess, side: str) -> None:
    """Kill the app when the fault has met its request, and start it again."""
    world.until_held(side)
    app.kill()
    # What is slow is carried out all the same.
    world.calm()
    app.start()


def assert_one_monitor(world: World) -> None:
    """One card that says watching, one monitor behind it, and findings that arrive."""
    thread, monitor_id = world.until_watching()
    assert_each_once(world, thread, monitor_id, [])
    assert (len(world.cards()), len(world.monitors())) == (1, 1)
    assert world.buttons(thread) == ["Check now", "Edit", "History", "Cancel"]


def test_killed_right_after_the_answer(world: World, app: AppProcess) -> None:
    world.command("/monitor", "new papers on fusion")
    app.kill()
    app.start()
    assert_one_monitor(world)


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
@pytest.mark.parametrize(
    ("side", "match"),
    [
        ("slack", "conversations.join"),
        ("slack", "chat.postMessage"),
        ("parallel", CREATE),
        ("slack", "chat.update"),
    ],
)
def test_killed_while_a_monitor_is_made(
    world: World, app: AppProcess, side: str, match: str, kind: str
) -> None:
    world.fault(side, kind, match=match, times=1, seconds=60)
    world.command("/monitor", "new papers on fusion")
    strike(world, app, side)
    assert_one_monitor(world)


def test_killed_while_it_looks_for_what_an_earlier_life_made(world: World, app: AppProcess) -> None:
    world.fault("parallel", "drop_after", match=CREATE, times=1)
    world.fault("parallel", "slow", match="GET /v1/monitors", times=1, seconds=60)
    world.command("/monitor", "new papers on fusion")
    strike(world, app, "parallel")
    assert_one_monitor(world)


def test_killed_where_nothing_can_be_made_a_message_says_why(world: World, app: AppProcess) -> None:
    """Parallel refuses while the process dies: one card, no monitor, no button."""
    world.change("/control/parallel/accounts/demo", credit=False)
    try:
        world.fault("parallel", "slow", match=CREATE, times=1, seconds=60)
        world.command("/monitor", "new papers on fusion")
        strike(world, app, "parallel")
        world.until(lambda: any("Couldn't start" in str(c["text"]) for c in world.cards()))
    finally:
        world.change("/control/parallel/accounts/demo", credit=True)
    assert (len(world.cards()), len(world.monitors())) == (1, 0)


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
def test_killed_while_a_finding_is_posted(world: World, app: AppProcess, kind: str) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", kind, match="chat.postMessage", times=1, seconds=60)
    world.run(monitor_id, events=[finding("posted while it died")])
    strike(world, app, "slack")
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["posted while it died"])


def test_killed_while_first_values_are_asked_for_they_are_not_asked_for_twice(
    world: World, app: AppProcess
) -> None:
    world.command("/monitor")
    (form,) = cast("list[Json]", world.state()["modals"])
    since = world.mark("parallel")
    world.fault("parallel", "slow", match="POST /v1/tasks/runs", times=1, seconds=60)
    values: Json = {
        "channel": {"channel": {"selected_conversation": world.channel}},
        "query": {"query": {"value": "a rocket"}},
        "fields": {"fields": {"value": "price, date, CEO"}},
    }
    world.submit_modal(str(form["id"]), values)
    strike(world, app, "parallel")
    world.until(lambda: any("can't tell whether" in str(c["text"]) for c in world.cards()))
    asked = [each["path"] for each in world.requests("parallel", since=since)]
    assert asked.count("/v1/tasks/runs") == 1
    assert (len(world.cards()), world.monitors()) == (1, [])


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
def test_killed_while_research_is_started_it_is_not_started_twice(
    world: World, app: AppProcess, kind: str
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[finding("worth a closer look")])
    (message,) = world.until(lambda: world.reply_messages(thread))
    since = world.mark("parallel")
    world.fault("parallel", kind, match="POST /v1/tasks/runs", times=1, seconds=60)
    world.click(Thread(world.channel, str(message["ts"])), "research_this")
    strike(world, app, "parallel")
    _, told = world.until(
        lambda: said if (said := world.replies(thread))[-1].startswith("Couldn't") else None
    )
    assert "can't tell whether the research has started" in told
    asked = [each["path"] for each in world.requests("parallel", since=since)]
    assert asked.count("/v1/tasks/runs") == 1


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
def test_killed_while_an_answer_is_posted(world: World, app: AppProcess, kind: str) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[finding("worth a closer look")])
    (message,) = world.until(lambda: world.reply_messages(thread))
    world.change("/control/parallel/settings", task_seconds=0.5)
    world.click(Thread(world.channel, str(message["ts"])), "research_this")
    world.until(lambda: len(world.replies(thread)) == 2)
    world.fault("slack", kind, match="chat.postMessage", times=1, seconds=60)
    strike(world, app, "slack")
    world.until(lambda: world.replies(thread)[1].startswith("Researched"))
    assert len(world.replies(thread)) == 3


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
@pytest.mark.parametrize(
    "match",
    [
        "files.completeUploadExternal",
        "files.getUploadURLExternal",
    ],
)
def test_killed_while_a_file_is_sent(world: World, app: AppProcess, match: str, kind: str) -> None:
    name = f"w{uuid4().hex[:10]}"
    thread, monitor_id = world.watch(name)
    world.run(monitor_id, events=[finding("worth a row")])
    home = press(world, thread)
    world.fault("slack", kind, match=match, times=1, seconds=60)
    home.press("Export as CSV")
    strike(world, app, "slack")
    world.until(lambda: files(world, f"{name}.csv"))
    before = len(world.replies(thread))
    world.say("status", thread=thread)
    world.until(lambda: len(world.replies(thread)) > before)
    assert len(files(world, f"{name}.csv")) == 1


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
def test_killed_while_a_monitor_is_cancelled(world: World, app: AppProcess, kind: str) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.fault("parallel", kind, match="POST */cancel", times=1, seconds=60)
    world.say("cancelmonitor", thread=thread)
    strike(world, app, "parallel")
    (answer,) = world.until(lambda: world.replies(thread))
    assert answer.startswith("Cancelled")
    assert [each["status"] for each in world.monitors()] == ["cancelled"]


def test_the_embedded_server_killed_is_started_again_with_all_it_held(
    world: World, app: AppProcess
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "500", match="chat.postMessage")
    world.run(monitor_id, events=[finding("waiting in the queue")])
    world.until(lambda: len(world.calls_here()) > 3)
    pid = int((app.settings.data_dir / "valkey" / "server.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    world.until(lambda: server_pid(app.settings.data_dir) not in {None, pid})
    world.calm()
    world.until(lambda: app.readiness() == 200)
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["waiting in the queue"])


def server_pid(data_dir: Path) -> int | None:
    try:
        return int((data_dir / "valkey" / "server.pid").read_text())
    except (OSError, ValueError):
        return None
