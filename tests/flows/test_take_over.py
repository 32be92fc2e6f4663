"""One process alone on its DATA_DIR, killed and started again: nobody else can be at its work."""

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox.demo import connect_app
from sandbox.server import Sandbox
from tests.flows.app_process import AppProcess, process_settings
from tests.flows.world import World

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def app(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Generator[AppProcess]:
    """Its leases are so long that what ends with them never ends here."""
    folder: Path = tmp_path_factory.mktemp("app")
    process = AppProcess(process_settings(sandbox, folder / "data"), folder=folder)
    process.arguments = ("--endless-leases",)
    try:
        process.start()
        asyncio.run(connect_app(sandbox.url, process.url))
        yield process
    finally:
        process.clean_up()


def test_what_was_under_way_goes_on_without_waiting_for_its_leases(
    world: World, app: AppProcess
) -> None:
    world.fault("slack", "slow", match="chat.postMessage", times=1, seconds=60)
    world.command("/monitor", "new papers on fusion")
    world.until_held("slack")
    app.kill()
    world.calm()
    app.start()
    world.until_watching()
    assert (len(world.cards()), len(world.monitors())) == (1, 1)
