"""What people do to a monitor in its thread: replies, buttons, the message shortcut."""

import json
from collections.abc import Generator

import pytest

from tests.first import first
from tests.flows.signed import SlackSender
from tests.flows.world import ADA, BEN, Json, Thread, World

MONITORS = "/v1/monitors"


def triggers(world: World, monitor_id: str) -> list[Json]:
    path = f"/v1/monitors/{monitor_id}/trigger"
    return [each for each in world.requests("parallel") if each["path"] == path]


def statuses(world: World) -> list[object]:
    return [monitor["status"] for monitor in world.monitors()]


def until_cancelled_by(world: World, thread: Thread, user: str) -> None:
    """The card names them; one that was drawn before Parallel's answer came is drawn again."""
    name = f"*Cancelled by <@{user}>.*"

    def look() -> bool:
        (card,) = [each for each in world.cards() if each["ts"] == thread.ts]
        return name in json.dumps(card["blocks"])

    world.until(look)


@pytest.mark.parametrize(
    "spelling",
    first(
        2,
        [
            "cancelmonitor",
            "<@U0BOT0ACME0001> cancelmonitor",
            "cancel\u200bmonitor\ufeff",
            "@threadwatch cancel-monitor!",
            "  CancelMonitor  ",
            "/cancelmonitor",
            "CANCELMONITOR",
            "`cancelmonitor`",
            "cancelmonitor <@U0BOT0ACME0001>",
            "cancel monitor",
            "Stop.",
            "cancelmonitor.",
            "*cancelmonitor*",
            "_Cancelmonitor._",
            "\uff43ancelmonitor",
            "<@B0BOT0ACME0001> cancelmonitor",
        ],
    ),
)
def test_cancelmonitor_however_spelled_ends_the_monitor(world: World, spelling: str) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say(spelling, thread=thread)
    assert world.until(lambda: world.replies(thread)) == [
        "Cancelled. Nothing more will be posted here."
    ]
    assert statuses(world) == ["cancelled"]
    until_cancelled_by(world, thread, ADA)
    assert world.buttons(thread) == []


def test_a_reply_that_names_no_bot_is_a_persons(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    event: Json = {
        "type": "message",
        "channel": thread.channel,
        "user": ADA,
        "team": world.team_id,
        "ts": "1700000000.000100",
        "thread_ts": thread.ts,
        "text": "cancelmonitor :pray:",
        "bot_id": None,
        "subtype": None,
    }
    assert SlackSender.of(world).event(world, event).status_code == 200
    world.until(lambda: world.replies(thread))
    assert statuses(world) == ["cancelled"]


def test_another_person_may_cancel_and_the_card_says_who_did(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("cancelmonitor", thread=thread, user=BEN)
    world.until(lambda: world.replies(thread))
    assert statuses(world) == ["cancelled"]
    until_cancelled_by(world, thread, BEN)


def test_a_reply_shown_in_the_channel_too_cancels_as_well(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("cancelmonitor", thread=thread, broadcast=True)
    world.until(lambda: world.replies(thread))
    assert statuses(world) == ["cancelled"]


def test_cancelling_twice_says_that_it_was_done_already(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    for times in (1, 2):
        world.say("cancelmonitor", thread=thread)
        world.until(lambda times=times: len(world.replies(thread)) == times)
    first, second = world.replies(thread)
    assert first.startswith("Cancelled")
    assert "already cancelled" in second


def test_the_card_still_says_who_cancelled_after_it_was_redrawn_for_another_reason(
    world: World,
) -> None:
    thread, monitor_id = world.watch("new papers on ball lightning")
    world.fault("slack", "status:503", match="chat.update")
    since = world.mark("slack")
    world.run(monitor_id, "nothing")
    world.until(lambda: world.slack_calls("chat.update", since=since))
    world.calm()
    world.say("cancelmonitor", thread=thread, user=BEN)
    world.until(lambda: world.replies(thread))
    # The redrawing that Slack refused comes once more than the cancelling.
    world.until(lambda: len(_taken(world, since)) >= 2)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: len(world.replies(thread)) == 2)
    until_cancelled_by(world, thread, BEN)


def _taken(world: World, since: int) -> list[Json]:
    calls = world.slack_calls("chat.update", since=since)
    return [each for each in calls if each["status"] == 200]


def test_a_cancelled_monitor_does_not_run_again_and_says_why(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    world.say("run now", thread=thread)
    world.until(lambda: len(world.replies(thread)) == 2)
    assert "To start it again" in world.replies(thread)[1]
    assert triggers(world, monitor_id) == []


@pytest.mark.parametrize("spelling", first(2, ["run now", "check now", "Run  Now", "/run now"]))
def test_run_now_asks_parallel_for_one_more_run(world: World, spelling: str) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.say(spelling, thread=thread)
    (answer,) = world.until(lambda: world.replies(thread))
    # It is rewritten when the check has ended.
    assert answer.startswith(("Checking now.", "Checked "))
    assert len(triggers(world, monitor_id)) == 1


def test_status_tells_how_the_monitor_is_doing(world: World) -> None:
    thread, _ = world.watch("--every 6h new papers on fusion")
    world.until(lambda: world.monitors()[0]["last_run_at"])
    world.say("Status", thread=thread)
    (answer,) = world.until(lambda: world.replies(thread))
    assert answer.startswith("Watching every 6 hours, last checked <!date^")


def started(world: World, query: str) -> Thread:
    """A monitor whose job, like that of the install, is over, so that a later one shows."""
    world.until(lambda: world.jobs("intent") >= 1)
    before = world.jobs("intent")
    thread, _ = world.watch(query)
    world.until(lambda: world.jobs("intent") > before)
    return thread


@pytest.mark.parametrize(
    "talk",
    first(
        2,
        [
            "shall we cancelmonitor this one?",
            "cancelmonitor please",
            "what is the status of this?",
            "run now!",
            "thanks",
            "<@U0BEN00001> cancelmonitor",
        ],
    ),
)
def test_people_talking_in_a_thread_are_left_alone(world: World, talk: str) -> None:
    thread = started(world, "new papers on fusion")
    world.until(lambda: world.monitors()[0]["last_run_at"])
    jobs = world.jobs("intent")
    slack = world.mark("slack")
    said = world.say(talk, thread=thread)
    assert said["delivered"] == 200
    assert world.replies(thread) == []
    # What the first run asks for may come as late as this.
    of_the_run = {"chat.update", "conversations.info"}
    called = {each["api_method"] for each in world.requests("slack", since=slack)}
    assert called <= of_the_run
    assert world.jobs("intent") == jobs
    assert statuses(world) == ["active"]


def test_talk_in_the_channel_costs_no_call_and_no_job(world: World) -> None:
    # What the install itself asked for is over.
    world.until(lambda: world.jobs("intent") >= 1)
    slack, parallel, jobs = world.mark("slack"), world.mark("parallel"), world.jobs("intent")
    for talk in ("hello", "cancelmonitor", "status", "run now", "/monitor x"):
        assert world.say(talk)["delivered"] in {200, None}
    parent = Thread(world.channel, str(world.say("a thread of people")["ts"]))
    world.say("and an answer", thread=parent)
    assert world.calls_here(since=slack) == []
    assert [c for c in world.requests("parallel", since=parallel) if c["path"] == MONITORS] == []
    assert world.jobs("intent") == jobs


@pytest.mark.parametrize("word", first(1, ["cancelmonitor", "status", "run now"]))
def test_a_command_word_in_a_thread_of_people_meets_silence(world: World, word: str) -> None:
    started(world, "so that the app is in this channel")
    parent = Thread(world.channel, str(world.say("lunch?")["ts"]))
    jobs = world.jobs("intent")
    assert world.say(word, thread=parent)["delivered"] == 200
    assert world.replies(parent) == []
    assert world.jobs("intent") == jobs
    assert statuses(world) == ["active"]


@pytest.mark.parametrize("word", first(1, ["cancelmonitor", "status", "run now"]))
def test_a_command_word_under_a_card_that_made_no_monitor_meets_silence(
    world: World, word: str
) -> None:
    world.fault("parallel", "status:422", match="POST /v1/monitors", times=1)
    world.command("/monitor", "new papers on fusion")
    card = world.until(
        lambda: next(
            (c for c in world.cards() if not str(c["text"]).startswith("Setting up")), None
        )
    )
    thread = Thread(world.channel, str(card["ts"]))
    world.until_done("intent", lambda: world.say(word, thread=thread))
    assert world.replies(thread) == []
    assert world.whispers() == []


@pytest.mark.parametrize("word", first(2, ["status", "pause", "run now", "hourly", "help"]))
def test_a_word_that_comes_before_the_monitor_is_answered(world: World, word: str) -> None:
    world.fault("parallel", "500", match="POST /v1/monitors")
    world.command("/monitor", f"what comes before {word}")
    card = world.until(lambda: next(iter(world.cards()), None))
    thread = Thread(world.channel, str(card["ts"]))
    world.say(word, thread=thread)
    (said,) = world.until(world.whispers)
    assert "still setting this monitor up" in said
    world.calm()
    world.until_watching()
    assert world.replies(thread) == []


def test_what_parallel_refuses_since_somebody_has_cancelled_is_told_as_that(world: World) -> None:
    thread, monitor_id = world.watch("what somebody cancels meanwhile")
    world.fault("parallel", "held", match=f"GET /v1/monitors/{monitor_id}", times=1)
    world.say("hourly", thread=thread)
    world.until_held("parallel")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: statuses(world) == ["cancelled"])
    world.calm()
    seen = world.until(lambda: [*world.whispers(), *world.replies(thread)[1:]])
    assert all("Parallel said" not in each for each in seen)


def test_the_cancel_button_does_what_the_word_does(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    assert world.click(thread, "cancel_monitor", user=BEN)["status"] == 200
    assert world.until(lambda: world.replies(thread)) == [
        "Cancelled. Nothing more will be posted here."
    ]
    assert statuses(world) == ["cancelled"]
    assert world.buttons(thread) == []


def test_the_run_now_button_asks_parallel_for_one_more_run(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    assert world.click(thread, "run_now")["status"] == 200
    (answer,) = world.until(lambda: world.replies(thread))
    assert answer.startswith(("Checking now.", "Checked "))
    assert len(triggers(world, monitor_id)) == 1


@pytest.mark.parametrize("on_reply", [False, True])
def test_the_shortcut_asks_and_cancels_from_the_card_and_from_a_reply(
    world: World, on_reply: bool
) -> None:
    thread, _ = world.watch("new papers on fusion")
    message = thread
    if on_reply:
        message = Thread(world.channel, str(world.say("look at this", thread=thread)["ts"]))
    assert world.shortcut(message)["status"] == 200
    form = world.until_form()
    assert "Cancel “new papers on fusion”?" in str(form["blocks"])
    assert statuses(world) == ["active"]
    assert world.submit_modal(str(form["id"]))["status"] == 200
    assert world.until(lambda: world.replies(thread)) == [
        "Cancelled. Nothing more will be posted here."
    ]
    assert statuses(world) == ["cancelled"]


def test_the_shortcut_on_some_other_message_says_so_to_one_person(world: World) -> None:
    message = Thread(world.channel, str(world.say("lunch?")["ts"]))
    assert world.shortcut(message)["status"] == 200
    world.until(lambda: "isn't part of a monitor's thread" in str(world.state()["modals"]))
    assert world.cards() == []


def test_a_monitor_that_was_called_off_before_it_was_signed_is_cancelled(world: World) -> None:
    world.fault("parallel", "drop_before", match="POST */update")
    world.command("/monitor", "new papers on fusion")
    world.until(world.monitors)
    (card,) = world.cards()
    thread = Thread(world.channel, str(card["ts"]))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    world.calm()
    world.until(lambda: statuses(world) == ["cancelled"])


def test_two_monitors_in_a_channel_do_not_meet(world: World) -> None:
    first, first_id = world.watch("new papers on fusion")
    second, second_id = world.watch("new papers on fission")
    world.say("cancelmonitor", thread=first)
    world.until(lambda: world.replies(first))
    ended = {each["monitor_id"]: each["status"] for each in world.monitors()}
    assert ended == {first_id: "cancelled", second_id: "active"}
    assert world.replies(second) == []


# What fails on the way is tried again, without doing the thing twice


def test_a_cancellation_answered_late_is_still_told_as_this_persons(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.fault("slack", "500", match="chat.update", times=1)
    world.fault("slack", "429", match="chat.postMessage", times=1, seconds=1)
    world.say("cancelmonitor", thread=thread)
    assert world.until(lambda: world.replies(thread)) == [
        "Cancelled. Nothing more will be posted here."
    ]
    until_cancelled_by(world, thread, ADA)


def watch_to_the_end(world: World) -> tuple[Thread, str]:
    """The job that made the monitor is done, too: the next that is done is another."""
    before = world.jobs("intent")
    made = world.watch("new papers on fusion")
    world.until(lambda: world.jobs("intent") > before)
    return made


@pytest.mark.parametrize("kind", first(2, ["429", "drop_after", "500", "drop_before"]))
def test_run_now_is_paid_once_although_slack_fails(world: World, kind: str) -> None:
    thread, monitor_id = watch_to_the_end(world)
    world.fault("slack", kind, match="chat.postMessage", times=1, seconds=1)
    world.until_done("intent", lambda: world.say("run now", thread=thread), about="run_now")
    assert len(world.replies(thread)) == 1
    assert len(triggers(world, monitor_id)) == 1


def test_run_now_with_a_lost_answer_is_not_repeated_and_says_what_is_certain(world: World) -> None:
    thread, monitor_id = watch_to_the_end(world)
    world.fault("parallel", "drop_after", match="POST */trigger", times=1)
    world.until_done("intent", lambda: world.say("run now", thread=thread), about="run_now")
    assert len(triggers(world, monitor_id)) == 1
    (whisper,) = world.whispers()
    assert "can't tell whether" in whisper


@pytest.mark.parametrize("kind", first(2, ["429", "drop_after", "500", "drop_before"]))
def test_a_cancellation_that_parallel_does_not_take_at_once_is_tried_again(
    world: World, kind: str
) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.fault("parallel", kind, match="POST */cancel", times=1, seconds=1)
    world.say("cancelmonitor", thread=thread)
    assert len(world.until(lambda: world.replies(thread))) == 1
    assert statuses(world) == ["cancelled"]


def test_help_as_a_reply_names_the_words_that_count(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("help", thread=thread)
    (told,) = world.until(lambda: world.replies(thread))
    assert all(word in told for word in ("cancelmonitor", "run now", "status"))
    assert statuses(world) == ["active"]


@pytest.fixture
def slow_runs(world: World) -> Generator[None]:
    """A run that is asked for is not over before the test says so."""
    usual = world.get("/control/parallel/settings")["creation_run_seconds"]
    world.change("/control/parallel/settings", creation_run_seconds=600)
    yield
    world.change("/control/parallel/settings", creation_run_seconds=usual)


@pytest.mark.usefixtures("slow_runs")
def test_pressed_again_while_it_checks_it_is_told_in_private_and_paid_once(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    for user in (ADA, ADA, BEN):
        world.click(thread, "run_now", user=user)
    world.until(lambda: len(world.whispers()) == 2)
    assert all("already checking" in whisper for whisper in world.whispers())
    assert len(triggers(world, monitor_id)) == 1
    world.until(lambda: len(world.replies(thread)) == 1)
    # Parallel dates a run to the second.
    assert world.client.put("/control/parallel/clock", json={"advance_seconds": 2}).is_success
    world.run(monitor_id, "nothing")
    world.click(thread, "run_now")
    world.until(lambda: len(triggers(world, monitor_id)) == 2)


def test_a_refused_check_does_not_stand_in_the_way_of_the_next(world: World) -> None:
    thread, monitor_id = watch_to_the_end(world)
    world.fault("parallel", "status:422", match="POST */trigger", times=1)
    world.until_done("intent", lambda: world.click(thread, "run_now"), about="run_now")
    world.click(thread, "run_now")
    world.until(lambda: world.replies(thread))
    assert len(triggers(world, monitor_id)) == 2


def test_cancelled_while_it_is_set_up_no_monitor_is_left(world: World) -> None:
    """Parallel takes its time: the card says at once that it's cancelled, and stays so."""
    world.fault("parallel", "slow", match="POST /v1/monitors", times=1, seconds=60)
    world.command("/monitor", "new papers on fusion")
    (card,) = world.until(world.cards)
    thread = Thread(world.channel, str(card["ts"]))
    world.until_held("parallel")
    world.say("cancelmonitor", thread=thread)
    assert world.until(lambda: world.replies(thread)) == [
        "Cancelled. Nothing more will be posted here."
    ]
    until_cancelled_by(world, thread, ADA)
    world.calm()
    world.until(lambda: statuses(world) == ["cancelled"])
    until_cancelled_by(world, thread, ADA)
    assert len(world.replies(thread)) == 1


def test_cancelled_while_parallel_is_down_it_is_never_made(world: World) -> None:
    world.fault("parallel", "status:503", match="POST /v1/monitors")
    world.command("/monitor", "new papers on fusion")
    (card,) = world.until(world.cards)
    thread = Thread(world.channel, str(card["ts"]))
    world.until(lambda: "isn't responding" in world.card_text(thread))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    world.calm()
    world.watch("something else, whose turn comes later")
    assert len(world.monitors()) == 1


def test_a_file_sent_along_does_not_hide_the_word(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("cancelmonitor", thread=thread, with_file=True)
    world.until(lambda: world.replies(thread))
    assert statuses(world) == ["cancelled"]
