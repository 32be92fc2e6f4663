"""The App Home: whose account is linked, how it is doing, one's own monitors, admins' settings."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from tests.first import first
from tests.flows.app import RunningApp
from tests.flows.home import Home, Linked, in_store, link, linked, member, moments, settings, world
from tests.flows.lists import make
from tests.flows.world import Json, World
from tests.job_log import ended

__all__ = ["linked", "settings", "world"]

NOT_LINKED: Final = "Not connected."


@pytest.fixture
def home(world: World) -> Home:
    return Home(world, world.user)


def test_before_an_account_is_linked_admins_are_offered_to_and_others_told_whom_to_ask(
    world: World, home: Home
) -> None:
    assert NOT_LINKED in home.open()
    assert home.buttons() == ["Connect account", "Change rules", "Export audit trail"]
    other = Home(world, member(world))
    assert f"Ask an admin: <@{world.user}>" in other.open()
    assert other.buttons() == []


def test_a_link_to_connect_is_made_when_it_is_asked_for_and_differs_each_time(
    world: World, home: Home
) -> None:
    home.open()
    addresses = set[str]()
    for _ in range(2):
        home.press("Connect account")
        home.until_modal("The link works once, for ten minutes, and only for you.")
        addresses |= {url for url in home.button_links() if "/parallel/connect?ticket=" in url}
        home.close()
    assert len(addresses) == 2
    assert all(address.startswith(world.app_url) for address in addresses)


def test_a_linked_account_is_shown_with_who_linked_it_and_how_it_is_doing(
    world: World, home: Home, linked: Linked
) -> None:
    words = home.open()
    assert f"Uses this workspace's own Parallel account (key …{linked.last_four})" in words
    assert f"Connected by <@{world.user}>." in words
    assert "Last verified webhook: none yet" in words
    assert linked.api_key not in json.dumps(home.blocks())
    assert home.buttons() == [
        "New monitor",
        "Rotate webhook secret",
        "Paste an API key",
        "Change account",
        "Disconnect",
        "Change rules",
        "Export audit trail",
    ]
    other = Home(world, member(world))
    assert f"Only admins can change these settings. Ask an admin: <@{world.user}>" in other.open()
    assert other.buttons() == ["New monitor"]


def test_help_says_the_same_in_two_lines(world: World, linked: Linked) -> None:
    answer = cast("Json", world.command("/help")["answer"])
    words = str(answer["text"])
    assert f"Uses this workspace's own Parallel account (key …{linked.last_four})" in words
    assert "Last verified webhook: none yet." in words


def test_a_call_that_worked_is_noted_and_one_that_did_not_is_not(
    world: World, home: Home, settings: Settings
) -> None:
    begun = int(time.time())
    # From the beginning: the reconciler calls with each key that is there.
    linked = link(world, settings, is_revoked=True, at=datetime(2026, 1, 2, tzinfo=UTC))
    assert max(moments(home.open())) < begun
    world.change(f"/control/parallel/accounts/{linked.name}", revoked=False)
    world.watch("papers on fusion")
    world.until(lambda: max(moments(home.open())) >= begun)


def test_without_a_webhook_secret_it_says_that_webhooks_are_hints(
    world: World, home: Home, settings: Settings
) -> None:
    link(world, settings, with_secret=False)
    assert "No webhook secret yet." in home.open()
    assert home.buttons()[1] == "Add webhook secret"


def test_each_person_sees_their_own_monitors_of_this_workspace_only(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    other = member(world)
    room = world.room(members=[world.user, other])
    thread, _ = room.watch("papers on fusion")
    replace(room, user=other).watch("papers on fission")
    elsewhere = world.workspace(f"w{uuid4().hex[:8]}")
    assert elsewhere.install()["status"] == 200

    async def to_both(accounts: SqlAccounts) -> ParallelAccount:
        return await accounts.connect(Workspace(elsewhere.team_id), linked.api_key, [linked.secret])

    in_store(settings, to_both)
    elsewhere.watch("papers on fishes")
    words = home.open()
    assert "papers on fusion" in words
    assert "papers on fission" not in words
    assert "papers on fishes" not in words
    (url,) = home.button_links()
    assert url.endswith(f"/archives/{thread.channel}/p{thread.ts.replace('.', '')}")
    assert "papers on fission" in Home(world, other).open()


def test_a_parallel_that_refuses_is_told_in_place_of_the_monitors(
    world: World, home: Home, linked: Linked
) -> None:
    world.change(f"/control/parallel/accounts/{linked.name}", revoked=True)
    words = home.open()
    assert "Parallel no longer accepts the API key of this workspace's Parallel account" in words
    assert "choose “Paste an API key”" in words
    assert "Paste an API key" in home.buttons()
    assert "I can't load them right now." in words
    assert "Disconnect" in home.buttons()


def test_where_slack_does_not_say_who_is_an_admin_no_settings_are_shown(
    world: World, home: Home, linked: Linked
) -> None:
    world.fault("slack", "500", match="users.info")
    words = home.open()
    assert linked.last_four in words
    assert "I couldn't check with Slack whether you're an admin" in words
    assert home.buttons() == ["New monitor"]


def test_monitors_come_first_then_what_they_cost_then_the_account(
    world: World, home: Home, linked: Linked
) -> None:
    world.watch("--deep papers on fusion", command="/hourly")
    other = member(world)
    world.room(members=[other]).watch("papers on fission", user=other)
    words = home.open()
    order = ["papers on fusion", "About $7.29 a month", "Parallel account", linked.last_four]
    assert sorted(order, key=words.index) == order
    spent = " ".join(words.split())
    assert f"By channel: <#{world.channel}> $7.20 · other channels $0.09" in spent
    assert f"By person: <@{world.user}> $7.20 · <@{other}> $0.09" in spent


@pytest.mark.parametrize("count", first(1, [25, 60]))
def test_all_monitors_are_paged_searched_and_filtered(
    world: World, home: Home, linked: Linked, app: RunningApp, count: int
) -> None:
    assert linked.last_four in home.open()
    queries = [f"subject number {each}" for each in range(count)]
    make(app, world, queries)
    home.until(f"1 to 10 of {count}")
    pages = [home.queries()]
    while "Older" in home.buttons():
        pages.append(home.after(lambda: home.press("Older")))
    assert [each for page in pages for each in page] == [*reversed(queries)]
    assert home.after(lambda: home.press("Newer")) == pages[-2]
    matching = [each for each in reversed(queries) if "1" in each]
    found = home.after(lambda: home.use("home_search", value=" NUMBER 1 "))
    assert found == matching[:10]
    assert home.after(lambda: home.press("Older")) == matching[10:]
    # It stays when the tab is opened again.
    assert f"1 to 10 of {len(matching)}" in home.open()
    assert home.after(lambda: home.use("home_filter", selected_option="on_hold")) == []
    assert "None of your monitors match." in home.words()
    assert home.after(lambda: home.use("home_search", value=None)) == []
    assert home.after(lambda: home.use("home_filter", selected_option="all")) == pages[0]


def test_a_search_finds_what_another_keyboard_wrote(
    world: World, home: Home, linked: Linked, app: RunningApp
) -> None:
    assert linked.last_four in home.open()
    queries = [
        "\u201cAI agents\u201d in Zu\u0308rich",
        "\u0130stanbul Stra\u00dfe",
        "\uff21\uff29 chips",
    ]
    make(app, world, queries)
    home.until(queries[0])
    for search, found in {
        '"ai agents"': queries[:1],
        "z\u00fcrich": queries[:1],
        "zurich": queries[:1],
        "istanbul STRASSE": queries[1:2],
        "ai": [queries[2], queries[0]],
        "a\u200bi chips": queries[2:],
    }.items():
        assert home.after(lambda search=search: home.use("home_search", value=search)) == found


def test_paused_monitors_are_found_by_their_state(world: World, home: Home, linked: Linked) -> None:
    assert linked.last_four in home.open()
    paused, _ = world.watch("papers on fusion")
    world.watch("papers on fission")
    world.say("pause", thread=paused)
    home.until("paused")
    assert home.after(lambda: home.use("home_filter", selected_option="on_hold")) == [
        "papers on fusion"
    ]
    assert home.after(lambda: home.use("home_filter", selected_option="watching")) == [
        "papers on fission"
    ]


def test_a_monitor_is_cancelled_from_the_tab(world: World, home: Home, linked: Linked) -> None:
    assert linked.last_four in home.open()
    thread, _ = world.watch("papers on fusion")
    home.until("papers on fusion")
    assert home.after(lambda: home.press("Cancel")) == []
    assert "Cancelled. The monitor's thread says so" in home.words()
    assert world.replies(thread) == ["Cancelled. Nothing more will be posted here."]


def doing(words: str, query: str) -> str:
    """What the monitor's line says first."""
    return words.partition(query)[2].lstrip("\n ·").partition(" · ")[0]


def test_a_monitor_of_an_account_with_a_problem_is_on_hold(
    world: World, home: Home, linked: Linked
) -> None:
    """Until the app has tried the account again; `/help` says the same to everybody."""
    _, monitor_id = world.watch("papers on fusion")
    assert doing(home.open(), "papers on fusion") == "watching"
    held = ended("deliver", "Suspended", about=monitor_id)
    world.change(f"/control/parallel/accounts/{linked.name}", revoked=True)
    world.run(monitor_id)
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    problem = "Parallel no longer accepts the API key of this workspace's Parallel account"
    other = member(world)
    room = world.room(members=[world.user, other])
    for user in (world.user, other):
        answer = cast("Json", room.command("/help", user=user)["answer"])
        assert f"{problem}, so your monitors are on hold" in str(answer["text"])
        assert "choose “Paste an API key”" in str(answer["text"])
    # What the app has not noticed yet: the account works again.
    world.change(f"/control/parallel/accounts/{linked.name}", revoked=False)
    words = home.open()
    assert problem in words
    assert doing(words, "papers on fusion") == "on hold"


def test_help_says_nothing_of_a_problem_where_there_is_none(world: World, linked: Linked) -> None:
    assert linked.last_four in (text := str(world.command("/help")["answer"]))
    assert "on hold" not in text


def test_a_monitor_whose_channel_is_closed_cannot_post_and_the_others_watch(
    world: World, home: Home, linked: Linked
) -> None:
    assert linked.last_four in home.open()
    _, monitor_id = world.watch("papers on fusion")
    world.room(members=[world.user]).watch("papers on fission")
    held = ended("deliver", "Suspended", about=monitor_id)
    channel = f"/control/slack/channels/{world.channel}"
    world.change(channel, archived=True)
    world.run(monitor_id)
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    words = home.open()
    assert doing(words, "papers on fusion") == "can't post in its channel"
    assert doing(words, "papers on fission") == "watching"


def test_a_paused_monitor_is_not_said_to_be_watching(
    world: World, home: Home, linked: Linked
) -> None:
    assert linked.last_four in home.open()
    thread, _ = world.watch("papers on fusion")
    world.say("pause", thread=thread)
    assert doing(home.until("paused"), "papers on fusion").startswith("paused")
