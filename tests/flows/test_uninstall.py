"""A workspace leaves: its monitors end, nothing about it is kept, and nobody else notices."""

import asyncio
import time
from collections.abc import Generator
from contextlib import aclosing
from typing import Final
from uuid import uuid4

import pytest

from bot.wiring.resources import open_sealer
from monitors.accounts.store import SqlAccounts
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.storage.database import open_database
from monitors.storage.tables import METADATA
from tests.first import first
from tests.flows.findings import assert_each_once, finding
from tests.flows.leaver import ENDINGS, Leaver, next_second, uninstall
from tests.flows.signed import SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, World

ORDERS: Final = [
    ("app_uninstalled",),
    ("tokens_revoked",),
    ("app_uninstalled", "tokens_revoked"),
    ("tokens_revoked", "app_uninstalled"),
    ("tokens_revoked", "app_uninstalled", "tokens_revoked", "app_uninstalled"),
]


@pytest.fixture
def stored(settings: Settings) -> Stored:
    return Stored(settings)


@pytest.fixture(autouse=True)
def calm(outside: World) -> Generator[None]:
    yield
    outside.calm()


def test_what_slack_sends_at_an_uninstall_ends_all_of_it(outside: World, stored: Stored) -> None:
    leaver = Leaver.of(outside)
    assert stored.naming(leaver.world.team_id)
    uninstall(leaver.world, is_told=True)
    leaver.until_gone(stored)
    since = outside.mark("slack")
    sender = SlackSender.of(leaver.world)
    assert "isn't installed" in sender.command(leaver.world, "/help").text
    assert outside.slack_calls("chat.postMessage", since=since) == []


@pytest.mark.parametrize(
    "order",
    [
        ORDERS[0],
        ORDERS[1],
        *(pytest.param(order, marks=pytest.mark.thorough) for order in ORDERS[2:]),
    ],
    ids="-".join,
)
def test_the_events_may_come_alone_in_any_order_and_again(
    outside: World, stored: Stored, order: tuple[str, ...]
) -> None:
    leaver = Leaver.of(outside)
    uninstall(leaver.world, is_told=False)
    bot = leaver.bot_user_id
    for kind in order:
        leaver.tell(kind, bot=bot)
    leaver.until_gone(stored)
    for kind in order:
        leaver.tell(kind, bot=bot)
    assert stored.naming(leaver.world.team_id) == []


def test_the_operators_other_workspaces_go_on(outside: World, stored: Stored) -> None:
    leaver, other = Leaver.of(outside), Leaver.of(outside)
    kept = stored.lasting(other.world.team_id)
    uninstall(leaver.world, is_told=True)
    leaver.until_gone(stored)
    assert other.statuses == {"active"}
    assert stored.lasting(other.world.team_id) == kept
    assert_each_once(other.world, other.thread, other.monitor_ids[0], ["before it left"])


@pytest.mark.parametrize("kind", first(1, sorted(ENDINGS)))
def test_an_event_older_than_a_reinstall_ends_nothing(outside: World, kind: str) -> None:
    leaver = Leaver.of(outside)
    long_ago = time.time() - 3600
    leaver.tell(kind, at=long_ago)
    assert_each_once(leaver.world, leaver.thread, leaver.monitor_ids[0], ["before it left"])
    assert leaver.statuses == {"active"}


def test_the_tokens_of_people_and_of_other_bots_are_no_uninstall(outside: World) -> None:
    leaver = Leaver.of(outside)
    leaver.tell("tokens_revoked", bot="U0OTHERBOT")
    assert_each_once(leaver.world, leaver.thread, leaver.monitor_ids[0], ["before it left"])
    assert leaver.statuses == {"active"}


def test_a_reinstall_while_it_is_removed_wins(outside: World) -> None:
    leaver = Leaver.of(outside)
    outside.fault("parallel", "500", match="GET /v1/monitors")
    since = outside.mark("parallel")
    uninstall(leaver.world, is_told=True)
    outside.until(lambda: len(outside.requests("parallel", since=since)) >= 2)
    next_second(outside)
    assert leaver.world.install()["status"] == 200
    outside.calm()
    assert_each_once(leaver.world, leaver.thread, leaver.monitor_ids[0], ["before it left"])
    assert leaver.statuses == {"active"}


def test_a_workspace_that_comes_back_begins_anew(outside: World, stored: Stored) -> None:
    leaver = Leaver.of(outside)
    uninstall(leaver.world, is_told=True)
    leaver.until_gone(stored)
    assert leaver.world.install()["status"] == 200
    again = Leaver.watching(leaver.world)
    assert again.statuses == {"active"}
    assert leaver.statuses == {"cancelled"}
    uninstall(again.world, is_told=True)
    again.until_gone(stored)


@pytest.mark.parametrize(
    "kind",
    [
        "500",
        *(
            pytest.param(kind, marks=pytest.mark.thorough)
            for kind in ("429", "drop_before", "drop_after")
        ),
    ],
)
@pytest.mark.parametrize("match", first(1, ["GET /v1/monitors", "POST */cancel"]))
def test_what_parallel_cannot_do_now_is_done_later(
    outside: World, stored: Stored, kind: str, match: str
) -> None:
    leaver = Leaver.of(outside)
    outside.fault("parallel", kind, match=match, times=3, seconds=0.1)
    uninstall(leaver.world, is_told=True)
    leaver.until_gone(stored)


def test_the_linked_accounts_key_goes_and_its_monitors_end(
    outside: World, stored: Stored, settings: Settings
) -> None:
    world = outside.workspace("Linked")
    world.install()
    early = Leaver.watching(world)
    api_key = _open_account(world, settings)
    late = Leaver.watching(world)
    uninstall(world, is_told=True)
    late.until_gone(stored)
    early.until_gone(stored)
    cancels = [
        each["token_or_key"]
        for each in outside.requests("parallel")
        if any(str(each["path"]).endswith(f"{id_}/cancel") for id_ in late.monitor_ids)
    ]
    assert set(cancels) == {api_key[-4:]}


def test_a_key_that_parallel_refuses_keeps_nothing_from_being_forgotten(
    outside: World, stored: Stored, settings: Settings
) -> None:
    world = outside.workspace("Refused")
    world.install()
    _open_account(world, settings)
    leaver = Leaver.watching(world)
    world.change(f"/control/parallel/accounts/{world.team_id}", revoked=True)
    uninstall(world, is_told=True)
    world.until_nothing(lambda: stored.naming(world.team_id))
    assert leaver.statuses == {"active"}, "nobody could cancel them"


def test_what_is_being_made_at_the_time_ends_too(outside: World, stored: Stored) -> None:
    world = outside.workspace("Hasty")
    world.install()
    world.fault("parallel", "slow", match="POST /v1/monitors", times=1, seconds=60)
    world.command("/monitor", "papers made while it left")
    world.until_held("parallel")
    uninstall(world, is_told=True)
    world.calm()
    (made,) = world.until(world.monitors)
    world.until(lambda: [each["status"] for each in world.monitors()] == ["cancelled"])
    words = (world.team_id, str(made["monitor_id"]))
    world.until_nothing(lambda: stored.naming(*words))


def test_a_delivery_that_lasts_longer_than_the_removal_brings_nothing_back(
    outside: World, stored: Stored
) -> None:
    leaver = Leaver.of(outside)
    world, monitor_id = leaver.world, leaver.monitor_ids[0]
    outside.fault("parallel", "slow", match=f"GET */{monitor_id}/events", times=1, seconds=60)
    world.run(monitor_id, events=[finding("found while it left")])
    outside.until_held("parallel")
    uninstall(world, is_told=True)
    world.until_nothing(lambda: _rows(stored, world.team_id))
    ended = _ended(world)
    outside.calm()
    world.until(lambda: _ended(world) > ended)
    assert _rows(stored, world.team_id) == []


def _ended(world: World) -> int:
    """Deliveries that aren't tried again."""
    return sum(world.jobs("deliver", outcome) for outcome in ("Done", "Suspended"))


def _rows(stored: Stored, team_id: str) -> list[str]:
    """Without what Redis holds for some minutes: limits."""
    return [each for each in stored.naming(team_id) if each.split(":")[0] in METADATA.tables]


def _open_account(world: World, settings: Settings) -> str:
    """An account of the workspace's own at Parallel, linked."""
    api_key = f"key-of-{world.team_id}-{uuid4().hex[:8]}"
    seed: Json = {"name": world.team_id, "api_key": api_key, "webhook_secret": "whsec_linked"}
    world.post("/control/parallel/accounts", seed)
    asyncio.run(_link(settings, world.team_id, api_key))
    return api_key


async def _link(settings: Settings, team_id: str, api_key: str) -> None:
    async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
        accounts = SqlAccounts(database, open_sealer(settings))
        await accounts.connect(Workspace(team_id), api_key, ["whsec_linked"])
