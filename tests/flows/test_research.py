"""*Research this* under a finding: asked, paid for and answered once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from sandbox.demo import DEMO_ACCOUNT
from tests.first import first
from tests.flows.findings import finding
from tests.flows.home import member
from tests.flows.on_card import policy, set_policy
from tests.flows.signed import SlackSender
from tests.flows.world import BEN, Json, Thread, World, shown_in

RUNS: Final = "/v1/tasks/runs"
CREATE: Final = f"POST {RUNS}"
DIRECT: Final = "D0ADABOT01"
RARE: Final = pytest.mark.thorough
PRESS_AGAIN: Final = "press “Research this” again"


@pytest.fixture(autouse=True)
def held_runs(world: World) -> None:
    """A run ends when the test says so."""
    world.change("/control/parallel/settings", task_seconds=3600)


def news(world: World, words: str = "Acme bought Initech.") -> tuple[Thread, Thread, str]:
    """A monitor with one finding: its thread, the finding's message, the event's id."""
    thread, monitor_id = world.watch(f"deals {uuid4().hex[:8]}")
    told = world.run(monitor_id, events=[finding(words)])
    (message,) = world.until(lambda: world.reply_messages(thread))
    (event_id,) = cast("list[str]", told["event_ids"])
    return thread, Thread(world.channel, str(message["ts"])), event_id


def press(world: World, message: Thread, *, user: str = "") -> None:
    assert world.click(message, "research_this", user=user)["status"] == 200


def runs(world: World, event_id: str) -> list[Json]:
    found = cast("list[Json]", world.get("/control/parallel/state")["tasks"])
    return [each for each in found if each["previous_interaction_id"] == event_id]


def until_run(world: World, event_id: str, *, count: int = 1) -> str:
    found = world.until(lambda: each if len(each := runs(world, event_id)) == count else None)
    return str(found[-1]["run_id"])


def end(world: World, run_id: str, **change: object) -> None:
    world.change(f"/control/parallel/tasks/{run_id}", **change)


def text(content: str) -> Json:
    citations: list[Json] = [{"url": "https://example.org/deal", "title": "The deal"}]
    basis: list[Json] = [{"field": "output", "reasoning": "r", "citations": citations}]
    return {"type": "text", "content": content, "basis": basis}


def said(world: World, thread: Thread) -> list[str]:
    """Below the finding."""
    return world.replies(thread)[1:]


def until_said(world: World, thread: Thread, *, begin: str) -> str:
    return world.until(
        lambda: next((each for each in said(world, thread) if each.startswith(begin)), None)
    )


def until_told(world: World, words: str) -> str:
    return world.until(lambda: next((each for each in world.whispers() if words in each), None))


def creates(world: World, since: int) -> list[Json]:
    asked = world.requests("parallel", since=since)
    return [each for each in asked if (each["method"], each["path"]) == ("POST", RUNS)]


def test_a_finding_is_researched_and_the_answer_is_posted_below(world: World) -> None:
    thread, message, event_id = news(world)
    (button,) = (
        element
        for block in cast("list[Json]", world.reply_messages(thread)[0]["blocks"])
        for element in cast("list[Json]", block.get("elements", []))
        if element.get("action_id") == "research_this"
    )
    assert "costs about $0.025" in str(button["confirm"])
    since = world.mark("parallel")
    press(world, message)
    run_id = until_run(world, event_id)
    under_way = until_said(world, thread, begin="Researching “Acme bought Initech”")
    assert "Started by Ada" in under_way
    (create,) = creates(world, since)
    body = cast("Json", create["body"])
    assert (body["previous_interaction_id"], body["processor"]) == (event_id, "core")
    assert body["task_spec"] == {"output_schema": {"type": "text"}}
    end(world, run_id, output=text("The price was **$3bn**. <!channel> [here](https://a.example)"))
    until_said(world, thread, begin="Researched “Acme bought Initech”")
    _, _, answer = world.reply_messages(thread)
    for words in ("Research on “Acme bought Initech”", "The price was $3bn.", "The deal"):
        assert words in shown_in(answer).replace("\n", ""), words
    assert (answer["pings"], answer["thread_ts"]) == ([], thread.ts)
    assert world.buttons(Thread(thread.channel, str(answer["ts"]))) == []
    assert world.whispers() == []
    # Neither message is a finding, wherever findings are counted.
    world.say("weekly", thread=thread)
    card = world.until(lambda: each if "weekly" in (each := world.card_text(thread)) else None)
    assert "1 finding" in card


def files(messages: Sequence[Json]) -> list[Json]:
    return [file for each in messages for file in cast("list[Json]", each["files"])]


def words_in(shown: str) -> list[str]:
    return [word for word in shown.split() if word.startswith("word")]


def research(world: World, count: int) -> tuple[Thread, list[str], list[Json]]:
    """An answer of so many words: its thread, the words, and the messages below the first note."""
    thread, message, event_id = news(world)
    press(world, message)
    words = [f"word{number}" for number in range(count)]
    end(world, until_run(world, event_id), output=text(f"**{' '.join(words)}**"))
    until_said(world, thread, begin="Researched")
    return thread, words, world.reply_messages(thread)[2:]


def test_an_answer_of_two_messages_is_no_file(world: World) -> None:
    _, words, answers = research(world, 900)
    assert len(answers) == 2
    assert words_in(" ".join(map(shown_in, answers))) == words
    assert files(answers) == []


def assert_begun_and_whole(world: World, words: list[str], answers: list[Json]) -> None:
    """The beginning is there to read, and the whole of it once, as a file."""
    begun, shared = answers
    shown = words_in(shown_in(begun))
    assert shown == words[: len(shown)]
    assert len(shown) > 300
    assert "follow below" in shown_in(begun)
    assert "follow below" in str(begun["text"])
    assert str(shared["text"]) == "The whole answer, as a file."
    (file,) = files(answers)
    assert file["name"] == "research-on-acme-bought-initech.md"
    whole = world.client.get(str(file["url_private_download"])).text
    assert whole.startswith("# Research on “Acme bought Initech”\n\n**word0 ")
    assert words_in(whole.replace("*", "")) == words
    assert "## Sources\n\n- The deal\n  https://example.org/deal" in whole


def test_a_long_answer_begins_in_a_message_and_follows_as_a_file(world: World) -> None:
    _, words, answers = research(world, 3000)
    assert_begun_and_whole(world, words, answers)


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        ("files.completeUploadExternal", "drop_after"),
        ("upload", "drop_after"),
        pytest.param("files.completeUploadExternal", "late", marks=RARE),
        pytest.param("files.completeUploadExternal", "500", marks=RARE),
        pytest.param("files.getUploadURLExternal", "drop_before", marks=RARE),
        pytest.param("chat.postMessage", "drop_after", marks=RARE),
    ],
)
def test_a_file_that_fails_halfway_comes_once(world: World, match: str, kind: str) -> None:
    world.fault("slack", kind, match=match, times=1, seconds=0.3)
    thread, words, _ = research(world, 3000)
    world.until(lambda: world.get("/control/slack/faults")["still_late"] == 0)
    assert_begun_and_whole(world, words, world.reply_messages(thread)[2:])


@pytest.mark.parametrize(
    ("match", "code"),
    [
        ("files.getUploadURLExternal", "missing_scope"),
        ("files.completeUploadExternal", "not_in_channel"),
        pytest.param("files.getUploadURLExternal", "file_uploads_disabled", marks=RARE),
        pytest.param("files.completeUploadExternal", "file_not_found", marks=RARE),
        pytest.param("files.completeUploadExternal", "a_code_of_next_year", marks=RARE),
    ],
)
def test_where_slack_takes_no_file_it_comes_in_order_in_as_many_messages_as_it_takes(
    world: World, match: str, code: str
) -> None:
    world.fault("slack", f"error:{code}", match=match)
    _, words, answers = research(world, 3000)
    assert len(answers) > 2
    assert words_in(" ".join(map(shown_in, answers))) == words
    assert "The deal" in shown_in(answers[-1])
    assert files(answers) == []


def test_pressed_twice_and_by_two_people_it_is_one_run_and_both_are_told(world: World) -> None:
    thread, message, event_id = news(world)
    for user in ("", "", BEN):
        press(world, message, user=user)
    world.until(lambda: len(world.whispers()) == 2)
    assert all("is being researched already" in each for each in world.whispers())
    end(world, until_run(world, event_id), output=text("the one answer"))
    until_said(world, thread, begin="Researched")
    press(world, message, user=BEN)
    until_told(world, "was researched already")
    assert len(runs(world, event_id)) == 1
    assert len(said(world, thread)) == 2


def test_each_finding_of_a_message_has_its_own(world: World) -> None:
    thread, monitor_id = world.watch("deals of two kinds")
    told = world.run(monitor_id, events=[finding("first deal"), finding("second deal")])
    (message,) = world.until(lambda: world.reply_messages(thread))
    (second,) = [
        str(block["block_id"])
        for block in cast("list[Json]", message["blocks"])
        for element in cast("list[Json]", block.get("elements", []))
        if element.get("action_id") == "research_this" and "second deal" in str(element["value"])
    ]
    body: Json = {
        "team_id": world.team_id,
        "user": world.user,
        "channel": thread.channel,
        "message_ts": message["ts"],
        "action_id": "research_this",
        "block_id": second,
    }
    world.post("/control/slack/actions", body)
    until_said(world, thread, begin="Researching “second deal”")
    until_run(world, cast("list[str]", told["event_ids"])[1])


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"status": "failed", "error": "No <sources> & no luck"}, "“No &lt;sources&gt; &amp; no"),
        pytest.param({"status": "cancelled"}, "couldn't finish", marks=RARE),
        pytest.param({"status": "action_required"}, "couldn't finish", marks=RARE),
    ],
)
def test_a_run_that_fails_is_told_and_can_be_tried_again(
    world: World, outcome: Json, words: str
) -> None:
    thread, message, event_id = news(world)
    press(world, message)
    end(world, until_run(world, event_id), **outcome)
    told = until_said(world, thread, begin="Couldn't research “Acme bought Initech”")
    assert words in told
    assert PRESS_AGAIN in told
    until_told(world, "couldn't finish")
    press(world, message, user=BEN)
    end(world, until_run(world, event_id, count=2), output=text("at last"))
    until_said(world, thread, begin="Researched")
    assert len(said(world, thread)) == 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "no longer accepts the API key"),
        (402, "has no credit left"),
        pytest.param(403, "isn't allowed to do that", marks=RARE),
        pytest.param(404, "can't research this finding", marks=RARE),
        (422, "can't research this finding"),
    ],
)
def test_a_refusal_says_what_to_do_and_leaves_nothing_under_way(
    world: World, status: int, words: str
) -> None:
    thread, message, event_id = news(world)
    world.fault("parallel", f"status:{status}", match=CREATE, times=1)
    press(world, message)
    assert words in until_said(world, thread, begin="Couldn't research")
    until_told(world, words)
    press(world, message)
    until_run(world, event_id)


def test_an_account_that_is_revoked_meanwhile_is_told(world: World) -> None:
    thread, message, event_id = news(world)
    press(world, message)
    until_run(world, event_id)
    world.fault("parallel", "status:401", match=f"GET {RUNS}/*")
    assert "no longer accepts" in until_said(world, thread, begin="Couldn't research")


@pytest.mark.parametrize(
    "kind", ["drop_after", *(pytest.param(k, marks=RARE) for k in ("drop_before", "status:503"))]
)
def test_a_create_whose_answer_is_lost_is_never_repeated(world: World, kind: str) -> None:
    thread, message, event_id = news(world)
    since = world.mark("parallel")
    world.fault("parallel", kind, match=CREATE, times=1)
    press(world, message)
    told = until_said(world, thread, begin="Couldn't research")
    assert "can't tell whether the research has started" in told
    assert PRESS_AGAIN in told
    assert len(creates(world, since)) == 1
    press(world, message)
    world.until(lambda: len(creates(world, since)) == 2)
    end(world, str(world.until(lambda: runs(world, event_id))[-1]["run_id"]))
    until_said(world, thread, begin="Researched")


@pytest.mark.parametrize("kind", first(1, ["429", "status:408"]))
def test_a_parallel_that_is_busy_is_asked_again(world: World, kind: str) -> None:
    thread, message, event_id = news(world)
    world.fault("parallel", kind, match=CREATE, times=1, seconds=0.2)
    press(world, message)
    until_told(world, "I'll keep trying")
    end(world, until_run(world, event_id), output=text("after a while"))
    until_said(world, thread, begin="Researched")
    assert len(said(world, thread)) == 2


@pytest.mark.parametrize("match", [f"GET {RUNS}/*", f"GET {RUNS}/*/result"])
@pytest.mark.parametrize(
    "kind", ["500", *(pytest.param(k, marks=RARE) for k in ("429", "drop_before", "status:408"))]
)
def test_a_look_that_fails_is_repeated(world: World, match: str, kind: str) -> None:
    thread, message, event_id = news(world)
    press(world, message)
    run_id = until_run(world, event_id)
    world.fault("parallel", kind, match=match, times=2, seconds=0.1)
    end(world, run_id, output=text("after all"))
    until_said(world, thread, begin="Researched")
    assert len(said(world, thread)) == 2


@pytest.mark.parametrize(
    "kind", ["drop_after", *(pytest.param(k, marks=RARE) for k in ("429", "500", "drop_before"))]
)
def test_a_slack_that_fails_repeats_nothing(world: World, kind: str) -> None:
    thread, message, event_id = news(world)
    world.fault("slack", kind, match="chat.postMessage", times=1, seconds=0.2)
    press(world, message)
    run_id = until_run(world, event_id)
    world.fault("slack", kind, match="chat.postMessage", times=1, seconds=0.2)
    end(world, run_id, output=text("the one answer"))
    until_said(world, thread, begin="Researched")
    assert len(said(world, thread)) == 2
    assert len(runs(world, event_id)) == 1


def test_an_answer_that_slack_refuses_is_told_and_can_be_asked_for_again(world: World) -> None:
    thread, message, event_id = news(world)
    press(world, message)
    run_id = until_run(world, event_id)
    # With its blocks, and as plain text.
    world.fault("slack", "error:invalid_blocks", match="chat.postMessage", times=2)
    end(world, run_id, output=text("not to be seen"))
    assert "Slack didn't accept the answer" in until_said(world, thread, begin="Couldn't research")
    press(world, message)
    end(world, until_run(world, event_id, count=2), output=text("to be seen"))
    until_said(world, thread, begin="Researched")


def strip_metadata(world: World) -> None:
    """The monitor is no longer ours: someone changed it at Parallel."""
    (monitor,) = world.monitors()
    path = f"/parallel/v1/monitors/{monitor['monitor_id']}/update"
    headers = {"x-api-key": DEMO_ACCOUNT.api_key}
    assert world.client.post(path, json={"metadata": {}}, headers=headers).is_success


def test_a_monitor_that_is_gone_is_said_in_private(world: World) -> None:
    thread, message, event_id = news(world)
    strip_metadata(world)
    press(world, message)
    until_told(world, "doesn't know this finding's monitor any more")
    assert (said(world, thread), runs(world, event_id)) == ([], [])


def end_it(world: World) -> None:
    world.say("cancelmonitor", thread=card(world))


@pytest.mark.parametrize("act", [strip_metadata, end_it])
def test_what_was_begun_is_answered_although_the_monitor_ends(
    world: World, act: Callable[[World], None]
) -> None:
    thread, message, event_id = news(world)
    press(world, message)
    run_id = until_run(world, event_id)
    act(world)
    end(world, run_id, output=text("for the record"))
    until_said(world, thread, begin="Researched")
    assert any("for the record" in each for each in said(world, thread))


def direct(world: World, begin: str) -> list[str]:
    """What Ada was told in a direct message."""
    wrote = [str(each["text"]) for each in replace(world, channel=DIRECT).messages()]
    return [each for each in wrote if each.startswith(begin)]


def card(world: World) -> Thread:
    return Thread(world.channel, str(world.cards()[0]["ts"]))


def test_an_answer_goes_where_the_monitor_was_moved_meanwhile(world: World) -> None:
    _, message, event_id = news(world, f"deal {uuid4().hex[:8]}")
    press(world, message)
    run_id = until_run(world, event_id)
    elsewhere = world.room()
    (monitor,) = world.monitors()
    move: Json = {
        "type": "block_actions",
        "team": {"id": world.team_id},
        "user": {"id": world.user, "team_id": world.team_id},
        "channel": {"id": DIRECT},
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [
            {
                "type": "conversations_select",
                "action_id": "move_monitor",
                "block_id": f"move:{monitor['monitor_id']}",
                "selected_conversation": elsewhere.channel,
            }
        ],
    }
    assert SlackSender.of(world).interaction(move).status_code == 200
    (home,) = elsewhere.until(elsewhere.monitors)
    metadata = cast("dict[str, str]", home["metadata"])
    end(world, run_id, output=text("in its new thread"))
    there = Thread(elsewhere.channel, metadata["slack_thread_id"])
    elsewhere.until(lambda: any("in its new thread" in e for e in elsewhere.replies(there)))


def test_an_answer_stays_in_its_thread_whatever_the_delivery_of_findings(world: World) -> None:
    thread, message, event_id = news(world)
    monitor_id = str(world.monitors()[0]["monitor_id"])
    chosen: Json = {"channel": True, "mention": True, "mode": "daily"}
    set_policy(world, monitor_id, policy(world, monitor_id) | {"delivery": chosen})
    press(world, message)
    end(world, until_run(world, event_id), output=text("for who asked"))
    until_said(world, thread, begin="Researched")
    answer = world.reply_messages(thread)[-1]
    assert "for who asked" in shown_in(answer)
    assert (answer["subtype"], answer["pings"]) == (None, [])


def test_a_cancelled_monitors_findings_can_still_be_researched(world: World) -> None:
    thread, message, event_id = news(world)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: said(world, thread))
    press(world, message)
    until_run(world, event_id)


def test_an_answer_waits_for_a_thread_that_is_closed_and_its_person_is_told_once(
    world: World,
) -> None:
    thread, message, event_id = news(world, f"deal {uuid4().hex[:8]}")
    press(world, message)
    run_id = until_run(world, event_id)
    world.change(f"/control/slack/channels/{world.channel}", archived=True)
    end(world, run_id, output=text("it found its way"))
    told = world.until(lambda: direct(world, "Your research is done"))
    assert "archived" in told[0]
    world.change(f"/control/slack/channels/{world.channel}", archived=False)
    until_said(world, thread, begin="Researched")
    assert any("it found its way" in each for each in said(world, thread))
    assert len(direct(world, "Your research is done")) == 1


def test_a_guest_may_not_spend_the_operators_money(world: World) -> None:
    guest = member(world)
    world = world.room(members=[world.user, guest])
    thread, message, event_id = news(world)
    world.change(f"/control/slack/users/{guest}", is_restricted=True)
    press(world, message, user=guest)
    until_told(world, "Guests can't start monitors")
    assert (said(world, thread), runs(world, event_id)) == ([], [])


def test_another_companys_person_may_not(outside: World, acme: World) -> None:
    guest = outside.workspace("Visitors").user
    world = acme.room(members=[acme.user, guest], shared=True)
    world.change("/control/parallel/settings", task_seconds=3600)
    thread, message, event_id = news(world)
    value = json.dumps({"event_id": event_id})
    payload: Json = {
        "type": "block_actions",
        "team": {"id": world.team_id},
        "user": {"id": guest, "team_id": None},
        "api_app_id": "A0SANDBOX01",
        "channel": {"id": thread.channel},
        "message": {"ts": message.ts, "thread_ts": thread.ts, "team": world.team_id},
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [{"type": "button", "action_id": "research_this", "value": value}],
    }
    assert SlackSender.of(world).interaction(payload).status_code == 200
    until_told(world, "belongs to the other company")
    assert (said(world, thread), runs(world, event_id)) == ([], [])
