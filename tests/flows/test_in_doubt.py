"""A database that stands still: what is answered "not done" is not done, whatever is asked for.

What was being committed may be done, so it isn't called either.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import Connection, Engine, event

from monitors.settings import Settings
from monitors.storage.engine import FILE_NAME
from sandbox.demo import connect_app
from sandbox.server import Sandbox
from tests.flows.app import IMPATIENT, RunningApp
from tests.flows.forms import errors_of, title_of, until_form, until_notice
from tests.flows.on_card import choose
from tests.flows.world import World

NOT_DONE: Final = "nothing was done"
IN_DOUBT: Final = "I can't tell whether this was saved."

# What no job was queued for is soon found.
TIMINGS: Final = replace(
    IMPATIENT, sql_door_seconds=1.0, stale_after=timedelta(seconds=2), sweep_seconds=0.5
)


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """On SQLite, whose commits can be made to wait."""
    return settings.model_copy(update={"database_url": None, "reconcile_seconds": 3600})


@pytest.fixture(scope="module")
def app(settings: Settings, sandbox: Sandbox, commits: threading.Event) -> Generator[RunningApp]:
    assert commits.is_set()
    with RunningApp(settings, timings=TIMINGS) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running


@pytest.fixture(scope="module")
def commits() -> Generator[threading.Event]:
    """While it isn't set, no request of a person's gets further than the beginning of its commit.

    What jobs write does: a request behind it in line would not have begun.
    """
    may_end = threading.Event()
    may_end.set()

    def look(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO intents"):
            connection.info["is_asked"] = True

    def wait(connection: Connection) -> None:
        if connection.info.pop("is_asked", False):
            may_end.wait(60)

    event.listen(Engine, "before_cursor_execute", look)
    event.listen(Engine, "commit", wait)
    yield may_end
    event.remove(Engine, "commit", wait)
    event.remove(Engine, "before_cursor_execute", look)


@contextmanager
def standing_still(commits: threading.Event) -> Generator[None]:
    commits.clear()
    try:
        yield
    finally:
        commits.set()


@contextmanager
def written_elsewhere(settings: Settings) -> Generator[None]:
    """Nothing can even begin to write."""
    with closing(sqlite3.connect(settings.data_dir / FILE_NAME)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


def status(world: World, monitor_id: str) -> object:
    return next(each["status"] for each in world.monitors() if each["monitor_id"] == monitor_id)


def test_a_command_that_is_answered_not_done_is_not_done(world: World, settings: Settings) -> None:
    world.watch("new papers on fusion")
    with written_elsewhere(settings):
        answer = str(world.command("/monitor", "new papers on tokamaks")["answer"])
    assert NOT_DONE in answer
    assert "/monitor new papers on tokamaks" in answer
    world.command("/monitor", "new papers on stellarators")
    world.until(lambda: len(world.monitors()) == 2)
    assert len(world.cards()) == 2


def test_a_command_whose_commit_does_not_end_is_called_neither_and_done_once(
    world: World, commits: threading.Event
) -> None:
    with standing_still(commits):
        answer = str(world.command("/monitor", "new papers on plasma")["answer"])
    assert IN_DOUBT in answer
    assert NOT_DONE not in answer
    world.until_watching()
    assert (len(world.cards()), len(world.monitors())) == (1, 1)


def test_a_button_that_is_answered_not_done_is_not_done(world: World, settings: Settings) -> None:
    thread, monitor_id = world.watch("new papers on spheromaks")
    with written_elsewhere(settings):
        assert world.click(thread, "cancel_monitor")["status"] == 503
    world.say("status", thread=thread)
    world.until(lambda: world.replies(thread))
    assert status(world, monitor_id) == "active"


def test_a_button_whose_commit_does_not_end_is_told_so_and_done(
    world: World, commits: threading.Event
) -> None:
    thread, monitor_id = world.watch("new papers on pinches")
    with standing_still(commits):
        assert world.click(thread, "cancel_monitor")["status"] == 200
        world.until(lambda: [each for each in world.whispers() if IN_DOUBT in each])
    world.until(lambda: status(world, monitor_id) == "cancelled")


def test_a_form_that_cannot_be_saved_stays_open_and_says_so(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = world.watch("new papers on tori")
    choose(world, thread, "snooze")
    form = str(until_form(world)["id"])
    with written_elsewhere(settings):
        refused = world.submit_modal(form)
    assert list(errors_of(refused)) == ["hours"]
    assert NOT_DONE in errors_of(refused)["hours"]
    world.submit_modal(form)
    world.until(lambda: world.replies(thread))
    assert len(world.replies(thread)) == 1
    assert status(world, monitor_id) == "active"


def test_a_form_without_fields_that_cannot_be_saved_says_so_in_its_place(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = world.watch("new papers on dipoles")
    world.shortcut(thread)
    form = str(until_form(world)["id"])
    with written_elsewhere(settings):
        world.submit_modal(form)
    until_notice(world, NOT_DONE)
    assert title_of(world) == "Cancel this monitor"
    world.say("status", thread=thread)
    world.until(lambda: world.replies(thread))
    assert status(world, monitor_id) == "active"


def test_an_event_that_is_answered_5xx_is_done_once_when_slack_sends_it_again(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = world.watch("new papers on mirrors")
    with written_elsewhere(settings):
        world.say("cancelmonitor", thread=thread)
    world.until(lambda: status(world, monitor_id) == "cancelled")
    world.until(lambda: world.replies(thread))
    assert len(world.replies(thread)) == 1
