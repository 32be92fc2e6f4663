"""Webhooks become findings in threads: every shape, every oddity, each part once."""

from datetime import datetime
from typing import Final, cast

import httpx
import pytest

from monitors.settings import Settings
from sandbox.plain_http import NO_TLS
from tests.first import first
from tests.flows.world import Json, Thread, World, shown_in
from tests.job_log import ended

SOURCE: Final = {"url": "https://example.org/a?b=c&d=e", "title": "Example Journal"}


def basis(field: str = "output", **more: object) -> Json:
    return {"field": field, "reasoning": "r", "citations": [SOURCE], **more}


def text_event(content: str, **more: object) -> Json:
    output = {"type": "text", "content": content, "basis": [basis(confidence="high")]}
    return {"event_type": "event_stream", "event_date": "2026-04", "output": output, **more}


def found(world: World, thread: Thread, *, messages: int = 1) -> list[Json]:
    """The findings in a thread, once there are that many."""
    return world.until(
        lambda: seen if len(seen := world.reply_messages(thread)) >= messages else None
    )


def shown(message: Json) -> str:
    return " ".join(shown_in(message).split())


def test_a_text_finding_tells_content_source_date_and_confidence(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[text_event("**Acme** raised prices by 5% & more.")])
    (message,) = found(world, thread)
    for said in (
        "New finding for “new papers on fusion”",
        "Acme raised prices by 5% & more.",
        "Example Journal",
        "Dated April 2026 (Parallel's estimate)",
        "high confidence",
    ):
        assert said in shown(message), said
    assert '"https://example.org/a?b=c&d=e"' in str(message["blocks"]).replace("'", '"')
    # Screen readers hear the text instead of the blocks: the essentials stand there too.
    for said in ("raised prices by 5% &amp; more.", "https://example.org/a?b=c&amp;d=e", "high"):
        assert said in str(message["text"]), said
    assert message["thread_ts"] == thread.ts
    assert message["subtype"] is None


def test_a_json_finding_tells_its_fields_by_name(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    content: Json = {"headline": "Rates held", "change": 0.25, "tags": ["a", "b"], "empty": None}
    output = {"type": "json", "content": content, "basis": [basis("headline")]}
    world.run(monitor_id, events=[{"event_type": "event_stream", "output": output}])
    (message,) = found(world, thread)
    for said in ("headline: Rates held", "change: 0.25", "tags: a b"):
        assert said in shown(message), said


def test_a_snapshot_tells_what_changed_as_old_to_new(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    event: Json = {
        "event_type": "snapshot",
        "changed_output": {"type": "json", "content": {"status": "shipped", "colour": "red"}},
        "previous_output": {"type": "json", "content": {"status": "delayed", "price": 5}},
    }
    world.run(monitor_id, events=[event])
    (message,) = found(world, thread)
    assert "status: delayed → shipped" in shown(message)
    assert "colour (new): red" in shown(message)
    assert "price" not in shown(message)


def test_several_findings_of_a_run_come_together_and_numbered(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[text_event(f"Thing {n}") for n in range(3)])
    (message,) = found(world, thread)
    assert "3 new findings" in shown(message)
    assert [f"Finding {n} of 3" in shown(message) for n in (1, 2, 3)] == [True] * 3


def test_an_event_of_an_unknown_type_is_shown_plainly(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, "unknown_type")
    (message,) = found(world, thread)
    assert "a new kind of update (trend_shift)" in shown(message)
    assert "has never heard of" in shown(message)
    world.say("history", thread=thread)
    line = "• New kind of update (trend_shift): severity: level: 3"
    world.until(lambda: any(line in each for each in world.replies(thread)))


def test_fields_of_later_versions_do_not_stop_a_finding(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    later = {"severity": {"level": 3}, "output_v2": [1, None], "event_date": 20260401}
    world.run(monitor_id, events=[text_event("Still readable", **later)])
    (message,) = found(world, thread)
    assert "Still readable" in shown(message)


def test_a_huge_finding_is_split_into_messages_in_order_and_nothing_is_lost(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    words = [f"word{n:05d}" for n in range(3000)]
    event = text_event(" ".join(words))
    world.run(monitor_id, events=[event])
    messages = world.until(lambda: whole(world.reply_messages(thread)))
    assert len(messages) >= 5
    text = " ".join(shown_in(message) for message in messages)
    assert [word for word in text.split() if word.startswith("word")] == words
    for number, message in enumerate(messages, start=1):
        assert f"({number}/{len(messages)})" in shown(message)


def whole(messages: list[Json]) -> list[Json]:
    """The messages once the last of so many stands there: a channel takes one a second."""
    last = messages[-1] if messages else None
    return messages if last and f"({len(messages)}/{len(messages)})" in shown(last) else []


@pytest.mark.parametrize("count", [21, 100])
def test_more_findings_than_a_page_holds_all_arrive_once(world: World, count: int) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    events = [text_event(f"Item-{n:03d} " + "x" * 40) for n in range(count)]
    world.run(monitor_id, events=events)
    messages = world.until(lambda: whole(world.reply_messages(thread)))
    text = " ".join(shown_in(message) for message in messages)
    items = [word for word in text.split() if word.startswith("Item-")]
    assert sorted(items) == [f"Item-{n:03d}" for n in range(count)]


@pytest.mark.parametrize("webhook", ["doubled", "late", "v1alpha_shape"])
def test_a_doubled_late_or_old_fashioned_webhook_brings_one_message(
    world: World, webhook: str
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, webhook=webhook, late_seconds=0.3)
    found(world, thread)
    tries = 2 if webhook == "doubled" else 1
    wanted = "monitor.event.detected"
    world.until(
        lambda: len([t for t in world.deliveries(monitor_id) if t["type"] == wanted]) == tries
    )
    world.run(monitor_id, events=[text_event("a later finding")])
    found(world, thread, messages=2)
    assert len(world.replies(thread)) == 2


@pytest.mark.parametrize("webhook", ["forged", "stale"])
def test_a_forged_or_stale_webhook_is_refused_and_leaves_no_trace(
    world: World, webhook: str
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, webhook=webhook)
    world.until(lambda: 401 in [each["status"] for each in world.deliveries(monitor_id)])
    # The next finding is the only one to come, whatever the refused webhook said.
    world.run(monitor_id)
    found(world, thread, messages=1)
    assert len(world.replies(thread)) == 1


@pytest.mark.parametrize("group_field", first(1, ["monitor_group_id", "event_group_id", "both"]))
@pytest.mark.parametrize("where", ["group_field", "webhook_group_field"])
def test_a_group_is_known_by_either_of_its_names(
    world: World, where: str, group_field: str
) -> None:
    usual = {"group_field": "monitor_group_id", "webhook_group_field": "event_group_id"}
    world.change("/control/parallel/settings", **{where: group_field})
    try:
        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id, events=[text_event("By any name")])
        (message,) = found(world, thread)
    finally:
        world.change("/control/parallel/settings", **usual)
    assert "By any name" in shown(message)


@pytest.mark.parametrize("key_reading", ["raw", "base64"])
def test_a_webhook_signed_with_either_reading_of_the_secret_is_taken(
    world: World, key_reading: str
) -> None:
    world.change("/control/parallel/accounts/demo", key_reading=key_reading)
    try:
        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id)
        assert found(world, thread)
    finally:
        world.change("/control/parallel/accounts/demo", key_reading="raw")


def test_a_webhook_with_several_signatures_is_taken_while_a_secret_rotates(
    world: World, settings: Settings
) -> None:
    secret = settings.parallel_webhook_secret
    assert secret is not None
    path = "/control/parallel/accounts/demo"
    world.change(path, webhook_secrets=["whsec_bmV3IHNlY3JldA==", secret.get_secret_value()])
    try:
        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id)
        assert found(world, thread)
    finally:
        world.change(path, webhook_secrets=[secret.get_secret_value()])


def test_a_run_refreshes_the_card_and_one_without_findings_does_nothing_else(world: World) -> None:
    quiet = world.room()
    thread, monitor_id = world.watch("new papers on fusion")
    silent_thread, silent_id = quiet.watch("new papers on fission")
    world.run(monitor_id)
    quiet.run(silent_id, "nothing")
    world.until(lambda: "checked " in world.card_text(thread))
    quiet.until(lambda: "checked " in quiet.card_text(silent_thread))
    # The card may have been drawn for the check at creation.
    world.until(lambda: world.replies(thread))
    assert len(world.replies(thread)) == 1
    assert len(quiet.messages()) == 1


def test_a_run_that_ends_while_the_card_is_drawn_is_on_the_card(world: World) -> None:
    """Its webhook finds a job that has read the monitor already."""
    thread, monitor_id = world.watch("new papers on tokamaks")

    def last_run() -> int:
        at = str(world.monitor(monitor_id)["last_run_at"])
        return int(datetime.fromisoformat(at).timestamp())

    # The reconciler's first pass may have a delivery draw the card.
    world.until(lambda: world.jobs("reconcile"))
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))
    world.until_done("refresh", lambda: world.run(monitor_id, "nothing"), about=monitor_id)
    world.fault("slack", "slow", match="chat.update", times=1, seconds=3)
    world.run(monitor_id, "nothing")
    drawn = last_run()
    world.until(lambda: world.channel not in str(world.get("/control/slack/faults")))
    world.until(lambda: world.run(monitor_id, "nothing") and last_run() > drawn)
    world.until(lambda: str(last_run()) in world.card_text(thread))


def test_a_streak_of_failed_runs_is_told_once_and_a_new_streak_again(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    # Its first run would end a streak that began before it.
    world.until(lambda: "checked" in world.card_text(thread))
    for _ in range(3):
        world.until_done(
            "notify", lambda: world.run(monitor_id, "failed", error="No <answer>"), about=monitor_id
        )
    (notice,) = world.until(lambda: world.replies(thread))
    assert "The latest check failed. Parallel said: “No &lt;answer&gt;”" in notice
    assert "run now" in notice
    world.run(monitor_id, events=[text_event("It works again")])
    found(world, thread, messages=2)
    world.until_done(
        "notify", lambda: world.run(monitor_id, "failed", webhook="doubled"), about=monitor_id
    )
    world.until(lambda: len(world.replies(thread)) == 3)


def test_a_run_that_fails_while_the_end_of_a_streak_is_told_is_told_too(world: World) -> None:
    thread, monitor_id = world.watch("new papers on z-pinches")
    world.until(lambda: "checked" in world.card_text(thread))
    # The next pass of the reconciler, which would find the failure, is a quarter of an hour away.
    world.until(lambda: world.jobs("reconcile"))
    world.until_done("notify", lambda: world.run(monitor_id, "failed"), about=monitor_id)
    # Other monitors have such jobs, too.
    world.until(lambda: told(world, thread, "The latest check failed.") == 1)
    # Whether the streak is over is read, and the answer comes when it isn't any more.
    world.fault("parallel", "held", match=f"GET */{monitor_id}/events")
    since = world.mark("parallel")
    world.run(monitor_id, "nothing")
    world.until(lambda: "held" in [r["fault"] for r in world.requests("parallel", since=since)])
    world.run(monitor_id, "failed")
    world.until(lambda: len(accepted(world, monitor_id)) == 4)
    world.calm()
    world.until(lambda: told(world, thread, "The latest check failed.") == 2)
    world.run(monitor_id, "nothing")
    world.until(lambda: told(world, thread, "Checks work again.") == 2)


def accepted(world: World, monitor_id: str) -> list[Json]:
    """The monitor's webhooks that reached the app."""
    tries = world.deliveries(monitor_id)
    return [each for each in tries if each["status"] == httpx.codes.ACCEPTED]


def told(world: World, thread: Thread, words: str) -> int:
    return sum(words in reply for reply in world.replies(thread))


def test_the_first_runs_of_a_backfilled_monitor_are_posted_too(world: World) -> None:
    thread, _ = world.watch("--backfill new papers on fusion")
    (message,) = found(world, thread)
    assert "2 new findings" in shown(message)


def test_a_cancelled_monitor_posts_nothing_more(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, webhook="late", late_seconds=60)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    jobs = ended("deliver", "Done", about=monitor_id)
    assert world.client.put("/control/parallel/clock", json={"advance_seconds": 60}).is_success
    world.until(lambda: ended("deliver", "Done", about=monitor_id) > jobs)
    assert len(world.replies(thread)) == 1


@pytest.mark.thorough
def test_a_card_cancelled_during_a_delivery_stays_cancelled(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")

    def drawn() -> int:
        updates = world.slack_calls("chat.update")
        return sum(thread.ts in str(each["body"]) for each in updates)

    # The first run found nothing: the card is redrawn for it, later.
    before = drawn()
    world.until(lambda: drawn() > before)
    before = drawn()
    world.fault("slack", "slow", match="chat.postMessage", times=1, seconds=60)
    world.run(monitor_id, events=[text_event("Found meanwhile")])
    world.until_held("slack")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.card_text(thread).startswith("Cancelled"))
    world.calm()
    # By the cancelling, by the delivery, and by the job that puts it right.
    world.until(lambda: drawn() >= before + 3)
    world.until(lambda: world.card_text(thread).startswith("Cancelled"))


def test_a_monitor_of_the_account_that_is_not_ours_is_left_alone(
    world: World, settings: Settings
) -> None:
    """Made elsewhere with the same key and another app's id, or none at all."""
    assert settings.parallel_api_key is not None
    ours = world.watch("new papers on fusion")[1]
    (mine,) = world.monitors()
    metadata = cast("Json", mine["metadata"])
    for theirs in ({**metadata, "slack_app_id": "A0OTHER001"}, None):
        order: Json = {
            "type": "event_stream",
            "frequency": "1d",
            "settings": {"query": "somebody else's"},
            "webhook": mine["webhook"],
            "metadata": theirs,
        }
        made = httpx.post(
            world.client.base_url.join("/parallel/v1/monitors"),
            json=order,
            headers={"x-api-key": settings.parallel_api_key.get_secret_value()},
            trust_env=False,
            verify=NO_TLS,
        )
        assert made.status_code == 201, made.text
        monitor_id = str(made.json()["monitor_id"])
        for result in ("finding", "failed", "nothing"):
            world.run(monitor_id, result)
        world.until(lambda monitor_id=monitor_id: len(world.deliveries(monitor_id)) >= 3)
    world.run(ours, events=[text_event("ours")])
    world.until(lambda: len(world.messages()) == 2)
    assert [message["bot_id"] is not None for message in world.messages()] == [True, True]
    world.command("/monitor", "list")
    world.until(lambda: any("in this channel" in each for each in world.whispers()))
    assert not any("somebody else" in each for each in world.whispers())


@pytest.mark.parametrize("kind", first(2, ["429", "drop_before", "500", "slow"]))
def test_a_parallel_that_fails_while_reading_delays_a_finding_but_loses_none(
    world: World, kind: str
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("parallel", kind, match="GET */events", times=1, seconds=1)
    world.run(monitor_id)
    found(world, thread)
    assert len(world.replies(thread)) == 1


@pytest.mark.parametrize(
    "kind",
    first(
        2, ["429", "drop_after", "500", "drop_before", "error:service_unavailable", "status:503"]
    ),
)
def test_a_slack_that_fails_while_posting_gets_each_part_once(world: World, kind: str) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", kind, match="chat.postMessage", times=1 if kind == "429" else 2, seconds=1)
    long = " ".join(f"word{n:05d}" for n in range(900))
    world.run(monitor_id, events=[text_event(long)])

    def words() -> list[str]:
        text = " ".join(shown_in(message) for message in world.reply_messages(thread))
        return [word for word in text.split() if word.startswith("word")]

    world.until(lambda: len(words()) >= len(long.split()))
    assert words() == long.split()
    messages = world.reply_messages(thread)
    numbers = [f"({n}/{len(messages)})" in shown(m) for n, m in enumerate(messages, start=1)]
    assert all(numbers)


def test_blocks_that_slack_refuses_arrive_as_plain_words(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "error:too_many_attachments", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[text_event("Plain words")])
    seen = world.until(lambda: world.replies(thread))
    assert "Plain words" in seen[0]


def test_a_finding_that_is_there_before_its_monitor_is_signed_waits_a_moment(world: World) -> None:
    world.fault("parallel", "slow", match="POST */update", times=1, seconds=60)
    world.command("/monitor", "new papers on fusion")
    world.until_held("parallel")
    (made,) = world.monitors()
    monitor_id = str(made["monitor_id"])
    waits = ended("deliver", "RetryAfter", about=monitor_id)
    world.run(monitor_id, events=[text_event("there at once")])
    world.until(lambda: ended("deliver", "RetryAfter", about=monitor_id) > waits)
    world.calm()
    thread, _ = world.until_watching()
    world.until(lambda: "there at once" in " ".join(world.replies(thread)))
