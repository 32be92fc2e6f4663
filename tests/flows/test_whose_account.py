"""OPERATOR_ACCOUNT_FOR: the operator's Parallel account pays for those it was opened to."""

from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from monitors.settings import Settings
from sandbox.server import Sandbox
from tests.flows.app_process import process_settings, running_process
from tests.flows.connecting import browser, open_account, words_of
from tests.flows.home import Home
from tests.flows.world import World

CHOSEN = "T0ACME0001"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"operator_account_for": CHOSEN})


@pytest.fixture
def stranger(outside: World) -> Generator[World]:
    """A workspace that found the install page."""
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    assert world.install()["status"] == 200
    yield world
    world.calm()


def test_a_workspace_on_the_list_uses_the_operators_account(world: World) -> None:
    assert world.team_id == CHOSEN
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))


def test_another_workspace_is_told_to_connect_its_own_and_nothing_is_made(stranger: World) -> None:
    stranger.command("/monitor", "new papers on fusion")
    stranger.until(lambda: any("isn't connected to Parallel" in e for e in stranger.whispers()))
    assert (stranger.monitors(), stranger.cards()) == ([], [])
    home = Home(stranger, stranger.user)
    assert "connected" in home.open()
    assert "Connect account" in home.buttons()
    with browser(stranger) as admin:
        assert "shared account" not in words_of(admin.install_and_start())
        assert "This is optional" not in words_of(admin.get("/parallel/connect"))
        assert admin.link(open_account(stranger)).status_code == 303
    thread, monitor_id = stranger.watch("new papers on fusion")
    stranger.run(monitor_id)
    stranger.until(lambda: stranger.replies(thread))


def test_a_start_whose_key_serves_nobody_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = process_settings(sandbox, tmp_path / "data")
    own = settings.model_copy(update={"operator_account_for": None})
    with running_process(own, tmp_path):
        lines = (tmp_path / "app.log").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("PARALLEL_API_KEY serves no workspace")]
    assert "OPERATOR_ACCOUNT_FOR" in line
