"""What Slack's answers mean: replies gone astray, clear refusals, cards that can't be changed."""

import json
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from sandbox.server import DEMO_ACCOUNT
from tests.first import first
from tests.flows.findings import finding
from tests.flows.signed import ParallelSender
from tests.flows.world import Json, Thread, World, shown_in
from tests.job_log import ended

DIRECT: Final = "D0ADABOT01"
PAGE: Final = 15
QUICKLY_SECONDS: Final = 10


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


@pytest.fixture(autouse=True)
def no_monitor_left(world: World) -> Generator[None]:
    yield
    for monitor in world.all_monitors():
        path = f"/parallel/v1/monitors/{monitor['monitor_id']}/cancel"
        assert world.client.post(path, headers={"x-api-key": DEMO_ACCOUNT.api_key}).is_success


def query() -> str:
    return f"papers on {uuid4().hex[:12]}"


def direct(world: World, about: str) -> list[Json]:
    wrote = replace(world, channel=DIRECT).messages()
    return [each for each in wrote if each["bot_id"] and about in str(each["text"])]


def delete(world: World, thread: Thread) -> None:
    path = f"/control/slack/messages/{thread.channel}/{thread.ts}"
    assert world.client.delete(path).is_success


def home(world: World, monitor_id: str) -> Thread:
    monitor = world.monitor(monitor_id)
    metadata = cast("dict[str, str]", monitor["metadata"])
    return Thread(metadata["slack_channel_id"], metadata["slack_thread_id"])


def until_moved(world: World, monitor_id: str, *, left: Thread) -> Thread:
    return world.until(lambda: there if (there := home(world, monitor_id)) != left else None)


def until_found(world: World, thread: Thread, words: str) -> None:
    world.until(lambda: any(words in each for each in world.replies(thread)))


def loose(world: World) -> list[str]:
    """What the app wrote into the channel that is no card."""
    cards = ("Setting up", "Watching", "Cancelled")
    return [str(m["text"]) for m in world.cards() if not str(m["text"]).startswith(cards)]


def drops(world: World) -> int:
    caused = cast("dict[str, int]", world.get("/control/slack/faults")["caused"])
    return caused.get("drop_before", 0)


# A reply whose first message is gone


@pytest.mark.parametrize("deletion", first(2, ["", "429", "drop_before", "status:503"]))
def test_nothing_stays_outside_the_thread_of_a_deleted_card(world: World, deletion: str) -> None:
    thread, monitor_id = world.watch(query())
    delete(world, thread)
    if deletion:
        world.fault("slack", deletion, match="chat.delete", times=1)
    world.run(monitor_id, events=[finding("first thing")])
    there = until_moved(world, monitor_id, left=thread)
    until_found(world, there, "first thing")
    assert loose(world) == []
    assert len(world.slack_calls("chat.delete")) > 0


def test_a_reply_that_went_astray_unheard_is_found_and_taken_back(world: World) -> None:
    thread, monitor_id = world.watch(query())
    delete(world, thread)
    world.fault("slack", "drop_after", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("first thing")])
    there = until_moved(world, monitor_id, left=thread)
    until_found(world, there, "first thing")
    assert loose(world) == []


def test_a_reply_that_went_astray_before_its_card_was_made_anew_is_taken_back(
    world: World,
) -> None:
    thread, monitor_id = world.watch(query())
    # A redrawing waits, so that it is what finds the card deleted, once the reply is astray.
    world.fault("slack", "status:503", match="chat.update")
    since = world.mark("slack")
    world.run(monitor_id, "nothing")
    world.until(lambda: world.slack_calls("chat.update", since=since))
    delete(world, thread)
    world.fault("slack", "status:503", match="conversations.replies")
    world.fault("slack", "drop_after", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: loose(world))
    world.calm()
    world.fault("slack", "status:503", match="conversations.replies")
    there = until_moved(world, monitor_id, left=thread)
    world.calm()
    until_found(world, there, "first thing")
    assert loose(world) == []


@pytest.mark.parametrize("said", ["status", "run now"])
def test_an_answer_to_a_person_never_stands_outside_its_thread(world: World, said: str) -> None:
    thread, monitor_id = world.watch(query())
    world.run(monitor_id, events=[finding("first thing")])
    until_found(world, thread, "first thing")
    since = world.mark("slack")
    world.fault("slack", "slow", match="chat.postMessage", times=1, seconds=60)
    world.say(said, thread=thread)
    world.until_held("slack")
    delete(world, thread)
    world.calm()
    world.until(lambda: world.slack_calls("chat.postMessage", since=since))
    world.until(world.whispers)
    assert loose(world) == []


def test_a_channel_that_deletes_every_card_gets_one_new_one(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    delete(world, thread)
    world.run(monitor_id, events=[finding("first thing")])
    second = until_moved(world, monitor_id, left=thread)
    until_found(world, second, "first thing")
    delete(world, second)
    world.run(monitor_id, events=[finding("second thing")])
    (told,) = world.until(lambda: direct(world, words))
    assert "keeps deleting" in shown_in(told)
    held = ended("deliver", "Suspended", about=monitor_id)
    world.run(monitor_id, events=[finding("third thing")])
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    assert home(world, monitor_id) == second
    assert loose(world) == []
    assert len(direct(world, words)) == 1
    # The owner says that it is mended: the same channel again.
    choice: Json = {
        "team_id": world.team_id,
        "user": world.user,
        "channel": DIRECT,
        "message_ts": told["ts"],
        "action_id": "move_monitor",
        "selected_conversation": replace(world.room()).channel,
    }
    assert world.post("/control/slack/actions", choice)["status"] == 200
    there = until_moved(world, monitor_id, left=second)
    elsewhere = replace(world, channel=there.channel)
    for thing in ("second thing", "third thing"):
        until_found(elsewhere, there, thing)


def test_a_card_removed_within_a_second_makes_no_row_of_cards(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    delete(world, thread)
    # What deletes cards is quicker than the sentence under the new one.
    world.fault("slack", "slow", match="chat.postMessage", times=1, seconds=60, holding="continues")
    world.run(monitor_id, events=[finding("first thing")])
    world.until_held("slack")
    (card,) = [each for each in world.cards() if str(each["text"]).startswith("Watching")]
    delete(world, world.thread_of(card))
    world.calm()
    assert len(world.until(lambda: direct(world, words))) == 1
    assert loose(world) == []


# Clear refusals


def test_a_code_that_nobody_knows_holds_the_finding_and_is_told(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    world.fault("slack", "error:a_code_of_next_year", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: direct(world, words))
    until_found(world, thread, "first thing")
    assert len([each for each in world.replies(thread) if "first thing" in each]) == 1


@pytest.mark.parametrize(
    "code",
    first(
        2,
        [
            "missing_scope",
            "next_year",
            "too_many_members",
            "channel_is_limited_access",
            "is_archived",
        ],
    ),
)
def test_a_channel_that_cannot_be_joined_is_posted_to(world: World, code: str) -> None:
    world.fault("slack", f"error:{code}", match="conversations.join", times=1)
    thread, monitor_id = world.watch(query())
    world.run(monitor_id, events=[finding("first thing")])
    until_found(world, thread, "first thing")


@pytest.mark.parametrize(
    "code",
    first(2, ["edit_window_closed", "next_year", "cant_update_message", "update_not_allowed"]),
)
def test_a_card_that_cannot_be_changed_leaves_its_monitor(world: World, code: str) -> None:
    words = query()
    world.fault("slack", f"error:{code}", match="chat.update")
    world.command("/monitor", words)
    (monitor,) = world.until(world.monitors)
    monitor_id = str(monitor["monitor_id"])
    thread = home(world, monitor_id)
    world.run(monitor_id, events=[finding("first thing")])
    until_found(world, thread, "first thing")
    refreshed = ended("refresh", "Done", about=monitor_id)
    world.run(monitor_id, "nothing")
    world.until(lambda: ended("refresh", "Done", about=monitor_id) > refreshed)
    world.calm()
    assert [each["status"] for each in world.monitors()] == ["active"]
    assert direct(world, words) == []
    assert world.whispers() == []
    assert home(world, monitor_id) == thread


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long"])
def test_a_card_whose_blocks_are_refused_is_shown_as_plain_text(world: World, code: str) -> None:
    since = world.mark("slack")
    world.fault("slack", f"error:{code}", match="chat.update", times=1)
    thread, _ = world.watch(query())
    assert world.card_text(thread).startswith("Watching")
    # Another test's card may be redrawn meanwhile.
    updates = [cast("Json", e["body"]) for e in world.slack_calls("chat.update", since=since)]
    _, body, *_ = (each for each in updates if each["channel"] == world.channel)
    assert (body["ts"], body["blocks"]) == (thread.ts, [])


@pytest.mark.parametrize("code", first(1, ["invalid_blocks", "msg_too_long"]))
def test_a_first_card_whose_blocks_are_refused_is_posted_as_plain_text(
    world: World, code: str
) -> None:
    world.fault("slack", f"error:{code}", match="chat.postMessage", times=1)
    world.watch(query())
    assert (len(world.cards()), len(world.monitors()), world.whispers()) == (1, 1, [])


def test_a_card_in_a_channel_closed_meanwhile_says_so(world: World) -> None:
    words = query()
    _, monitor_id = world.watch(words)
    world.fault("slack", "error:is_inactive", match="chat.update")
    world.run(monitor_id, "nothing")
    (told,) = world.until(lambda: direct(world, words))
    world.calm()
    assert "is archived" in shown_in(told)


@pytest.mark.parametrize("code", first(1, ["not_in_channel", "channel_not_found"]))
def test_a_channel_lost_during_the_setup_promises_nothing_more(world: World, code: str) -> None:
    words = query()
    world.fault("slack", f"error:{code}", match="chat.update", times=1)
    world.command("/monitor", words)
    (whisper,) = world.until(world.whispers)
    assert "I lost access to this channel" in whisper
    assert f"Your command:\n/monitor {words}" in whisper
    assert "by myself" not in whisper
    assert [each["status"] for each in world.monitors()] == ["cancelled"]


def test_the_scope_that_is_missing_is_named(world: World) -> None:
    world.fault("slack", "error:missing_scope", match="chat.postMessage", times=1)
    failed = world.jobs("intent", "Failed")
    world.command("/monitor", query())
    (whisper,) = world.until(world.whispers)
    assert "chat:write" in whisper
    assert "installing me again" in whisper
    assert "Your command:\n/monitor " in whisper
    world.until(lambda: world.jobs("intent", "Failed") > failed)


# Messages in doubt


def test_a_post_in_doubt_in_a_long_thread_costs_one_page(world: World) -> None:
    thread, monitor_id = world.watch(query())
    for number in range(40):
        world.say(f"remark {number}", thread=thread)
    said = time.monotonic()
    # What was said in the same second may be dated after what follows.
    world.until(lambda: time.monotonic() - said > 2)
    since = world.mark("slack")
    world.change("/control/slack/settings", history_limited=True)
    world.fault("slack", "drop_after", match="chat.postMessage", times=1)
    try:
        world.run(monitor_id, events=[finding("first thing")])
        until_found(world, thread, "first thing")
        done = ended("deliver", "Done", about=monitor_id)
        world.run(monitor_id, events=[finding("second thing")])
        until_found(world, thread, "second thing")
        world.until(lambda: ended("deliver", "Done", about=monitor_id) > done)
    finally:
        world.change("/control/slack/settings", history_limited=False)
    found = [each for each in world.replies(thread) if "first thing" in each]
    assert len(found) == 1
    (asked,) = world.slack_calls("conversations.replies", since=since)
    assert int(str(cast("Json", asked["body"])["limit"])) <= PAGE


def test_a_post_in_doubt_is_found_whose_date_is_that_of_its_second(world: World) -> None:
    thread, monitor_id = world.watch(query())
    world.change("/control/slack/settings", dates_count=True)
    try:
        # The later in a second it is written down, the earlier its date seems.
        world.until(lambda: 0.5 < time.time() % 1 < 0.7)
        world.run(monitor_id, events=[finding("first thing")])
        until_found(world, thread, "first thing")
        world.until(lambda: 0.8 < time.time() % 1 < 0.9)
        world.fault("slack", "drop_after", match="chat.postMessage", times=1)
        world.run(monitor_id, events=[finding("second thing")])
        until_found(world, thread, "second thing")
        done = ended("deliver", "Done", about=monitor_id)
        world.run(monitor_id, events=[finding("third thing")])
        until_found(world, thread, "third thing")
        world.until(lambda: ended("deliver", "Done", about=monitor_id) > done)
    finally:
        world.change("/control/slack/settings", dates_count=False)
    assert len(world.replies(thread)) == 3


def test_a_message_of_another_with_the_apps_mark_is_not_its_own(world: World) -> None:
    """Anyone who may post with metadata can write any mark."""
    thread, monitor_id = world.watch(query())
    world.fault("slack", "drop_before", match="chat.postMessage", times=3)
    dropped = drops(world)
    run = world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: drops(world) > dropped)
    (event_id,) = cast("list[str]", run["event_ids"])
    mark = f"{monitor_id}/{run['event_group_id']}/{event_id}/0"
    forged: Json = {
        "team_id": world.team_id,
        "channel": thread.channel,
        "user": world.user,
        "text": "nothing to see here",
        "thread_ts": thread.ts,
        "metadata": {"event_type": "threadwatch_mark", "event_payload": {"mark": mark}},
    }
    world.post("/control/slack/messages", forged)
    until_found(world, thread, "first thing")


# What delays, and what is redrawn


def hint_of_nothing(world: World, settings: Settings, monitor_id: str) -> None:
    """A signed webhook of an event group that does not exist; back once it was looked for."""
    monitor = next(each for each in world.monitors() if each["monitor_id"] == monitor_id)
    assert settings.parallel_webhook_secret is not None
    sender = ParallelSender(
        str(cast("Json", monitor["webhook"])["url"]),
        settings.parallel_webhook_secret.get_secret_value(),
    )
    event: Json = {"event_group_id": "evtgrp_of_nothing"}
    data: Json = {"monitor_id": monitor_id, "event": event, "metadata": None}
    body = json.dumps({"type": "monitor.event.detected", "data": data}).encode()
    retried = ended("deliver", "RetryAfter", about=monitor_id)
    assert sender.send(body).is_success
    world.until(lambda: ended("deliver", "RetryAfter", about=monitor_id) > retried)


def test_a_webhook_of_no_event_group_delays_nothing(world: World, settings: Settings) -> None:
    thread, monitor_id = world.watch(query())
    hint_of_nothing(world, settings, monitor_id)
    world.run(monitor_id, events=[finding("first thing")])
    began = time.monotonic()
    until_found(world, thread, "first thing")
    assert time.monotonic() - began < QUICKLY_SECONDS


def test_a_hint_of_nothing_posts_what_is_listed_before_it_waits(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = world.watch(query())
    world.run(monitor_id, events=[finding("first thing")], webhook="lost")
    hint_of_nothing(world, settings, monitor_id)
    assert ["first thing" in each for each in world.replies(thread)] == [True]
