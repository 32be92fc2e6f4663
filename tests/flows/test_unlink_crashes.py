"""The app killed while an account is left: nothing runs in the end, each thread is told once."""

from typing import Final

import pytest

from monitors.settings import Settings
from tests.flows.app_process import AppProcess, app, settings
from tests.flows.home import Home, Linked, linked, world
from tests.flows.test_account_settings import CANCEL, assert_ended, until_forgotten
from tests.flows.test_crashes import strike
from tests.flows.world import World

__all__ = ["app", "linked", "settings", "world"]

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
    world.fault(side, kind, match=match, times=1, seconds=60)
    home.submit()
    strike(world, app, side)
    assert_ended(world, *threads)
    until_forgotten(world, settings, linked)
