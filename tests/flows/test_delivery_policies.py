"""When and how findings are posted: digests, quiet hours, the confidence floor, where, and whom."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

import pytest

from monitors.model.workspace import Workspace
from monitors.settings import Settings
from sandbox.demo import DEMO_ACCOUNT
from tests.first import first
from tests.flows.app import RunningApp
from tests.flows.findings import finding
from tests.flows.forms import title_of, until_notice
from tests.flows.on_card import choose, monitor, policy, run, say, set_policy, until_card
from tests.flows.test_form import opened, submit
from tests.flows.world import ADA, BEN, Json, Thread, World, shown_in
from tests.job_log import ended
from tests.servers import free_port

NEW_YORK: Final = "America/New_York"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


@pytest.fixture(autouse=True)
def in_new_york(world: World) -> None:
    live_in(world, NEW_YORK)


def live_in(world: World, zone: str) -> None:
    world.change(f"/control/slack/users/{ADA}", tz=zone)


def form(world: World, thread: Thread) -> Json:
    """The delivery form of a monitor, once it is filled."""
    choose(world, thread, "delivery")
    return world.until_form()


def fill(world: World, view: Json, *, ticked: Sequence[str] | None = None, **chosen: str) -> Json:
    """Submit the form: `when="daily"`, `at="09:00"` and the like."""
    values: Json = {}
    for name, value in chosen.items():
        is_time = name in {"at", "quiet_from", "quiet_until"}
        picked = {"selected_time": value} if is_time else {"selected_option": {"value": value}}
        values[name] = {name: picked}
    if ticked is not None:
        values["where"] = {"where": {"selected_options": [{"value": each} for each in ticked]}}
    return world.submit_modal(str(view["id"]), values)


def deliver_by(
    world: World, thread: Thread, *, ticked: Sequence[str] | None = None, **chosen: str
) -> str:
    """Choose a policy; what the app then says. A finding that waited may come before it."""

    def said() -> list[str]:
        answers = ("Delivery from now on", "Delivery is already set")
        return [each for each in world.replies(thread) if each.startswith(answers)]

    view, before = form(world, thread), len(said())
    fill(world, view, ticked=ticked, **chosen)
    return world.until(lambda: said()[before:])[0]


def far_hour() -> str:
    """In New York, half a day from now."""
    return f"{datetime.now(ZoneInfo(NEW_YORK)) + timedelta(hours=12):%H:%M}"


def soon(zone: str, seconds: int = 2) -> str:
    at = datetime.now(ZoneInfo(zone)) + timedelta(seconds=seconds)
    return at.time().replace(microsecond=0).isoformat()


def let_digest_come(world: World, monitor_id: str) -> None:
    """In two seconds, although the form only offers minutes."""
    changed = policy(world, monitor_id)
    changed["delivery"]["at"] = soon(str(changed["delivery"]["zone"]))
    set_policy(world, monitor_id, changed)


def found(world: World, thread: Thread) -> list[str]:
    return [each for each in world.replies(thread) if "news" in each]


def held(world: World, monitor_id: str, thread: Thread, *words: str) -> None:
    """Runs whose findings wait: their jobs have ended, and nothing stands in the thread."""
    for each in words:
        jobs = ended("deliver", "Done", about=monitor_id)
        run(world, monitor_id, each)
        world.until(lambda before=jobs: ended("deliver", "Done", about=monitor_id) > before)
        assert each not in " ".join(world.replies(thread))


def graded(confidence: str | None) -> Json:
    event = finding(f"news with {confidence} confidence")
    grade: Json = {"field": "content", "reasoning": "So it says.", "citations": []}
    grade |= {"confidence": confidence} if confidence else {}
    cast("dict[str, list[Json]]", event["output"])["basis"] = [grade]
    return event


def test_a_digest_holds_findings_and_brings_them_together_once(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    at = far_hour()
    said = deliver_by(world, thread, when="daily", at=at)
    hour = time.fromisoformat(at)
    words = f"Daily digest at {hour:%I:%M %p}".replace("at 0", "at ")
    assert said.startswith(f"Delivery from now on: {words}; times in {NEW_YORK}.")
    until_card(world, thread, words)
    assert policy(world, monitor_id)["delivery"] == {
        "mode": "daily",
        "at": f"{at}:00",
        "zone": NEW_YORK,
    }
    held(world, monitor_id, thread, "news first")
    # A webhook that is lost changes nothing.
    world.run(monitor_id, events=[finding("news second")], webhook="lost")
    assert words in say(world, "status", thread)
    let_digest_come(world, monitor_id)
    (digest,) = world.until(lambda: found(world, thread))
    assert digest.index("news first") < digest.index("news second")
    message = next(m for m in world.reply_messages(thread) if "news" in str(m["text"]))
    assert "2 findings since yesterday for “new papers on fusion”" in shown_in(message)
    # The next day's: those are not repeated, and one alone is named so.
    held(world, monitor_id, thread, "news third")
    let_digest_come(world, monitor_id)
    _, third = world.until(lambda: both if len(both := found(world, thread)) > 1 else None)
    assert "1 finding since yesterday" in third
    assert "news first" not in third


def test_switching_a_digest_on_replays_nothing_and_off_posts_what_waits(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fission")
    run(world, monitor_id, "news before")
    world.until(lambda: found(world, thread))
    weekday = datetime.now(ZoneInfo(NEW_YORK)).weekday()
    said = deliver_by(world, thread, when=f"weekly{(weekday + 3) % 7}", at="09:00")
    assert "Weekly digest on" in said
    held(world, monitor_id, thread, "news while it is on")
    assert "already set" in deliver_by(world, thread)
    assert "As it happens" in deliver_by(world, thread, when="now")
    _, last = world.until(lambda: both if len(both := found(world, thread)) > 1 else None)
    assert "news while it is on" in last
    assert "news before" not in last
    assert "delivery" not in policy(world, monitor_id)
    until_card(world, thread, "Watching daily")
    assert "digest" not in world.card_text(thread)


def test_quiet_hours_over_midnight_hold_and_then_let_go(world: World) -> None:
    """Where Ada lives it has just struck twelve."""
    hour = datetime.now(UTC).hour
    zone = f"Etc/GMT+{hour}" if hour <= 12 else f"Etc/GMT-{24 - hour}"
    live_in(world, zone)
    thread, monitor_id = world.watch("new papers on tokamaks")
    said = deliver_by(world, thread, quiet_from="22:00", quiet_until="07:00")
    assert f"As it happens; quiet from 10:00 PM to 7:00 AM; times in {zone}." in said
    held(world, monitor_id, thread, "news at night", "news a little later")
    changed = policy(world, monitor_id)
    changed["delivery"]["quiet"] = ["22:00:00", soon(zone)]
    set_policy(world, monitor_id, changed)
    world.until(lambda: len(found(world, thread)) == 2)
    run(world, monitor_id, "news by day")
    world.until(lambda: len(found(world, thread)) == 3)


def test_findings_below_the_floor_are_counted_and_not_posted(world: World) -> None:
    thread, monitor_id = world.watch("new papers on stellarators")
    assert "medium or high" in deliver_by(world, thread, floor="medium")
    events = [graded(each) for each in ("low", None, "medium", "high")]
    world.run(monitor_id, events=events)
    (shown,) = world.until(lambda: found(world, thread))
    for grade in ("None", "medium", "high"):
        assert f"news with {grade} confidence" in shown
    assert "with low" not in shown
    until_card(world, thread, "1 finding below the confidence floor")
    world.run(monitor_id, events=[graded("low")])
    until_card(world, thread, "2 findings below the confidence floor")
    assert "Not posted: 2 findings below the confidence floor." in say(world, "status", thread)
    # They are settled: a lower floor brings none of them back.
    deliver_by(world, thread, floor="low")
    world.run(monitor_id, events=[graded("low")])
    _, last = world.until(lambda: both if len(both := found(world, thread)) > 1 else None)
    assert last.count("news with low") == 1


def test_findings_may_stand_in_the_channel_and_name_the_owner(world: World) -> None:
    thread, monitor_id = world.watch("new papers on plasma")
    deliver_by(world, thread, ticked=["in_channel", "mentions"])
    run(world, monitor_id, "news for all")
    world.until(lambda: found(world, thread))
    message = next(m for m in world.reply_messages(thread) if "news" in str(m["text"]))
    assert (message["subtype"], message["pings"]) == ("thread_broadcast", [f"<@{ADA}>"])
    # Only findings: answers stay in the thread and notify nobody.
    say(world, "status", thread)
    answer = world.reply_messages(thread)[-1]
    assert (answer["subtype"], answer["pings"]) == (None, [])
    # Where Slack takes no more messages but replies, the thread is enough.
    refusal = "error:restricted_action_thread_only_channel"
    world.fault("slack", refusal, match="chat.postMessage", times=1)
    run(world, monitor_id, "news for the thread")
    world.until(lambda: len(found(world, thread)) == 2)
    last = world.reply_messages(thread)[-1]
    assert (last["subtype"], last["pings"]) == (None, [f"<@{ADA}>"])


def test_two_workers_post_a_digest_once(world: World, app: RunningApp) -> None:
    thread, monitor_id = world.watch("new papers on lasers")
    deliver_by(world, thread, when="daily", at=far_hour())
    held(world, monitor_id, thread, "news one", "news two")
    with RunningApp(app.settings.model_copy(update={"port": free_port()})):
        let_digest_come(world, monitor_id)
        world.until(lambda: found(world, thread))
        # Both were at it since then.
        run(world, monitor_id, "third")
        deliver_by(world, thread, when="now")
        world.until(lambda: any("third" in each for each in world.replies(thread)))
    assert len(found(world, thread)) == 1


def test_a_lost_row_loses_nothing_that_waits_afterwards(world: World, app: RunningApp) -> None:
    thread, monitor_id = world.watch("new papers on leptons")
    run(world, monitor_id, "news of old")
    world.until(lambda: found(world, thread))
    deliver_by(world, thread, when="daily", at=far_hour())
    acme = Workspace(world.team_id)
    app.do(lambda wiring: wiring.services.parts.monitors.drop(acme, monitor_id))
    # The next look makes it again, from now on.

    def cursor() -> object:
        row = app.do(lambda wiring: wiring.services.parts.monitors.get(acme, monitor_id))
        return row and row.cursor

    world.until(cursor)
    held(world, monitor_id, thread, "news since then")
    let_digest_come(world, monitor_id)
    _, last = world.until(lambda: both if len(both := found(world, thread)) > 1 else None)
    assert "news since then" in last
    assert "news of old" not in last


def test_a_pause_comes_before_a_digest(world: World) -> None:
    thread, monitor_id = world.watch("new papers on muons")
    deliver_by(world, thread, when="daily", at=far_hour())
    say(world, "pause", thread)
    run(world, monitor_id, "news in the pause")
    # What is chosen meanwhile counts afterwards.
    deliver_by(world, thread, when="daily", at=far_hour(), ticked=["in_channel"])
    assert monitor(world, monitor_id)["frequency"] == "30d"
    let_digest_come(world, monitor_id)
    assert "Delivery: Daily digest" in say(world, "status", thread)
    changed = policy(world, monitor_id)
    changed["delivery"]["at"] = f"{far_hour()}:00"
    set_policy(world, monitor_id, changed)
    assert "found in the meantime will be posted <!date^" in say(world, "resume", thread)
    assert found(world, thread) == []
    let_digest_come(world, monitor_id)
    world.until(lambda: found(world, thread))


def test_what_waits_when_a_monitor_is_cancelled_is_posted(world: World) -> None:
    thread, monitor_id = world.watch("new papers on neutrons")
    deliver_by(world, thread, when="daily", at=far_hour())
    held(world, monitor_id, thread, "news and waiting")
    world.say("cancelmonitor", thread=thread, user=BEN)
    world.until(lambda: found(world, thread))
    world.until(lambda: any(each.startswith("Cancelled. If") for each in world.replies(thread)))
    until_card(world, thread, "Cancelled")
    assert monitor(world, monitor_id)["status"] == "cancelled"
    (said,) = [each for each in world.replies(thread) if each.startswith("Cancelled")]
    assert "nothing more after it" in said


def test_a_form_that_is_out_of_date_changes_nothing(world: World) -> None:
    thread, monitor_id = world.watch("new papers on electrons")
    view = form(world, thread)
    say(world, "cancelmonitor", thread)
    fill(world, view, when="daily")
    world.until(lambda: "To start it again" in world.replies(thread)[-1])
    assert "delivery" not in policy(world, monitor_id)


def test_the_form_of_a_monitor_that_ended_at_parallel_says_so(world: World) -> None:
    thread, monitor_id = world.watch("new papers on positrons")
    ended = world.client.post(
        f"/parallel/v1/monitors/{monitor_id}/cancel", headers={"x-api-key": DEMO_ACCOUNT.api_key}
    )
    assert ended.is_success
    choose(world, thread, "delivery")
    world.until(lambda: "This monitor is cancelled" in str(world.state()["modals"]))


def test_the_form_of_an_owner_whom_slack_does_not_tell_of_says_so(world: World) -> None:
    thread, _ = world.watch("new papers on gravitons")
    world.fault("slack", "error:fatal_error", match="users.info", times=9)
    choose(world, thread, "delivery")
    until_notice(world, "Slack didn't tell me")
    assert title_of(world) == "Delivery"


def test_who_asks_for_a_check_sees_what_it_finds_at_once(world: World) -> None:
    thread, monitor_id = world.watch("new papers on protons")
    deliver_by(world, thread, when="daily", at=far_hour())
    held(world, monitor_id, thread, "news and waiting")
    world.click(thread, "run_now")
    world.until(lambda: found(world, thread))
    run(world, monitor_id, "news by the check")
    world.until(lambda: len(found(world, thread)) == 2)


def test_the_form_for_a_new_monitor_offers_a_digest(world: World) -> None:
    submit(world, opened(world), query="new papers on bosons", delivery="daily")
    thread, monitor_id = world.until_watching()
    until_card(world, thread, "Daily digest at 9:00 AM")
    # Only what differs from the defaults: it is at nine.
    assert policy(world, monitor_id)["delivery"] == {"mode": "daily", "zone": NEW_YORK}


def test_the_form_shows_what_is_chosen_and_says_what_is_wrong(world: World) -> None:
    thread, _ = world.watch("new papers on photons")
    deliver_by(
        world,
        thread,
        when="now",
        quiet_from="20:15",
        quiet_until="06:45",
        floor="high",
        ticked=["mentions"],
    )
    view = form(world, thread)
    for shown in ("20:15", "06:45", "Only high confidence", NEW_YORK):
        assert shown in str(view)
    answer = fill(world, view, quiet_from="06:45")
    errors = cast("Json", cast("Json", answer["answer"])["errors"])
    assert list(errors) == ["quiet_until"]
    assert world.state()["modals"] != []
    assert fill(world, view, quiet_from="20:15")["response_action"] is None
    # Sent as it was shown: nothing is lost of it.
    world.until(lambda: "already set" in world.replies(thread)[-1])


def test_a_stranger_to_zones_lives_in_utc(world: World) -> None:
    live_in(world, "Mars/Olympus")
    thread, monitor_id = world.watch("new papers on quarks")
    assert "times in UTC" in deliver_by(world, thread, when="daily", at="09:30")
    assert policy(world, monitor_id)["delivery"] == {"mode": "daily", "at": "09:30:00"}


@pytest.mark.parametrize(
    "broken", first(1, ["{", '{"delivery": {"mode": "hourly", "at": 9}}', "x" * 512])
)
def test_a_policy_that_cannot_be_read_delivers_as_it_happens(world: World, broken: str) -> None:
    thread, monitor_id = world.watch(f"new papers on gluons {len(broken)}")
    set_policy(world, monitor_id, broken)
    run(world, monitor_id, "news as ever")
    world.until(lambda: found(world, thread))


def test_a_post_in_the_channel_whose_answer_is_lost_stands_there_once(world: World) -> None:
    thread, monitor_id = world.watch("new papers on mesons")
    deliver_by(world, thread, ticked=["in_channel"])
    world.fault("slack", "drop_after", match="chat.postMessage", times=1)
    run(world, monitor_id, "news that was posted")
    run(world, monitor_id, "news afterwards")
    world.until(lambda: "news afterwards" in world.replies(thread)[-1])
    assert len(found(world, thread)) == 2
