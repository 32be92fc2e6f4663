"""The form that changes a monitor: in place, or by a new one in the same thread."""

import json
from typing import Final, cast

import pytest

from monitors.settings import Settings
from tests.first import first, first_rows
from tests.flows.findings import finding
from tests.flows.forms import (
    errors_of,
    field_value,
    forms,
    open_form,
    shown_in_form,
    submit,
    until_form,
)
from tests.flows.on_card import set_policy
from tests.flows.signed import ParallelSender
from tests.flows.world import ADA, Json, Thread, World

QUESTION: Final = "That's a different question"


@pytest.fixture(autouse=True)
def close_modals(world: World) -> None:
    for each in cast("list[Json]", world.state()["modals"]):
        body: Json = {"clear_all": True, "user": each["user"]}
        world.post(f"/control/slack/views/{each['id']}/close", body)


def monitor(world: World, monitor_id: str) -> Json:
    return world.monitor(monitor_id)


def updates(world: World, monitor_id: str, since: int) -> list[Json]:
    return [
        cast("Json", each["body"])
        for each in world.requests("parallel", since=since)
        if each["path"] == f"/v1/monitors/{monitor_id}/update"
    ]


def until_said(world: World, thread: Thread, words: str) -> str:
    return world.until(
        lambda: next((each for each in world.replies(thread) if words in each), None)
    )


def active(world: World) -> list[str]:
    return [str(each["monitor_id"]) for each in world.monitors() if each["status"] == "active"]


def test_the_form_shows_how_it_is_set_and_changes_it_in_place(world: World) -> None:
    thread, monitor_id = world.watch("--every 36h --not reddit.com --in us funding of robot makers")
    assert world.buttons(thread)[:2] == ["Check now", "Edit"]
    form = open_form(world, thread)
    assert field_value(form, "query") == "funding of robot makers"
    assert field_value(form, "other_every") == "36h"
    assert (field_value(form, "never"), field_value(form, "country")) == ("reddit.com", "us")
    since = world.mark("parallel")
    answer = submit(
        world,
        form,
        query="funding rounds of robot makers",
        every="1h",
        depth="base",
        only="sec.gov",
        never="",
        country="de",
    )
    assert (answer["response_action"], forms(world)) == (None, [])
    said = until_said(world, thread, "Changed by")
    assert said == (
        "Changed by Ada Admin: “funding of robot makers” → “funding rounds of robot makers” · "
        "every 36 hours → hourly · normal search → deep search · only sec.gov · reddit.com allowed "
        "again · US results → DE results."
    )
    (update,) = updates(world, monitor_id, since)
    assert (update["frequency"], update["processor"]) == ("1h", "base")
    assert update["settings"] == {
        "query": "funding rounds of robot makers",
        "advanced_settings": {
            "source_policy": {"include_domains": ["sec.gov"]},
            "location": "de",
        },
    }
    assert active(world) == [monitor_id]
    card = world.card_text(thread)
    assert card.startswith("Watching hourly")
    assert "funding rounds of robot makers" in card
    assert len(world.replies(thread)) == 1


def test_only_what_was_changed_is_sent(world: World) -> None:
    thread, monitor_id = world.watch("--from sec.gov recalls of child seats")
    since = world.mark("parallel")
    submit(world, open_form(world, thread), every="1w")
    until_said(world, thread, "daily → weekly")
    (update,) = updates(world, monitor_id, since)
    assert set(update) == {"metadata", "frequency"}


def test_a_form_left_as_it_was_changes_nothing(world: World) -> None:
    thread, monitor_id = world.watch("--from sec.gov,ft.com recalls of prams")
    since = world.mark("parallel")
    assert submit(world, open_form(world, thread))["response_action"] is None
    assert forms(world) == []
    submit(world, open_form(world, thread), every="1w")
    until_said(world, thread, "daily → weekly")
    assert len(updates(world, monitor_id, since)) == 1
    assert len(world.replies(thread)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    first_rows(
        2,
        [
            ({"query": " \u200b "}, "query", "Say what to watch"),
            ({"only": "sec.gov, not_a_site"}, "only", "not_a_site"),
            ({"only": "sec.gov", "never": "SEC.gov"}, "never", "both lists"),
            ({"country": "atlantis"}, "country", "two letters"),
            ({"every": "other", "other_every": "31d"}, "other_every", "from 1h to 30d"),
        ],
    ),
)
def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(
    world: World, typed: dict[str, str], field: str, words: str
) -> None:
    thread, monitor_id = world.watch("ferry timetables of Naples")
    since = world.mark("parallel")
    form = open_form(world, thread)
    errors = errors_of(submit(world, form, **typed))
    assert list(errors) == [field]
    assert words in errors[field]
    assert [each["id"] for each in forms(world)] == [form["id"]]
    assert updates(world, monitor_id, since) == []


def test_another_question_is_asked_about_and_then_goes_on_in_the_same_thread(world: World) -> None:
    thread, old = world.watch("--every 6h --not reddit.com price of gold")
    world.run(old, events=[finding("gold is up")])
    until_said(world, thread, "gold is up")
    form = open_form(world, thread)
    assert submit(world, form, query="weather on Mars")["response_action"] == "update"
    asked = until_form(world)
    shown = shown_in_form(asked)
    assert QUESTION in shown
    assert "“price of gold” → “weather on Mars”" in shown
    assert asked["submit"] == {"type": "plain_text", "text": "Start the new one", "emoji": False}
    assert field_value(asked, "query") == "weather on Mars"
    assert active(world) == [old]
    since = world.mark("parallel")
    assert submit(world, asked)["response_action"] is None
    said = until_said(world, thread, "the old monitor has ended")
    assert said.startswith("Changed by Ada Admin: “price of gold” → “weather on Mars”.")
    (new,) = active(world)
    assert new != old
    made = monitor(world, new)
    assert (made["query"], made["frequency"]) == ("weather on Mars", "6h")
    assert cast("Json", made["metadata"])["slack_thread_id"] == thread.ts
    assert "hold" not in json.loads(cast("dict[str, str]", made["metadata"])["policy"])
    steps = [
        (each["method"], str(each["path"]).removeprefix("/v1/monitors").replace(new, "new"))
        for each in world.requests("parallel", since=since)
        if each["method"] == "POST"
    ]
    assert steps == [
        ("POST", ""),
        ("POST", "/new/update"),
        ("POST", f"/{old}/cancel"),
        ("POST", "/new/update"),
    ]
    world.until(lambda: "weather on Mars" in world.card_text(thread))
    assert world.card_text(thread).startswith("Watching every 6 hours")
    assert len(world.cards()) == 1
    world.run(new, events=[finding("a dust storm")])
    until_said(world, thread, "a dust storm")
    world.say("cancelmonitor", thread=thread)
    until_said(world, thread, "Cancelled.")
    assert active(world) == []


def test_a_question_that_was_asked_about_may_be_taken_back(world: World) -> None:
    thread, monitor_id = world.watch("price of silver")
    submit(world, open_form(world, thread), query="weather on Venus")
    asked = until_form(world)
    submit(world, asked, query="price of silver today")
    until_said(world, thread, "“price of silver” → “price of silver today”")
    assert active(world) == [monitor_id]


def test_a_third_question_is_asked_about_again(world: World) -> None:
    thread, monitor_id = world.watch("price of copper")
    submit(world, open_form(world, thread), query="weather on Venus")
    answer = submit(world, until_form(world), query="elections in Peru")
    assert answer["response_action"] == "update"
    assert "elections in Peru" in shown_in_form(until_form(world))
    assert active(world) == [monitor_id]


def test_what_the_new_monitor_finds_waits_until_the_old_one_has_ended(world: World) -> None:
    """Parallel takes the new one and then refuses to end the old one for a while."""
    thread, old = world.watch("price of platinum")
    submit(world, open_form(world, thread), query="weather on Titan")
    world.fault("parallel", "status:503", match="POST */cancel")
    submit(world, until_form(world))
    new = world.until(lambda: next((each for each in active(world) if each != old), None))
    world.until_done("deliver", lambda: world.run(new, events=[finding("methane rain")]), about=new)
    assert world.replies(thread) == []
    world.calm()
    until_said(world, thread, "the old monitor has ended")
    until_said(world, thread, "methane rain")
    assert active(world) == [new]
    assert len(world.replies(thread)) == 2


def test_a_monitor_that_parallel_refuses_leaves_the_old_one(world: World) -> None:
    thread, old = world.watch("price of tin")
    submit(world, open_form(world, thread), query="weather on Io")
    world.fault("parallel", "status:422", match="POST /v1/monitors", times=1)
    submit(world, until_form(world))
    world.until(lambda: any("Parallel didn't accept" in each for each in world.whispers()))
    assert active(world) == [old]
    assert world.replies(thread) == []
    assert "price of tin" in world.card_text(thread)


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_new_monitor_whose_answer_is_lost_is_made_once(world: World, fault: str) -> None:
    thread, old = world.watch("price of zinc")
    submit(world, open_form(world, thread), query="weather on Europa")
    world.fault("parallel", fault, match="POST /v1/monitors", times=1)
    submit(world, until_form(world))
    until_said(world, thread, "the old monitor has ended")
    assert len(active(world)) == 1
    assert len(world.monitors()) == 2
    assert active(world) != [old]


def test_a_late_word_of_the_old_monitor_leaves_the_new_ones_card(
    world: World, settings: Settings
) -> None:
    thread, old = world.watch("price of nickel")
    submit(world, open_form(world, thread), query="weather on Rhea")
    submit(world, until_form(world))
    until_said(world, thread, "the old monitor has ended")
    world.until(lambda: "weather on Rhea" in world.card_text(thread))
    assert settings.parallel_webhook_secret is not None
    sender = ParallelSender(
        str(cast("Json", monitor(world, old)["webhook"])["url"]),
        settings.parallel_webhook_secret.get_secret_value(),
    )
    data: Json = {"monitor_id": old, "event": {}, "metadata": None}
    body = json.dumps({"type": "monitor.execution.completed", "data": data}).encode()
    world.until_done("refresh", lambda: sender.send(body), about=old)
    assert world.card_text(thread).startswith("Watching daily")
    assert "weather on Rhea" in world.card_text(thread)


@pytest.mark.parametrize(
    "held_by",
    first(
        2,
        [
            {"hold": {"by": ADA, "until": 4102444800}},
            {"hold": {"by": ADA, "frequency": "1d"}},
            {"delivery": {"mode": "daily", "at": "03:00:00", "zone": "Etc/GMT-14"}},
        ],
    ),
    ids=["snooze", "pause", "digest"],
)
def test_what_waited_of_the_old_question_is_posted_once_before_it_is_forgotten(
    world: World, held_by: Json
) -> None:
    thread, old = world.watch(f"price of iron {len(str(held_by))}")
    set_policy(world, old, held_by)
    world.until_done("deliver", lambda: world.run(old, events=[finding("iron is up")]), about=old)
    assert world.replies(thread) == []
    # The last webhook of all is lost, too.
    world.run(old, events=[finding("iron is down")], webhook="lost")
    submit(world, open_form(world, thread), query="weather on Venus")
    submit(world, until_form(world))
    until_said(world, thread, "the old monitor has ended")
    until_said(world, thread, "iron is down")
    (new,) = active(world)
    world.run(new, events=[finding("acid rain")])
    world.say("resume", thread=thread)
    if "delivery" in held_by:
        set_policy(world, new, {})
        world.run(new, events=[finding("more acid rain")])
    until_said(world, thread, "acid rain")
    said = "\n".join(world.replies(thread))
    assert [said.count(each) for each in ("iron is up", "iron is down")] == [1, 1]
