"""The app killed at every step of a removal and started again: in the end nothing is left."""

import pytest

from monitors.settings import Settings
from tests.flows.app_process import AppProcess, app, settings
from tests.flows.leaver import Leaver, uninstall
from tests.flows.stored import Stored
from tests.flows.world import World

__all__ = ["app", "settings"]

pytestmark = pytest.mark.thorough


@pytest.fixture
def stored(settings: Settings) -> Stored:
    return Stored(settings)


def test_killed_right_after_the_answer(outside: World, app: AppProcess, stored: Stored) -> None:
    leaver = Leaver.of(outside)
    uninstall(leaver.world, is_told=False)
    leaver.tell("app_uninstalled")
    app.kill()
    app.start()
    leaver.until_gone(stored)


@pytest.mark.parametrize("kind", ["slow", "drop_after"])
@pytest.mark.parametrize("match", ["GET /v1/monitors", "POST */cancel"])
def test_killed_while_monitors_are_cancelled(
    outside: World, app: AppProcess, stored: Stored, match: str, kind: str
) -> None:
    leaver = Leaver.of(outside)
    outside.fault("parallel", kind, match=match, times=1, seconds=60)
    uninstall(leaver.world, is_told=False)
    leaver.tell("app_uninstalled")
    outside.until_held("parallel")
    app.kill()
    outside.calm()
    app.start()
    leaver.until_gone(stored)


def test_killed_when_all_are_cancelled(outside: World, app: AppProcess, stored: Stored) -> None:
    leaver = Leaver.of(outside)
    uninstall(leaver.world, is_told=False)
    leaver.tell("app_uninstalled")
    outside.until(lambda: leaver.statuses == {"cancelled"})
    app.kill()
    app.start()
    leaver.until_gone(stored)
