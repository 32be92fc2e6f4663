"""The app killed while an account is left: nothing runs in the end, each thread is told once."""

import asyncio
from collections.abc import Generator
from typing import Final
from uuid import uuid4

import pytest

from monitors.settings import Settings
from sandbox.demo import connect_app
from sandbox.server import Sandbox
from tests.flows.app_process import AppProcess, process_settings, running_process
from tests.flows.home import Home, Linked, link
from tests.flows.test_account_settings import CANCEL, assert_ended, until_forgotten
from tests.flows.test_crashes import strike
from tests.flows.world import World

pytestmark = pytest.mark.thorough

STEPS: Final = tuple(
    (side, match, kind)
    for side, match in (
        ("parallel", "GET /v1/monitors"),
        ("parallel", "GET /v1/monitors/*"),
        ("parallel", CANCEL),
        ("slack", "chat.update"),
        ("slack", "chat.postMessage"),
    )
    for kind in ("slow", "drop_after")
)


@pytest.fixture(scope="module")
def settings(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return process_settings(sandbox, tmp_path_factory.mktemp("app") / "data")


@pytest.fixture(scope="module")
def app(
    settings: Settings, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Generator[AppProcess]:
    with running_process(settings, tmp_path_factory.mktemp("log")) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running


@pytest.fixture
def world(acme: World) -> Generator[World]:
    """A workspace of its own: what is linked to it is no other test's."""
    world = acme.workspace(f"w{uuid4().hex[:8]}")
    assert world.install()["status"] == 200
    yield world
    world.calm()


@pytest.fixture
def linked(world: World, settings: Settings) -> Linked:
    return link(world, settings)


def begin(world: World) -> Home:
    """The modal stands open, and only sending it is left to do."""
    home = Home(world, world.user)
    home.open()
    home.press("Disconnect")
    home.until_modal("2 monitors of this workspace run on it.")
    return home


def test_killed_right_after_the_answer(
    world: World, app: AppProcess, linked: Linked, settings: Settings
) -> None:
    threads = [world.watch(f"papers on {number}")[0] for number in range(2)]
    begin(world).submit()
    app.kill()
    app.start()
    assert_ended(world, *threads)
    until_forgotten(world, settings, linked)


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
def test_killed_in_the_midst(
    world: World, app: AppProcess, linked: Linked, settings: Settings, step: tuple[str, str, str]
) -> None:
    side, match, kind = step
    threads = [world.watch(f"papers on {number}")[0] for number in range(2)]
    home = begin(world)
    world.fault(side, kind, match=match, times=1, seconds=0.7)
    home.submit()
    strike(world, app, side)
    assert_ended(world, *threads)
    until_forgotten(world, settings, linked)
