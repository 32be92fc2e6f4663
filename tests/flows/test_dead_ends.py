"""Threads that are closed, moved or deleted, installations that end, accounts that do not work.

One person hears of it once; what was found meanwhile stands in the thread once it is mended.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from sandbox.server import DEMO_ACCOUNT
from sandbox.slack.settings import DEFAULT_EVENTS
from tests.first import first
from tests.flows.findings import finding
from tests.flows.lists import Listing
from tests.flows.world import ADA, Json, Thread, World, shown_in
from tests.job_log import ended

DIRECT: Final = "D0ADABOT01"
ACCOUNT: Final = "/control/parallel/accounts/demo"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """The reconciler looks every second, where an operator's looks every quarter of an hour."""
    return settings.model_copy(update={"reconcile_seconds": 1})


def query() -> str:
    """Words that no other test watches, to know its direct message by."""
    return f"papers on {uuid4().hex[:12]}"


def direct(world: World, about: str = "") -> list[Json]:
    """What the app wrote to Ada alone, with those words in it."""
    wrote = replace(world, channel=DIRECT).messages()
    return [each for each in wrote if each["bot_id"] and about in str(each["text"])]


def until_told(world: World, about: str) -> Json:
    (told,) = world.until(lambda: direct(world, about))
    return told


def until_found(world: World, thread: Thread, *words: str) -> None:
    """The findings with those words stand in the thread, each once, in that order."""
    world.until(lambda: len(findings(world, thread)) >= len(words))
    found = findings(world, thread)
    assert len(found) == len(words), found
    for word, reply in zip(words, found, strict=True):
        assert word in reply


def findings(world: World, thread: Thread) -> list[str]:
    return [reply for reply in world.replies(thread) if "New finding" in reply]


def shown_card(world: World, thread: Thread) -> str:
    """Its blocks, which tell the last check to the second."""
    return shown_in(next(m for m in world.messages() if m["ts"] == thread.ts))


def find(world: World, monitor_id: str, words: str) -> None:
    world.run(monitor_id, events=[finding(words)])


def change_channel(world: World, **values: object) -> None:
    world.change(f"/control/slack/channels/{world.channel}", **values)


def delete(world: World, thread: Thread) -> None:
    answer = world.client.delete(f"/control/slack/messages/{thread.channel}/{thread.ts}")
    assert answer.is_success


def home(world: World, monitor_id: str) -> Thread:
    """Where Parallel has the monitor's thread."""
    monitor = world.monitor(monitor_id)
    metadata = cast("dict[str, str]", monitor["metadata"])
    return Thread(metadata["slack_channel_id"], metadata["slack_thread_id"])


def until_moved(world: World, monitor_id: str, *, left: Thread) -> Thread:
    return world.until(lambda: there if (there := home(world, monitor_id)) != left else None)


def choose(world: World, told: Json, channel: str) -> None:
    """Choose a channel in the menu of a direct message."""
    body: Json = {
        "team_id": world.team_id,
        "user": ADA,
        "channel": DIRECT,
        "message_ts": told["ts"],
        "action_id": "move_monitor",
        "selected_conversation": channel,
    }
    assert world.post("/control/slack/actions", body)["status"] == 200


def private_room(world: World) -> World:
    room = world.room("private")
    change_channel(room, bot_member=True)
    return room


@contextmanager
def account(world: World, **broken: bool) -> Generator[None]:
    """The operator's Parallel account, broken for a while."""
    world.change(ACCOUNT, **broken)
    try:
        yield
    finally:
        world.change(ACCOUNT, revoked=False, credit=True)


def redrawn(world: World) -> int:
    return world.jobs("refresh") + world.jobs("refresh", "Suspended")


def given_up(world: World) -> int:
    kinds = ("deliver", "refresh", "notify", "intent")
    return sum(world.jobs(kind, "Failed") for kind in kinds)


@pytest.fixture(autouse=True)
def nothing_given_up(world: World) -> Generator[None]:
    """Whatever is closed or broken, no job is buried; a test leaves no monitor behind."""
    before = given_up(world)
    yield
    assert given_up(world) == before
    for monitor in world.all_monitors():
        path = f"/parallel/v1/monitors/{monitor['monitor_id']}/cancel"
        assert world.client.post(path, headers={"x-api-key": DEMO_ACCOUNT.api_key}).is_success


# Closed and opened again


def test_an_archived_channel_waits_and_its_owner_is_told_once(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    change_channel(world, archived=True)
    find(world, monitor_id, "first thing")
    told = until_told(world, words)
    since = world.mark("slack")
    for thing in ("second thing", "third thing"):
        held = ended("deliver", "Suspended", about=monitor_id)
        find(world, monitor_id, thing)
        world.until(lambda held=held: ended("deliver", "Suspended", about=monitor_id) > held)
    # At most the one try that is due from time to time.
    assert len([c for c in world.calls_here(since=since) if c["status"] == 200]) <= 2
    for said in ("is archived", "Unarchive it", "Nothing is lost", "Move it to"):
        assert said in shown_in(told), said
    assert findings(world, thread) == []
    change_channel(world, archived=False)
    until_found(world, thread, "first thing", "second thing", "third thing")
    assert len(direct(world, words)) == 1


def test_a_private_channel_without_the_app_says_what_to_invite(world: World) -> None:
    room, words = private_room(world), query()
    thread, monitor_id = room.watch(words)
    change_channel(room, bot_member=False)
    find(room, monitor_id, "first thing")
    told = until_told(room, words)
    assert "/invite @threadwatch" in shown_in(told)
    assert "/invite @threadwatch" in str(told["text"])
    change_channel(room, bot_member=True)
    until_found(room, thread, "first thing")
    find(room, monitor_id, "second thing")
    until_found(room, thread, "first thing", "second thing")
    assert len(direct(room, words)) == 1


def test_what_no_event_announces_is_found_by_the_next_try(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    world.fault("slack", "error:restricted_action", match="chat.postMessage", times=1)
    find(world, monitor_id, "first thing")
    assert "Ask a workspace admin" in shown_in(until_told(world, words))
    until_found(world, thread, "first thing")
    assert len(direct(world, words)) == 1


def test_a_card_that_cannot_be_redrawn_is_the_same_matter(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    change_channel(world, archived=True)
    world.run(monitor_id, "nothing")
    until_told(world, words)
    find(world, monitor_id, "first thing")
    change_channel(world, archived=False)
    until_found(world, thread, "first thing")
    assert len(direct(world, words)) == 1


def test_it_watches_again_once_its_card_is_redrawn(world: World) -> None:
    """A redraw that Slack refused had suspended it, and no other redraw comes."""
    words = query()
    thread, monitor_id = world.watch(words)
    change_channel(world, archived=True)
    held = ended("refresh", "Suspended", about=monitor_id)
    world.run(monitor_id, "nothing")
    world.until(lambda: ended("refresh", "Suspended", about=monitor_id) > held)
    change_channel(world, archived=False)
    find(world, monitor_id, "first thing")
    until_found(world, thread, "first thing")
    assert world.until(lambda: "watching · daily" in Listing.asked(world).words())


def test_what_is_opened_again_within_a_moment_is_told_to_nobody(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    # On a busy machine the moment may pass: what comes too soon is then tried again.
    world.fault("slack", "500", match="conversations.open")
    change_channel(world, archived=True)
    held = ended("deliver", "Suspended", about=monitor_id)
    find(world, monitor_id, "first thing")
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    told = ended("notify", "Done", about=monitor_id)
    change_channel(world, archived=False)
    until_found(world, thread, "first thing")
    world.calm()
    world.until(lambda: ended("notify", "Done", about=monitor_id) > told)
    assert direct(world, words) == []


def test_an_answer_that_its_thread_does_not_take_is_told_to_the_person(world: World) -> None:
    thread, _ = world.watch(query())
    world.fault("slack", "error:restricted_action", match="chat.postMessage", times=1)
    world.say("status", thread=thread)
    world.until(lambda: any(each.startswith("Watching") for each in world.whispers()))
    assert world.replies(thread) == []


# Moved


def test_the_owner_moves_a_monitor_to_another_channel(world: World) -> None:
    room, words = private_room(world), query()
    thread, monitor_id = room.watch(words)
    change_channel(room, bot_member=False)
    find(room, monitor_id, "first thing")
    told = until_told(room, words)
    choose(room, told, world.channel)
    there = until_moved(world, monitor_id, left=thread)
    assert there.channel == world.channel
    until_found(world, there, "first thing")
    assert "moved here" in world.replies(there)[0]
    assert world.card_text(there).startswith("Watching")
    assert world.buttons(there) == ["Check now", "Edit", "History", "Cancel"]
    find(world, monitor_id, "second thing")
    until_found(world, there, "first thing", "second thing")
    assert room.replies(thread) == []
    assert len(world.cards()) == 1
    whispers = replace(world, channel=DIRECT)
    world.until(lambda: any("Moved." in each for each in whispers.whispers()))
    world.say("cancelmonitor", thread=there)
    world.until(lambda: "Cancelled." in " ".join(world.replies(there)))


def test_a_move_whose_card_slack_refuses_is_not_said_to_be_done(world: World) -> None:
    room, words = private_room(world), query()
    thread, monitor_id = room.watch(words)
    change_channel(room, bot_member=False)
    find(room, monitor_id, "first thing")
    told = until_told(room, words)
    world.fault("slack", "error:too_many_attachments", match="chat.postMessage", times=2)
    choose(room, told, world.channel)
    whispers = replace(world, channel=DIRECT)
    world.until(lambda: any("Not moved" in each for each in whispers.whispers()))
    assert room.card_text(thread)
    assert world.cards() == []


def test_a_channel_that_the_app_is_not_in_is_no_place_to_move_to(world: World) -> None:
    room, closed, words = private_room(world), world.room("private"), query()
    thread, monitor_id = room.watch(words)
    change_channel(room, bot_member=False)
    find(room, monitor_id, "first thing")
    choose(room, until_told(room, words), closed.channel)
    whispers = replace(world, channel=DIRECT)
    world.until(lambda: any("I'm not in that channel" in each for each in whispers.whispers()))
    assert home(world, monitor_id) == thread
    assert closed.messages() == []


def test_a_move_whose_answers_are_lost_makes_one_card(world: World) -> None:
    room, words = private_room(world), query()
    thread, monitor_id = room.watch(words)
    change_channel(room, bot_member=False)
    find(room, monitor_id, "first thing")
    told = until_told(room, words)
    world.fault("slack", "drop_after", match="chat.postMessage", times=2)
    world.fault("parallel", "drop_after", match="POST */update", times=1)
    choose(room, told, world.channel)
    choose(room, told, world.channel)
    there = until_moved(world, monitor_id, left=thread)
    until_found(world, there, "first thing")
    assert len(world.cards()) == 1
    assert len([each for each in world.replies(there) if "moved here" in each]) == 1


# A card with replies leaves a stone behind, over which nothing but a reply stumbles.
@pytest.mark.parametrize(
    ("result", "had_replies"), [("finding", False), ("finding", True), ("nothing", False)]
)
def test_a_deleted_card_is_made_anew_and_says_why(
    world: World, *, result: str, had_replies: bool
) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    if had_replies:
        find(world, monitor_id, "an old thing")
        until_found(world, thread, "an old thing")
    delete(world, thread)
    if result == "finding":
        find(world, monitor_id, "first thing")
    else:
        world.run(monitor_id, result)
    there = until_moved(world, monitor_id, left=thread)
    assert there.channel == world.channel
    first, *_ = world.until(lambda: world.replies(there))
    assert "was deleted" in first
    assert "cancelmonitor" in first
    if result == "nothing":
        find(world, monitor_id, "first thing")
    until_found(world, there, "first thing")
    assert direct(world, words) == []
    assert world.buttons(there) == ["Check now", "Edit", "History", "Cancel"]
    world.say("cancelmonitor", thread=there)
    world.until(lambda: "Cancelled." in " ".join(world.replies(there)))
    # The stone where the old one stood is nobody's message.
    assert len(world.cards()) == 1


def test_a_new_card_whose_answer_is_lost_is_not_made_twice(world: World) -> None:
    thread, monitor_id = world.watch(query())
    delete(world, thread)
    # The finding is refused, then the card and the sentence under it are posted unheard.
    world.fault("slack", "error:cannot_reply_to_message", match="chat.postMessage", times=1)
    world.fault("slack", "drop_after", match="chat.postMessage", times=2)
    world.fault("parallel", "drop_after", match="POST */update", times=1)
    find(world, monitor_id, "first thing")
    there = until_moved(world, monitor_id, left=thread)
    until_found(world, there, "first thing")
    assert len(world.cards()) == 1


def test_a_redraw_while_a_deleted_card_is_posted_again_tells_nobody(world: World) -> None:
    """Parallel names the new thread by then, and the app is yet to hear that it does."""
    words = query()
    thread, monitor_id = world.watch(words)
    delete(world, thread)
    world.fault("parallel", "held", match=f"POST */{monitor_id}/update", times=1)
    find(world, monitor_id, "first thing")
    there = until_moved(world, monitor_id, left=thread)
    before = redrawn(world)
    world.run(monitor_id, "nothing")
    world.until(lambda: redrawn(world) > before)
    # By then whoever was to be told would have been.
    world.passes()
    world.calm()
    until_found(world, there, "first thing")
    find(world, monitor_id, "second thing")
    until_found(world, there, "first thing", "second thing")
    assert direct(world, words) == []
    assert len(world.cards()) == 1


def test_a_channel_that_refuses_replies_gets_no_row_of_cards(world: World) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    world.fault("slack", "error:cannot_reply_to_message", match="chat.postMessage", times=1)
    find(world, monitor_id, "first thing")
    assert "may be restricted" in shown_in(until_told(world, words))
    until_found(world, thread, "first thing")
    assert len(world.cards()) == 1
    assert home(world, monitor_id) == thread


def test_every_monitor_follows_its_channel_to_a_new_id(world: World) -> None:
    first, second = world.watch(query()), world.watch(query())
    since = world.mark("parallel")
    change_channel(world, new_id=True)
    moved = [until_moved(world, each[1], left=each[0]) for each in (first, second)]
    (channel,) = {each.channel for each in moved}
    assert [each.ts for each in moved] == [first[0].ts, second[0].ts]
    updates = [
        each["body"]
        for each in world.requests("parallel", since=since)
        if str(each["path"]).endswith("/update")
    ]
    assert [set(cast("Json", each)) for each in updates] == [{"metadata"}, {"metadata"}]
    there = replace(world, channel=channel)
    for (_, monitor_id), thread in zip((first, second), moved, strict=True):
        find(there, monitor_id, "first thing")
        until_found(there, thread, "first thing")
    there.say("cancelmonitor", thread=moved[0])
    there.until(lambda: "Cancelled." in " ".join(there.replies(moved[0])))


# Installations and accounts


def test_what_is_found_while_a_token_is_dead_is_delivered_once_it_is_mended(world: World) -> None:
    """Slack's events about it were lost: with them it would be an uninstall."""
    other = world.workspace("Leavers")
    other.install()
    thread, monitor_id = other.watch(query())
    unheard = [each for each in DEFAULT_EVENTS if each not in {"app_uninstalled", "tokens_revoked"}]
    world.change("/control/slack/settings", events=unheard)
    other.post("/control/slack/uninstall", {"team_id": other.team_id})
    world.change("/control/slack/settings", events=list(DEFAULT_EVENTS))
    for thing in ("first thing", "second thing"):
        held = ended("deliver", "Suspended", about=monitor_id)
        find(other, monitor_id, thing)
        other.until(lambda held=held: ended("deliver", "Suspended", about=monitor_id) > held)
    assert findings(other, thread) == []
    other.install()
    until_found(other, thread, "first thing", "second thing")
    # The uninstall took the app out of the channel; it hears replies there again.
    other.say("cancelmonitor", thread=thread)
    other.until(lambda: "Cancelled." in " ".join(other.replies(thread)))


@pytest.mark.parametrize("code", first(1, ["token_revoked", "account_inactive", "invalid_auth"]))
def test_a_token_that_slack_refuses_holds_the_findings(world: World, code: str) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    held = ended("deliver", "Suspended", about=monitor_id)
    world.fault("slack", f"error:{code}", match="chat.postMessage", times=1)
    find(world, monitor_id, "first thing")
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    world.install()
    until_found(world, thread, "first thing")
    assert direct(world, words) == []


def watch_until_checked(world: World) -> tuple[Thread, str]:
    """Its first run is over: nothing redraws the card any more."""
    thread, monitor_id = world.watch(query())
    world.until(lambda: "checked " in world.card_text(thread))
    return thread, monitor_id


def test_a_revoked_key_is_told_once_and_everything_comes_later(world: World) -> None:
    first, second = watch_until_checked(world), watch_until_checked(world)
    cards = [shown_card(world, thread) for thread, _ in (first, second)]
    before = len(direct(world, "no longer accepts the API key"))
    with account(world, revoked=True):
        for _, monitor_id in (first, second):
            find(world, monitor_id, "first thing")
            world.run(monitor_id, "nothing")
        world.until(lambda: len(direct(world, "no longer accepts the API key")) > before)
        since = world.mark("parallel")
        world.until(lambda: len(world.requests("parallel", since=since)) >= 2)
        assert [shown_card(world, thread) for thread, _ in (first, second)] == cards
    for thread, _ in (first, second):
        until_found(world, thread, "first thing")
    told = direct(world, "no longer accepts the API key")
    assert len(told) == before + 1
    assert "tell the person who runs the app" in str(told[-1]["text"])


def test_an_unpaid_account_is_told_once_and_not_in_every_thread(world: World) -> None:
    first, second = watch_until_checked(world), watch_until_checked(world)
    cards = [shown_card(world, thread) for thread, _ in (first, second)]
    before = len(direct(world, "no credit left"))
    world.fault("parallel", "status:402", match="GET *")
    try:
        for _, monitor_id in (first, second):
            find(world, monitor_id, "first thing")
        world.until(lambda: len(direct(world, "no credit left")) > before)
        assert [shown_card(world, thread) for thread, _ in (first, second)] == cards
    finally:
        world.calm()
    for thread, _ in (first, second):
        until_found(world, thread, "first thing")
    world.until(lambda: shown_card(world, first[0]) != cards[0])
    assert len(direct(world, "no credit left")) == before + 1


def test_what_a_failed_run_says_of_credit_is_an_ordinary_failure(world: World) -> None:
    thread, monitor_id = world.watch(query())
    before = len(direct(world, "no credit left"))
    # After its first run: a run that worked would end the streak of failures.
    world.until(lambda: world.monitors()[0]["executions"])
    error = "Insufficient credit in account"
    world.run(monitor_id, "failed", error=error)
    world.until(lambda: [told for told in world.replies(thread) if error in told])
    assert len(direct(world, "no credit left")) == before
