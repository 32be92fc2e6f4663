"""No Parallel account at all: everything explains itself, and nothing is made."""

from typing import cast

import pytest

from monitors.settings import Settings
from tests.flows.world import Json, World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


@pytest.mark.parametrize("text", ["new papers on fusion", "list"])
def test_a_command_is_told_that_an_account_must_be_linked(world: World, text: str) -> None:
    world.command("/monitor", text)
    world.until(lambda: any("isn't connected to Parallel yet" in w for w in world.whispers()))
    assert any("As an admin, you can connect it here." in whisper for whisper in world.whispers())
    assert world.messages() == []
    assert world.requests("parallel") == []


def test_help_says_that_no_account_is_linked(world: World) -> None:
    answer = cast("Json", world.command("/help")["answer"])
    assert "This workspace isn't connected to Parallel yet." in str(answer["text"])


def test_the_page_after_the_install_names_the_step_that_is_left(outside: World) -> None:
    page = outside.install()
    assert page["status"] == 200
    assert "One step is left" in str(page["body"])
