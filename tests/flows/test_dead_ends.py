"""A finding whose place is gone: nothing is lost, the owner hears of it once."""

from dataclasses import replace
from typing import cast

import pytest

from monitors.settings import Settings
from tests.flows.world import Json, Thread, World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Mended places are noticed by the next pass."""
    return settings.model_copy(update={"reconcile_seconds": 1})


def told(world: World) -> list[str]:
    """What the bot wrote to the person directly."""
    state = world.state()
    direct = [
        str(channel["id"])
        for channel in cast("list[Json]", state["channels"])
        if channel["kind"] == "dm" and world.user in cast("list[str]", channel["members"])
    ]
    messages = cast("dict[str, list[Json]]", state["messages"])
    return [str(each["text"]) for channel in direct for each in messages.get(channel, [])]


@pytest.mark.parametrize(
    ("kind", "close", "mend", "words"),
    [
        ("public", {"archived": True}, {"archived": False}, "archived"),
        ("private", {"bot_member": False}, {"bot_member": True}, "/invite @threadwatch"),
    ],
)
def test_findings_for_a_closed_channel_wait_and_the_owner_is_told_once(
    acme: World, kind: str, close: Json, mend: Json, words: str
) -> None:
    world = acme.room(kind)
    place = f"/control/slack/channels/{world.channel}"
    world.change(place, bot_member=True)
    thread, monitor_id = world.watch(f"fusion news, {words}")
    world.change(place, **close)
    before = len(told(world))
    world.run(monitor_id)
    world.until(lambda: len(told(world)) > before)
    world.run(monitor_id)
    assert words in told(world)[-1]
    assert world.replies(thread) == []
    world.change(place, **mend)
    world.until(lambda: len(world.replies(thread)) == 2)
    assert len(told(world)) == before + 1


def test_a_monitor_whose_card_was_deleted_goes_on_in_a_new_thread(world: World) -> None:
    thread, monitor_id = world.watch("fusion news after the card is gone")
    assert world.client.delete(f"/control/slack/messages/{thread.channel}/{thread.ts}").is_success
    world.run(monitor_id)
    anew = world.until(lambda: moved(world, monitor_id, thread))
    world.until(lambda: len(world.replies(anew)) == 2)
    said, finding = world.replies(anew)
    assert "was deleted" in said
    assert "finding" in finding
    assert len(world.cards()) == 1
    world.say("cancelmonitor", thread=anew)
    world.until(lambda: len(world.replies(anew)) == 3)
    assert next(m for m in world.monitors() if m["monitor_id"] == monitor_id)["status"] == (
        "cancelled"
    )


def moved(world: World, monitor_id: str, old: Thread) -> Thread | None:
    """Where the monitor lives now, once that is elsewhere."""
    for monitor in world.monitors():
        metadata = cast("dict[str, str]", monitor["metadata"])
        now = Thread(metadata["slack_channel_id"], metadata["slack_thread_id"])
        if monitor["monitor_id"] == monitor_id and now != old:
            return now
    return None


def test_a_channel_with_a_new_id_keeps_its_monitors(acme: World) -> None:
    world = acme.room()
    thread, monitor_id = world.watch("fusion news through a change of address")
    place = f"/control/slack/channels/{world.channel}"
    changed = world.client.patch(place, json={"new_id": True}).json()
    moved_to = replace(world, channel=str(changed["id"]))
    anew = world.until(lambda: moved(moved_to, monitor_id, thread))
    assert anew == Thread(moved_to.channel, thread.ts)
    world.run(monitor_id)
    moved_to.until(lambda: len(moved_to.replies(anew)) == 1)
