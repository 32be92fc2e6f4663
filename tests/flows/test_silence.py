"""Silence that can be trusted: missing checks are noticed, and the end of failures is told."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import update

from monitors.delivery.notify import STREAK_LENGTH
from monitors.settings import Settings
from monitors.storage.database import open_database
from monitors.storage.statements import utc_now
from monitors.storage.tables import MonitorTable
from tests.flows.findings import finding
from tests.flows.world import Thread, World

LATE: Final = "no check since then, though two were due"
FAILED: Final = "The latest check failed."
AGAIN: Final = "Checks work again."
HOUR: Final = 3600


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


def idle(world: World, monitor_id: str, *, hours: float) -> None:
    """Parallel leaves a monitor out: it last ran that long ago."""
    world.change(f"/control/parallel/monitors/{monitor_id}", idle_seconds=hours * HOUR)


def seen_long_ago(world: World, settings: Settings, monitor_id: str) -> None:
    """The app has known for days how often the monitor checks."""
    world.until(lambda: asyncio.run(_seen_long_ago(settings, monitor_id)))


async def _seen_long_ago(settings: Settings, monitor_id: str) -> bool:
    statement = (
        update(MonitorTable)
        .where(MonitorTable.c.monitor_id == monitor_id, MonitorTable.c.frequency_since.is_not(None))
        .values(frequency_since=utc_now() - timedelta(days=30))
    )
    async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
        return await database.write(lambda c: c.execute(statement).rowcount) == 1


def drawn(world: World, thread: Thread) -> int:
    """How often the card was edited."""
    return sum(thread.ts in str(each["body"]) for each in world.slack_calls("chat.update"))


def checked(world: World, query: str) -> tuple[Thread, str]:
    """A monitor whose first check is on its card."""
    thread, monitor_id = world.watch(query)
    world.until(lambda: "checked " in world.card_text(thread))
    return thread, monitor_id


def test_missed_checks_are_on_the_card_once_and_gone_with_the_next(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = checked(world, "--every 1h new papers on fusion")
    seen_long_ago(world, settings, monitor_id)
    idle(world, monitor_id, hours=1.9)
    world.passes(3)
    assert LATE not in world.card_text(thread)
    idle(world, monitor_id, hours=2.1)
    world.until(lambda: LATE in world.card_text(thread))
    before = drawn(world, thread)
    world.passes(3)
    assert drawn(world, thread) == before
    assert world.replies(thread) == []
    world.run(monitor_id, "nothing")
    world.until(lambda: LATE not in world.card_text(thread))


def test_one_that_was_paused_or_made_more_frequent_gets_its_time(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = checked(world, "--every 1h new papers on stellarators")
    seen_long_ago(world, settings, monitor_id)
    world.say("pause", thread=thread)
    world.until(lambda: world.card_text(thread).startswith("Paused"))
    idle(world, monitor_id, hours=24 * 90)
    world.passes(3)
    assert world.card_text(thread).startswith("Paused")
    world.say("resume", thread=thread)
    world.until(lambda: world.card_text(thread).startswith("Watching"))
    world.passes(3)
    idle(world, monitor_id, hours=24 * 90)
    world.passes(3)
    assert LATE not in world.card_text(thread)
    seen_long_ago(world, settings, monitor_id)
    world.until(lambda: LATE in world.card_text(thread))
    world.say("weekly", thread=thread)
    world.until(lambda: world.card_text(thread).startswith("Watching weekly"))
    world.passes(3)
    assert LATE not in world.card_text(thread)


def test_the_end_of_a_streak_of_failures_is_told_once(world: World) -> None:
    thread, monitor_id = checked(world, "new papers on tokamaks")
    for _ in range(2):
        world.until_done(
            "notify", lambda: world.run(monitor_id, "failed", error="No answer"), about=monitor_id
        )
    world.until(lambda: len(world.replies(thread)) == 1)
    for _ in range(2):
        world.run(monitor_id, "nothing")
        world.until(lambda: len(world.replies(thread)) == 2)
        world.passes(3)
    failed, again = world.replies(thread)
    assert failed.startswith(FAILED)
    assert again.startswith(AGAIN)
    world.until_done(
        "notify", lambda: world.run(monitor_id, "failed", error="No answer"), about=monitor_id
    )
    world.until(lambda: len(world.replies(thread)) == 3)
    world.run(monitor_id, "nothing")
    world.until(lambda: len(world.replies(thread)) == 4)


def test_a_streak_longer_than_what_parallel_lists_at_once_is_told_once(world: World) -> None:
    thread, monitor_id = checked(world, "new papers on z-pinches")
    world.until_done(
        "notify", lambda: world.run(monitor_id, "failed", error="No answer"), about=monitor_id
    )
    world.until(lambda: len(world.replies(thread)) == 1)
    for _ in range(STREAK_LENGTH):
        world.run(monitor_id, "failed", error="No answer", webhook="lost")
    world.until_done(
        "notify", lambda: world.run(monitor_id, "failed", error="No answer"), about=monitor_id
    )
    assert len(world.replies(thread)) == 1


def test_a_finding_says_by_itself_that_checks_work_again(world: World) -> None:
    thread, monitor_id = checked(world, "new papers on spheromaks")
    world.until_done(
        "notify", lambda: world.run(monitor_id, "failed", error="No answer"), about=monitor_id
    )
    world.until(lambda: len(world.replies(thread)) == 1)
    world.run(monitor_id, events=[finding("it works")])
    world.until(lambda: len(world.replies(thread)) == 2)
    world.run(monitor_id, "nothing")
    world.passes(3)
    assert len(world.replies(thread)) == 2
