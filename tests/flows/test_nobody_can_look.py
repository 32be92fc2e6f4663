"""A message in doubt, in a thread that can't be read for long: it is posted in the end."""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from monitors.delivery.post_once import PostTimes
from monitors.settings import Settings
from sandbox.demo import connect_app
from sandbox.server import Sandbox
from tests.flows.app import HASTY, RunningApp
from tests.flows.findings import finding
from tests.flows.world import World

ONE_SECOND: Final = timedelta(seconds=1)
DOUBT: Final = timedelta(seconds=4)


@pytest.fixture(scope="module")
def app(settings: Settings, sandbox: Sandbox) -> Generator[RunningApp]:
    posts = PostTimes(call=ONE_SECOND, late=ONE_SECOND, doubt=DOUBT)
    with RunningApp(settings, timings=replace(HASTY, posts=posts)) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running


def test_a_message_that_nobody_can_look_for_is_posted_in_the_end(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "drop_before", match="chat.postMessage", times=1)
    world.fault("slack", "status:503", match="conversations.replies")
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: any("first thing" in each for each in world.replies(thread)))
    world.calm()
