"""What is given up after two days: people are told what they can count on, and what to do."""

import asyncio
import shutil
from collections.abc import Generator
from contextlib import aclosing
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import update

from monitors.storage.database import open_database
from monitors.storage.embedded import end_orphan
from monitors.storage.statements import utc_now
from monitors.storage.tables import IntentTable
from tests.flows.app_process import AppProcess, app, settings
from tests.flows.forms import open_form, submit, until_form
from tests.flows.home import Home, link
from tests.flows.test_threadless import HEADING, choose, press
from tests.flows.world import Thread, World

__all__ = ["app", "settings"]

CREATE: Final = "POST /v1/monitors"
LIST: Final = "GET /v1/monitors"


def three_days_later(app: AppProcess) -> None:
    """The app was away meanwhile, and Redis was lost: what is to be done is in SQL alone."""
    app.kill()
    end_orphan(app.settings.data_dir)
    shutil.rmtree(app.settings.data_dir / "valkey")
    asyncio.run(_age(app))
    app.start()


async def _age(app: AppProcess) -> None:
    kept = app.settings
    statement = (
        update(IntentTable)
        .where(IntentTable.c.finished_at.is_(None))
        .values(created_at=utc_now() - timedelta(days=3))
    )
    async with aclosing(open_database(kept.database_url, kept.data_dir)) as database:
        await database.write(lambda c: c.execute(statement).rowcount)


@pytest.fixture
def doubtful(outside: World, app: AppProcess) -> Generator[World]:
    """A workspace with an account of its own."""
    world = outside.workspace("Doubters")
    world.install()
    link(world, app.settings)
    yield world
    world.calm()


def created_in_doubt(world: World, *, refused: str) -> None:
    """Parallel makes the next monitor, never says so, and can't be asked about it."""
    world.fault("parallel", "drop_after", match=CREATE, times=1)
    world.fault("parallel", "status:402", match=refused)


def start_given_up(world: World, app: AppProcess) -> tuple[Thread, str]:
    """The thread, and the monitor that there is."""
    created_in_doubt(world, refused=LIST)
    world.command("/monitor", "new papers on fusion")
    (card,) = world.until(world.cards)
    thread = world.thread_of(card)
    world.until(lambda: "no credit left" in world.card_text(thread))
    three_days_later(app)
    world.until(lambda: world.card_text(thread).startswith("Couldn't start this monitor."))
    world.calm()
    (made,) = world.monitors()
    return thread, str(made["monitor_id"])


def status(world: World, monitor_id: str) -> object:
    return world.monitor(monitor_id)["status"]


def test_of_a_monitor_that_may_exist_the_card_says_how_to_end_it(
    doubtful: World, app: AppProcess
) -> None:
    thread, monitor_id = start_given_up(doubtful, app)
    told = doubtful.card_text(thread)
    assert "hasn't told me for two days whether this monitor was created" in told
    assert "reply cancelmonitor here" in told
    assert status(doubtful, monitor_id) == "active"
    doubtful.say("cancelmonitor", thread=thread)
    doubtful.until(lambda: status(doubtful, monitor_id) == "cancelled")
    (answer,) = doubtful.until(lambda: doubtful.replies(thread))
    assert answer.startswith("Cancelled.")


def test_an_admin_cancels_it_in_the_home_tab(doubtful: World, app: AppProcess) -> None:
    _, monitor_id = start_given_up(doubtful, app)
    home = Home(doubtful, doubtful.user)
    home.until(HEADING, "new papers on fusion")
    press(doubtful, home, "end_threadless", monitor_id)
    doubtful.until(lambda: status(doubtful, monitor_id) == "cancelled")
    doubtful.until(lambda: HEADING not in home.open())


@pytest.mark.thorough
def test_it_is_given_no_second_thread(doubtful: World, app: AppProcess) -> None:
    _, monitor_id = start_given_up(doubtful, app)
    home = Home(doubtful, doubtful.user)
    home.until(HEADING)
    choose(doubtful, home, monitor_id)
    doubtful.until(lambda: "Its creation was never finished" in str(doubtful.state()["messages"]))
    assert len(doubtful.cards()) == 1


def edit_given_up(world: World, app: AppProcess, *, refused: str) -> tuple[str, str]:
    """The monitor, and the one that was to take its place; whoever asked has been told."""
    thread, old = world.watch("price of copper")
    submit(world, open_form(world, thread), query="weather on Venus")
    asked = until_form(world)
    created_in_doubt(world, refused=refused)
    submit(world, asked)
    made = world.until(lambda: two if len(two := world.monitors()) == 2 else None)
    world.until(lambda: any("I'll keep trying" in each for each in world.whispers()))
    three_days_later(app)
    world.until(lambda: "keep trying" not in world.whispers()[-1])
    return old, next(str(m["monitor_id"]) for m in made if m["monitor_id"] != old)


def test_the_new_monitor_of_an_edit_that_may_exist_is_told_of_and_can_be_cancelled(
    doubtful: World, app: AppProcess
) -> None:
    old, new = edit_given_up(doubtful, app, refused=LIST)
    told = doubtful.whispers()[-1]
    assert "hasn't told me for two days whether the new monitor was created" in told
    assert "“Monitors without a thread”" in told
    doubtful.calm()
    home = Home(doubtful, doubtful.user)
    home.until(HEADING, "weather on Venus")
    press(doubtful, home, "end_threadless", new)
    doubtful.until(lambda: status(doubtful, new) == "cancelled")
    assert status(doubtful, old) == "active"


@pytest.mark.thorough
def test_the_new_monitor_of_an_edit_is_ended_if_parallel_still_lists_it(
    doubtful: World, app: AppProcess
) -> None:
    old, new = edit_given_up(doubtful, app, refused="POST /v1/monitors/*/update")
    doubtful.until(lambda: status(doubtful, new) == "cancelled")
    assert "whether the new monitor was created" not in doubtful.whispers()[-1]
    assert status(doubtful, old) == "active"
