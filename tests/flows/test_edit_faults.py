"""What gets between a person and the change they wanted: each has one outcome, told in words."""

import json
from typing import Final, cast

import pytest

from tests.flows.findings import assert_each_once, finding
from tests.flows.forms import (
    at_parallel,
    errors_of,
    field_value,
    forms,
    open_form,
    shown_in_form,
    submit,
    until_form,
    until_notice,
)
from tests.flows.on_card import until_card
from tests.flows.signed import SlackSender
from tests.flows.test_edit import active, monitor, until_said, updates
from tests.flows.world import ADA, BEN, Json, Thread, World

pytestmark = pytest.mark.thorough

# The most that Parallel takes as a value of metadata.
LONGEST: Final = "x" * 512


@pytest.fixture(autouse=True)
def close_modals(world: World) -> None:
    for each in cast("list[Json]", world.state()["modals"]):
        body: Json = {"clear_all": True, "user": each["user"]}
        world.post(f"/control/slack/views/{each['id']}/close", body)


def reply(world: World, thread: Thread, word: str, said: str) -> None:
    world.say(word, thread=thread)
    until_said(world, thread, said)


def policy(world: World, monitor_id: str) -> Json:
    metadata = cast("dict[str, str]", monitor(world, monitor_id)["metadata"])
    return cast("Json", json.loads(metadata["policy"]))


def test_a_form_is_filled_once_so_nothing_typed_is_overwritten(world: World) -> None:
    """Slack's answer to the first filling is lost; the second meets `hash_conflict`."""
    thread, _ = world.watch("opera prices")
    since = world.mark("slack")
    world.fault("slack", "drop_after", match="views.update", times=1)
    form = open_form(world, thread)

    def answers() -> list[object]:
        calls = world.slack_calls("views.update", since=since)
        return [cast("Json", each["answer"] or {}).get("error") for each in calls]

    world.until(lambda: "hash_conflict" in answers())
    submit(world, form, every="1w")
    until_said(world, thread, "daily → weekly")


@pytest.mark.parametrize("fault", ["drop_after", "429"])
def test_what_slack_doesn_t_take_at_once_while_a_question_is_replaced_is_said_once(
    world: World, fault: str
) -> None:
    """The answer's, and a finding of the old question that waits for Slack."""
    thread, old = world.watch(f"price of palladium {fault}")
    form = open_form(world, thread)
    submit(world, form, query="weather on Pluto")
    form = until_form(world)
    world.fault("slack", fault, match="chat.postMessage", times=2, seconds=2)
    world.run(old, events=[finding("palladium is up")])
    submit(world, form)
    (_, new) = world.until(
        lambda: both if len(both := [m["monitor_id"] for m in world.monitors()][::-1]) > 1 else None
    )
    until_said(world, thread, "palladium is up")
    until_said(world, thread, "the old monitor has ended")
    until_card(world, thread, "weather on Pluto")
    assert_each_once(world, thread, str(new), ["", ""])


def test_a_form_that_someone_overtook_shows_how_it_is_now_and_what_was_typed(world: World) -> None:
    thread, monitor_id = world.watch("ballet premieres")
    mine, theirs = open_form(world, thread), open_form(world, thread, user=BEN)
    submit(world, theirs, user=BEN, every="1w", country="de")
    until_said(world, thread, "Changed by Ben")
    since = world.mark("parallel")
    answer = submit(world, mine, query="ballet premieres, Vienna", only="wien.gv.at")
    assert answer["response_action"] == "update"
    fresh = until_form(world)
    shown = shown_in_form(fresh)
    assert "Someone changed this monitor while your form was open, so nothing was saved." in shown
    assert "“ballet premieres” → “ballet premieres, Vienna”" in shown
    assert "only wien.gv.at" in shown
    assert (field_value(fresh, "query"), field_value(fresh, "country")) == (
        "ballet premieres",
        "de",
    )
    assert "'value': '1w'" in shown
    assert updates(world, monitor_id, since) == []
    submit(world, fresh, query="ballet premieres, Vienna")
    until_said(world, thread, "“ballet premieres” → “ballet premieres, Vienna”")
    assert monitor(world, monitor_id)["frequency"] == "1w"


def test_of_two_changes_at_the_same_moment_one_is_made_and_the_other_told(world: World) -> None:
    thread, monitor_id = world.watch("musical premieres")
    mine, theirs = open_form(world, thread), open_form(world, thread, user=BEN)
    world.fault("parallel", "slow", match="POST */update", times=1, seconds=60)
    submit(world, mine, every="1w")
    world.until_held("parallel")
    submit(world, theirs, user=BEN, every="1h")
    world.calm()
    (told,) = world.until(world.whispers)
    assert "Someone changed this monitor at the same time, so your change wasn't made." in told
    assert "weekly → hourly" in told
    until_said(world, thread, "Changed by Ada Admin: daily → weekly.")
    assert monitor(world, monitor_id)["frequency"] == "1w"
    assert len(world.replies(thread)) == 1


def test_a_form_sent_twice_counts_once(world: World) -> None:
    thread, monitor_id = world.watch("circus premieres")
    form = open_form(world, thread)
    since = world.mark("parallel")
    view = cast("Json", forms(world)[0]["view"])
    submit(world, form, every="1w")
    until_said(world, thread, "daily → weekly")
    values = cast("dict[str, dict[str, Json]]", cast("Json", view["state"])["values"])
    seen = next(name for name in values if name.startswith("every:"))
    values[seen] = {"every": {"selected_option": {"value": "1w"}}}
    payload: Json = {
        "type": "view_submission",
        "api_app_id": "A0SANDBOX01",
        "team": {"id": world.team_id},
        "user": {"id": ADA, "team_id": world.team_id},
        "trigger_id": "1.2.3",
        "view": view,
    }
    answer = SlackSender.of(world).interaction(payload)
    assert answer.status_code == 200
    assert len(updates(world, monitor_id, since)) == 1
    assert len(world.replies(thread)) == 1


def test_a_monitor_that_ended_cannot_be_edited(world: World) -> None:
    thread, monitor_id = world.watch("puppet premieres")
    form = open_form(world, thread)
    reply(world, thread, "cancelmonitor", "Cancelled.")
    since = world.mark("parallel")
    assert submit(world, form, every="1w")["response_action"] == "update"
    until_notice(world, "This monitor is cancelled, so nothing was changed.")
    assert updates(world, monitor_id, since) == []


@pytest.mark.parametrize("query", ["jazz premieres in Bonn", "weather on Pluto"])
def test_an_edit_and_a_cancel_at_the_same_moment_end_it(world: World, query: str) -> None:
    """The one that was asked for first is done first; in the end nothing runs."""
    thread, _ = world.watch("jazz premieres")
    form = open_form(world, thread)
    if submit(world, form, query=query)["response_action"] == "update":
        world.fault("parallel", "slow", match="POST *", times=2, seconds=0.5)
        submit(world, until_form(world))
    world.say("cancelmonitor", thread=thread)
    until_said(world, thread, "Cancelled.")
    assert active(world) == []
    said = world.replies(thread)
    assert [each.split()[0] for each in said] == ["Changed", "Cancelled."]
    world.until(lambda: world.card_text(thread).startswith("Cancelled"))


def test_an_edit_after_a_cancel_changes_nothing(world: World) -> None:
    thread, monitor_id = world.watch("blues premieres")
    form = open_form(world, thread)
    submit(world, form, query="weather on Ceres")
    asked = until_form(world)
    world.fault("parallel", "slow", match="POST */cancel", times=1, seconds=1)
    world.say("cancelmonitor", thread=thread)
    submit(world, asked)
    until_said(world, thread, "Cancelled.")
    world.until(
        lambda: any("is cancelled" in each for each in [*world.whispers(), *notices(world)])
    )
    assert [each["monitor_id"] for each in world.monitors()] == [monitor_id]


def notices(world: World) -> list[str]:
    return [shown_in_form(cast("Json", each["view"])) for each in forms(world)]


def test_of_a_paused_monitor_it_changes_what_it_goes_back_to(world: World) -> None:
    thread, monitor_id = world.watch("--every 6h folk premieres")
    reply(world, thread, "pause", "Paused.")
    form = open_form(world, thread)
    assert "'value': '6h'" in shown_in_form(form)
    submit(world, form, every="1w", depth="base")
    until_said(world, thread, "every 6 hours → weekly · normal search → deep search")
    assert monitor(world, monitor_id)["frequency"] == "30d"
    assert cast("Json", policy(world, monitor_id)["hold"])["frequency"] == "1w"
    assert world.card_text(thread).startswith("Paused")
    reply(world, thread, "resume", "Watching weekly again.")
    assert monitor(world, monitor_id)["frequency"] == "1w"


def test_another_question_for_a_paused_monitor_stays_paused(world: World) -> None:
    thread, old = world.watch("--every 6h punk premieres")
    reply(world, thread, "pause", "Paused.")
    submit(world, open_form(world, thread), query="weather on Eris", every="1w")
    submit(world, until_form(world))
    until_said(world, thread, "the old monitor has ended")
    (new,) = active(world)
    assert new != old
    assert monitor(world, new)["frequency"] == "30d"
    assert cast("Json", policy(world, new)["hold"])["frequency"] == "1w"
    world.until(lambda: world.card_text(thread).startswith("Paused"))


def test_metadata_of_others_stays_however_long(world: World) -> None:
    thread, monitor_id = world.watch("soul premieres")
    made = cast("dict[str, str]", monitor(world, monitor_id)["metadata"])
    at_parallel(world, monitor_id, metadata={**made, "theirs": LONGEST})
    submit(world, open_form(world, thread), every="1w")
    until_said(world, thread, "daily → weekly")
    assert cast("Json", monitor(world, monitor_id)["metadata"])["theirs"] == LONGEST


def test_what_parallel_refuses_is_told_and_nothing_is_changed(world: World) -> None:
    """For example a value of the metadata with more than 512 characters."""
    thread, monitor_id = world.watch("indie premieres")
    form = open_form(world, thread)
    world.fault("parallel", "status:422", match="POST */update", times=1)
    submit(world, form, every="1h")
    (told,) = world.until(world.whispers)
    assert told.startswith("Parallel didn't accept this request.")
    assert (monitor(world, monitor_id)["frequency"], world.replies(thread)) == ("1d", [])


def test_a_slow_parallel_leaves_the_form_with_all_that_was_typed(world: World) -> None:
    thread, monitor_id = world.watch("rock premieres")
    form = open_form(world, thread)
    world.fault("parallel", "slow", match=f"GET /v1/monitors/{monitor_id}", seconds=30)
    answer = submit(world, form, query="rock premieres in Kiel")
    assert "Parallel isn't responding" in errors_of(answer)["query"]
    assert cast("float", answer["seconds"]) < 3
    assert "rock premieres in Kiel" in str(forms(world))
    world.calm()
    submit(world, form)
    until_said(world, thread, "rock premieres in Kiel")


def test_a_query_too_long_for_a_form_stays_as_it_is(world: World) -> None:
    query = "premieres of " + ", ".join(f"play{n}" for n in range(600))
    thread, monitor_id = world.watch(query)
    form = open_form(world, thread)
    assert "too many for this form" in shown_in_form(form)
    submit(world, form, every="1w")
    until_said(world, thread, "daily → weekly")
    assert monitor(world, monitor_id)["query"] == query
