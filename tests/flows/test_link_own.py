"""From the operator's account to an own one: what would be cancelled is counted and asked first."""

import re
from collections.abc import Generator
from typing import Final
from uuid import uuid4

import httpx
import pytest

from monitors.settings import Settings
from sandbox.demo import DEMO_ACCOUNT
from tests.flows.connecting import Account, Browser, browser, open_account, words_of
from tests.flows.home import Home
from tests.flows.world import Thread, World

_TOKEN: Final = re.compile(r'name="confirmation" value="([A-Za-z0-9_-]{43})"')
_CSRF: Final = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@pytest.fixture
def world(outside: World) -> Generator[World]:
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    yield world
    world.calm()


@pytest.fixture
def admin(world: World) -> Generator[Browser]:
    with browser(world) as admin:
        admin.install_and_start()
        yield admin


def status_of(world: World, monitor_id: str) -> str:
    return str(world.monitor(monitor_id)["status"])


def form_asking(page: httpx.Response, running: str) -> dict[str, str]:
    """The form that asks whether so many may be cancelled."""
    assert f"{running} will be cancelled" in words_of(page)
    token, csrf = _TOKEN.search(page.text), _CSRF.search(page.text[page.text.index("<main") :])
    assert token is not None
    assert csrf is not None
    return {"csrf": csrf[1], "confirmation": token[1]}


def assert_goes_on(world: World, thread: Thread, monitor_id: str) -> None:
    """It runs, its findings and its replies come, and its thread was told nothing."""
    assert status_of(world, monitor_id) == "active"
    assert world.replies(thread) == []
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: status_of(world, monitor_id) == "cancelled")
    assert not any("connected this workspace's own" in text for text in world.replies(thread))


def test_linking_is_optional_where_the_operator_has_an_account(world: World) -> None:
    with browser(world) as admin:
        installed = admin.install_and_start()
        assert "/monitor latest AI research papers" in words_of(installed)
        assert "Connect your own Parallel account" in words_of(installed)
        page = words_of(admin.get("/parallel/connect"))
        assert "This is optional" in page
        assert admin.get("/parallel/webhook").headers["location"] == "/parallel/connect"
        assert "shared Parallel account" in words_of(admin.get("/parallel/done"))


def connect(admin: Browser, account: Account, way: str) -> httpx.Response:
    if way == "by the button":
        return admin.link(account)
    return admin.post("/parallel/connect", {"api_key": account.api_key})


@pytest.mark.parametrize("way", ["by the button", "by a key"])
def test_the_page_counts_what_would_be_cancelled_and_asks(
    world: World, outside: World, admin: Browser, way: str
) -> None:
    neighbour = outside.workspace(f"w{uuid4().hex[:8]}")
    neighbour.install()
    _, spared = neighbour.watch("new papers on fission")
    thread, monitor_id = world.watch("new papers on fusion")
    _, other_id = world.watch("new papers on fishes")
    account = open_account(world)
    page = connect(admin, account, way)
    form = form_asking(page, "2 monitors")
    assert f"The key …{account.api_key[-4:]}" in words_of(page)
    assert account.api_key not in page.text
    assert "Nothing has changed so far" in words_of(page)
    assert status_of(world, monitor_id) == "active"
    assert "shared account" in words_of(admin.get("/parallel/connect"))

    assert admin.client.post("/parallel/connect", data=form).status_code == 303
    world.until(lambda: status_of(world, monitor_id) == "cancelled")
    world.until(lambda: status_of(world, other_id) == "cancelled")
    world.until(lambda: any("account" in text for text in world.replies(thread)))
    assert status_of(neighbour, spared) == "active"
    _, another = world.watch("new papers on fusion")
    assert another not in {monitor_id, other_id}

    again = admin.client.post("/parallel/connect", data=form)
    assert again.status_code == 410
    assert "already used" in words_of(again)


def test_a_monitor_that_is_being_set_up_is_counted_too(world: World, admin: Browser) -> None:
    _, running = world.watch("new papers on fusion")
    world.fault("parallel", "500", match="POST /v1/monitors")
    world.command("/monitor", "new papers on fishes")
    world.until(lambda: len(world.cards()) == 2)
    account = open_account(world)
    page = admin.link(account)
    form = form_asking(page, "2 monitors")
    world.calm()
    assert admin.client.post("/parallel/connect", data=form).status_code == 303
    world.until(lambda: status_of(world, running) == "cancelled")


def test_a_monitor_that_runs_before_it_is_set_up_is_counted_once(
    world: World, admin: Browser
) -> None:
    world.fault("slack", "500", match="chat.update")
    world.command("/monitor", "new papers on fishes")
    (made,) = world.until(world.monitors)
    form = form_asking(admin.link(open_account(world)), "1 monitor")
    world.calm()
    assert admin.client.post("/parallel/connect", data=form).status_code == 303
    world.until(lambda: status_of(world, str(made["monitor_id"])) == "cancelled")


@pytest.mark.parametrize("way", ["by the button", "by a key"])
def test_it_asks_again_where_there_are_more_by_then(world: World, admin: Browser, way: str) -> None:
    _, first = world.watch("new papers on fusion")
    account = open_account(world)
    page = connect(admin, account, way)
    form = form_asking(page, "1 monitor")
    _, second = world.watch("new papers on fishes")
    page = admin.client.post("/parallel/connect", data=form)
    again = form_asking(page, "2 monitors")
    assert [status_of(world, each) for each in (first, second)] == ["active", "active"]
    assert "shared account" in words_of(admin.get("/parallel/connect"))
    assert admin.client.post("/parallel/connect", data=again).status_code == 303
    for each in (first, second):
        world.until(lambda each=each: status_of(world, each) == "cancelled")


def test_fewer_than_it_asked_about_are_cancelled_without_asking_again(
    world: World, admin: Browser
) -> None:
    _, first = world.watch("new papers on fusion")
    thread, second = world.watch("new papers on fishes")
    form = form_asking(admin.link(open_account(world)), "2 monitors")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: status_of(world, second) == "cancelled")
    assert admin.client.post("/parallel/connect", data=form).status_code == 303
    world.until(lambda: status_of(world, first) == "cancelled")


def test_the_modal_asks_again_where_there_are_more_by_then(world: World) -> None:
    world.install()
    _, first = world.watch("new papers on fusion")
    account, home = open_account(world), Home(world, world.user)
    home.open()
    home.press("Connect your own account")
    home.until_modal("Paste an API key", "You'll be asked first")
    home.press("Paste an API key")
    home.until_modal("I test it with Parallel")
    home.submit({"api_key": account.api_key})
    home.until_modal("1 monitor of this workspace runs")
    _, second = world.watch("new papers on fishes")
    home.submit()
    home.until_modal("2 monitors of this workspace run")
    assert [status_of(world, each) for each in (first, second)] == ["active", "active"]
    home.submit()
    home.until_modal("Parallel is connected")
    for each in (first, second):
        world.until(lambda each=each: status_of(world, each) == "cancelled")


def test_a_confirmation_is_of_its_person_and_workspace(
    world: World, outside: World, admin: Browser
) -> None:
    world.watch("new papers on fusion")
    token = _TOKEN.search(admin.link(open_account(world)).text)
    assert token is not None
    with browser(outside.workspace(f"w{uuid4().hex[:8]}")) as other:
        other.install_and_start()
        answer = other.post("/parallel/connect", {"confirmation": token[1]})
        assert answer.status_code == 410
        assert "shared account" in words_of(other.get("/parallel/connect"))


def test_the_modal_counts_what_would_be_cancelled_and_asks(world: World, admin: Browser) -> None:
    _, monitor_id = world.watch("new papers on fusion")
    account, home = open_account(world), Home(world, world.user)
    home.open()
    home.press("Connect your own account")
    home.until_modal("Paste an API key", "You'll be asked first")
    home.press("Paste an API key")
    home.until_modal("I test it with Parallel")
    home.submit({"api_key": account.api_key})
    home.until_modal(
        "1 monitor of this workspace runs", "cancels it for good", account.api_key[-4:]
    )
    assert account.api_key not in str(home.modal())
    assert status_of(world, monitor_id) == "active"
    assert "shared account" in words_of(admin.get("/parallel/connect"))
    home.submit()
    home.until_modal("Parallel is connected")
    world.until(lambda: status_of(world, monitor_id) == "cancelled")


@pytest.mark.parametrize("is_same_key", [True, False])
def test_a_key_of_the_operators_account_moves_the_workspace_over_and_cancels_nothing(
    world: World, admin: Browser, *, is_same_key: bool
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    key = DEMO_ACCOUNT.api_key if is_same_key else f"key-{uuid4().hex}"
    world.change(f"/control/parallel/accounts/{DEMO_ACCOUNT.name}", more_keys=[key])
    assert admin.post("/parallel/connect", {"api_key": key}).status_code == 303
    assert f"connected to Parallel (key …{key[-4:]})" in words_of(admin.get("/parallel/done"))
    assert_goes_on(world, thread, monitor_id)


def test_a_key_of_the_operators_account_cancels_nothing_where_nothing_runs_yet(
    world: World, outside: World, admin: Browser, settings: Settings
) -> None:
    """What is started right after is on the same account, and is not taken for what was left."""
    assert settings.parallel_api_key is not None
    outside.install()
    outside.room().watch("somebody's")
    assert admin.post("/parallel/connect", {"api_key": DEMO_ACCOUNT.api_key}).status_code == 303
    thread, monitor_id = world.watch("new papers on fusion")
    assert_goes_on(world, thread, monitor_id)


def test_another_key_of_an_own_account_keeps_its_monitors_and_its_secret(
    world: World, admin: Browser
) -> None:
    account, key = open_account(world), f"key-{uuid4().hex}"
    assert admin.link(account).status_code == 303
    admin.post("/parallel/webhook", {"secret": account.secret})
    thread, monitor_id = world.watch("new papers on fusion")
    world.change(f"/control/parallel/accounts/{account.name}", more_keys=[key])
    assert admin.post("/parallel/connect", {"api_key": key}).status_code == 303
    assert "A webhook secret is saved too" in words_of(admin.get("/parallel/webhook"))
    assert_goes_on(world, thread, monitor_id)
