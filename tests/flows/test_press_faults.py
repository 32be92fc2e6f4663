"""What gets between a press and its effect, for every button and menu: one outcome, in words."""

from collections.abc import Callable, Generator
from typing import Final, cast

import pytest

from tests.flows.findings import finding
from tests.flows.forms import at_parallel, forms, shown_in_form, until_form
from tests.flows.home import Home
from tests.flows.on_card import at_once, choose, frequency, policy, until_card
from tests.flows.world import ADA, BEN, CLEO, Json, Thread, World

pytestmark = pytest.mark.thorough

NOT_OPENED: Final = "Slack didn't open the form in time. Please press the button again."
NOT_FILLED: Final = (
    "Slack didn't let me fill the form that you opened ({code}). Close it and press the button "
    "again in a minute."
)
GONE: Final = "isn't part of a monitor's thread, or Parallel doesn't have that monitor any more"

Press = Callable[[World, Thread], object]


def newest(world: World, thread: Thread) -> Thread:
    return Thread(thread.channel, str(world.reply_messages(thread)[-1]["ts"]))


def snooze(world: World, thread: Thread) -> None:
    choose(world, thread, "snooze")
    world.submit_modal(str(until_form(world)["id"]))


FORMS: Final[dict[str, Press]] = {
    "edit": lambda world, thread: world.click(thread, "edit"),
    "history": lambda world, thread: world.click(thread, "history"),
    "snooze": lambda world, thread: choose(world, thread, "snooze"),
    "delivery": lambda world, thread: choose(world, thread, "delivery"),
    "not_relevant": lambda world, thread: world.click(newest(world, thread), "not_relevant"),
    "shortcut": lambda world, thread: world.shortcut(thread),
}
AT_ONCE: Final[dict[str, Press]] = {
    "check now": lambda world, thread: world.click(thread, "run_now"),
    "cancel": lambda world, thread: world.click(thread, "cancel_monitor"),
    "pause": lambda world, thread: choose(world, thread, "pause"),
    "snooze": snooze,
}


@pytest.fixture(autouse=True)
def close_modals(world: World) -> Generator[None]:
    yield
    for each in cast("list[Json]", world.state()["modals"]):
        body: Json = {"clear_all": True, "user": each["user"]}
        world.post(f"/control/slack/views/{each['id']}/close", body)


@pytest.fixture
def slow_runs(world: World) -> Generator[None]:
    """A check that is asked for isn't over before another one is."""
    settings = "/control/parallel/settings"
    before = world.get(settings)
    world.change(settings, creation_run=False, creation_run_seconds=600)
    yield
    world.change(
        settings, **{name: before[name] for name in ("creation_run", "creation_run_seconds")}
    )


def watched(world: World, query: str) -> tuple[Thread, str]:
    """A monitor with a finding in its thread."""
    thread, monitor_id = world.watch(query)
    world.run(monitor_id, events=[finding("a premiere")])
    world.until(lambda: world.replies(thread))
    return thread, monitor_id


def heard(world: World) -> str:
    """What single persons were told in the channel, or see in a modal."""
    shown = [shown_in_form(cast("Json", each["view"])) for each in forms(world)]
    return "\n".join([*world.whispers(), *shown])


def views(world: World) -> list[Json]:
    return [cast("Json", each["view"]) for each in forms(world)]


@pytest.mark.parametrize("code", ["expired_trigger_id", "trigger_expired", "internal_error"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_slack_does_not_open_in_time_is_told(
    world: World, name: str, code: str
) -> None:
    thread, _ = watched(world, f"opera premieres, {name}, {code}")
    world.fault("slack", f"error:{code}", match="views.open", times=1)
    FORMS[name](world, thread)
    assert world.until(world.whispers) == [NOT_OPENED]
    FORMS[name](world, thread)
    world.until(lambda: forms(world))


@pytest.mark.parametrize("label", ["New monitor", "Change rules"])
def test_one_of_the_home_tab_is_told_there(world: World, label: str) -> None:
    home = Home(world, world.user)
    home.open()
    home.until("New monitor")
    world.fault("slack", "error:expired_trigger_id", match="views.open", times=1)
    home.press(label)
    world.until(lambda: NOT_OPENED in home.words())
    home.press(label)
    world.until(home.modal)


@pytest.mark.parametrize("code", ["internal_error", "ratelimited", "fatal_error"])
@pytest.mark.parametrize("name", ["edit", "history", "delivery", "not_relevant", "shortcut"])
def test_a_form_that_slack_keeps_refusing_to_fill_ends_with_what_to_do(
    world: World, name: str, code: str
) -> None:
    thread, _ = watched(world, f"operetta premieres, {name}, {code}")
    world.fault("slack", f"error:{code}", match="views.update")
    FORMS[name](world, thread)
    (told,) = world.until(world.whispers)
    assert told == NOT_FILLED.format(code=code)
    world.calm()
    FORMS[name](world, thread)
    world.until(lambda: any("One moment" not in shown_in_form(each) for each in views(world)))


@pytest.mark.parametrize("code", ["internal_error", "ratelimited"])
def test_one_of_the_home_tab_that_slack_keeps_refusing_to_fill_is_told_there(
    world: World, code: str
) -> None:
    home = Home(world, world.user)
    home.open()
    home.until("New monitor")
    world.fault("slack", f"error:{code}", match="views.update")
    home.press("Connect your own account")
    world.until(lambda: NOT_FILLED.format(code=code) in home.words())


@pytest.mark.parametrize("name", FORMS | AT_ONCE)
def test_of_a_monitor_that_is_gone_one_person_is_told(world: World, name: str) -> None:
    thread, monitor_id = watched(world, f"mime premieres, {name}")
    at_parallel(world, monitor_id, metadata={})
    said, since = world.replies(thread), world.mark("parallel")
    (FORMS | AT_ONCE)[name](world, thread)
    world.until(lambda: GONE in heard(world))
    assert world.replies(thread) == said
    changes = [each["path"] for each in world.requests("parallel", since=since)]
    assert not [each for each in changes if str(each).startswith(f"/v1/monitors/{monitor_id}/")]


def test_two_people_who_cancel_at_once_read_one_sentence_or_that_it_was_done(world: World) -> None:
    thread, monitor_id = world.watch("waltz premieres")
    done = world.jobs("intent")
    at_once(
        *(lambda who=who: world.click(thread, "cancel_monitor", user=who) for who in (ADA, BEN))
    )
    world.until(lambda: world.jobs("intent") >= done + 2)
    assert [each.split(".")[0] for each in world.replies(thread)] in (
        ["Cancelled"],
        ["Cancelled", "This monitor is already cancelled"],
    )
    assert world.card_text(thread).startswith("Cancelled")
    (monitor,) = [each for each in world.monitors() if each["monitor_id"] == monitor_id]
    assert monitor["status"] == "cancelled"


@pytest.mark.usefixtures("slow_runs")
def test_two_people_who_ask_for_a_check_at_once_get_one(world: World) -> None:
    thread, monitor_id = world.watch("tango premieres")
    since = world.mark("parallel")
    at_once(*(lambda who=who: world.click(thread, "run_now", user=who) for who in (ADA, BEN)))
    (told,) = world.until(world.whispers)
    assert "already" in told
    world.until(lambda: len(world.replies(thread)) == 1)
    asked = [each["path"] for each in world.requests("parallel", since=since)]
    assert asked.count(f"/v1/monitors/{monitor_id}/trigger") == 1


def test_two_people_who_snooze_are_both_told_until_when(world: World) -> None:
    thread, monitor_id = world.watch("polka premieres")
    for who in (ADA, CLEO):
        choose(world, thread, "snooze", user=who)
        view = until_form(world, user=who)
        world.post(f"/control/slack/views/{view['id']}/submit", {"values": {}, "user": who})
    world.until(lambda: len(world.replies(thread)) == 2)
    assert all("Snoozed" in each for each in world.replies(thread))
    until_card(world, thread, "Snoozed until")
    assert frequency(world, monitor_id) == "1d"


def test_of_two_who_choose_a_delivery_at_once_one_is_set_and_the_other_told(world: World) -> None:
    thread, monitor_id = world.watch("samba premieres")
    views: dict[str, Json] = {}
    for who in (ADA, BEN):
        choose(world, thread, "delivery", user=who)
        views[who] = until_form(world, user=who)

    def send(who: str, when: str) -> None:
        values: Json = {"when": {"when": {"selected_option": {"value": when}}}}
        body: Json = {"values": values, "user": who}
        world.post(f"/control/slack/views/{views[who]['id']}/submit", body)

    at_once(lambda: send(ADA, "daily"), lambda: send(BEN, "weekly3"))
    (told,) = world.until(world.whispers)
    assert "Someone changed the delivery while your form was open" in told
    (said,) = world.until(lambda: world.replies(thread))
    mode = "Daily" if policy(world, monitor_id)["delivery"]["mode"] == "daily" else "Weekly"
    other = {"Daily": "Weekly", "Weekly": "Daily"}[mode]
    assert f"Delivery from now on: {mode} digest" in said
    assert f"It's now: {mode} digest" in told
    assert f"You wanted: {other} digest" in told
    # With the form as it is by now, the other one may have their way.
    loser = BEN if mode == "Daily" else ADA
    choose(world, thread, "delivery", user=loser)
    views[loser] = until_form(world, user=loser)
    send(loser, "daily" if loser == ADA else "weekly3")
    world.until(lambda: f"Delivery from now on: {other} digest" in world.replies(thread)[-1])


def test_a_delivery_form_is_filled_once_so_nothing_typed_is_overwritten(world: World) -> None:
    """Slack's answer to the first filling is lost; the second meets `hash_conflict`."""
    thread, _ = world.watch("rumba premieres")
    since = world.mark("slack")
    world.fault("slack", "drop_after", match="views.update", times=1)
    choose(world, thread, "delivery")

    def answers() -> list[object]:
        calls = world.slack_calls("views.update", since=since)
        return [cast("Json", each["answer"] or {}).get("error") for each in calls]

    world.until(lambda: "hash_conflict" in answers())
    view = until_form(world)
    world.submit_modal(str(view["id"]), {"when": {"when": {"selected_option": {"value": "daily"}}}})
    world.until(lambda: "Daily digest" in " ".join(world.replies(thread)))


def test_a_reply_to_a_monitor_that_is_gone_is_answered(world: World) -> None:
    thread, monitor_id = watched(world, "ballet premieres")
    at_parallel(world, monitor_id, metadata={})
    world.say("cancelmonitor", thread=thread)
    (said,) = world.until(world.whispers)
    assert "Parallel doesn't know this monitor" in said
