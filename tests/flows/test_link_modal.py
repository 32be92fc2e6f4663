"""An API key pasted in Slack: tried before it is kept, an admin's, never written in clear."""

from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import pytest

from monitors.settings import Settings
from tests.flows.connecting import Account, open_account
from tests.flows.home import Home, member
from tests.flows.world import Json, World

PASTE = "Paste an API key"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """No operator's account: a workspace has its own or none."""
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


@pytest.fixture
def world(outside: World) -> Generator[World]:
    """A workspace of its own, with no account yet."""
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    assert world.install()["status"] == 200
    yield world
    world.calm()


@pytest.fixture
def home(world: World) -> Home:
    home = Home(world, world.user)
    home.open()
    return home


def open_form(home: Home) -> None:
    home.press("Connect account")
    home.until_modal(PASTE)
    home.press(PASTE)
    home.until_modal("I test it with Parallel")


def paste(home: Home, key: str) -> Json:
    return home.submit({"api_key": key})


def refused(home: Home, key: str) -> str:
    """What stands below the field."""
    answer = paste(home, key)
    assert answer["response_action"] == "errors"
    return str(answer["answer"])


def link(home: Home, account: Account) -> None:
    open_form(home)
    assert paste(home, f" {account.api_key} ")["response_action"] == "update"
    home.until_modal(f"Parallel is connected (key …{account.api_key[-4:]})", "verify")
    home.close()


def test_an_admin_pastes_a_key_and_watches_with_it(world: World, home: Home) -> None:
    account = open_account(world)
    link(home, account)
    home.until(f"key …{account.api_key[-4:]}", "No webhook secret yet")
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))


def test_a_wrong_key_is_told_below_the_field_and_a_right_one_taken_then(
    world: World, home: Home
) -> None:
    open_form(home)
    assert "doesn't accept this key" in refused(home, "wrong")
    assert "doesn't accept this key" in refused(home, "two words")
    account = open_account(world)
    for fault, words in (
        ("status:402", "no credit"),
        ("status:403", "isn't allowed to use monitors"),
        ("500", "isn't responding"),
    ):
        world.fault("parallel", fault, match="GET /v1/monitors")
        assert words in refused(home, account.api_key)
        world.calm()
    assert paste(home, account.api_key)["response_action"] == "update"


def test_a_slow_parallel_is_told_within_slacks_three_seconds(world: World, home: Home) -> None:
    open_form(home)
    world.fault("parallel", "slow", match="GET /v1/monitors", seconds=30)
    assert "isn't responding" in refused(home, open_account(world).api_key)


def test_who_is_no_admin_any_more_cannot_paste_one(world: World) -> None:
    somebody = member(world)
    world.change(f"/control/slack/users/{somebody}", is_admin=True)
    theirs = Home(world, somebody)
    theirs.open()
    open_form(theirs)
    world.change(f"/control/slack/users/{somebody}", is_admin=False)
    assert "Only an admin" in refused(theirs, open_account(world).api_key)


def test_a_new_key_of_the_same_account_takes_over_and_another_accounts_does_not(
    world: World, home: Home
) -> None:
    """Monitors that run on the account would be out of everybody's reach."""
    account, other = open_account(world), open_account(world)
    link(home, account)
    home.until("Change account")
    home.press(PASTE)
    home.until_modal("I test it with Parallel")
    thread, _ = world.watch("new papers on fusion")
    assert "Choose Change account" in refused(home, other.api_key)
    assert paste(home, account.api_key)["response_action"] == "update"
    home.close()
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    home.press(PASTE)
    home.until_modal("I test it with Parallel")
    assert paste(home, other.api_key)["response_action"] == "update"


def test_a_key_is_written_nowhere_in_clear(
    world: World, home: Home, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in the logs, and in no file that the app keeps: database, queue, journal."""
    account = open_account(world)
    open_form(home)
    refused(home, wrong := f"wrong-{uuid4().hex}")
    assert paste(home, account.api_key)["response_action"] == "update"
    printed = "".join(capfd.readouterr())
    assert "account linked" in printed
    held = b"".join(path.read_bytes() for path in files_in(settings.data_dir))
    for key in (account.api_key, wrong):
        assert key not in printed
        assert key.encode() not in held


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
