"""`threadwatch workspace`: what is held about one is shown, and forgotten."""

import json
from typing import cast

import pytest
from pydantic import SecretStr

from monitors.settings import Settings
from tests.first import first
from tests.flows.leaver import Leaver
from tests.flows.operator import Ended, operate
from tests.flows.signed import SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, World
from tests.servers import free_port


def run(settings: Settings, *arguments: str) -> Ended:
    return operate(settings, "workspace", *arguments)


@pytest.fixture
def leaver(outside: World) -> Leaver:
    return Leaver.of(outside)


def test_an_export_shows_all_that_is_held_and_no_secret(
    leaver: Leaver, settings: Settings, outside: World
) -> None:
    other = Leaver.of(outside)
    done = run(settings, "export", leaver.world.team_id)
    assert done.code == 0, done.err
    held = cast("Json", json.loads(done.out))
    assert cast("Json", held["installation"])["bot_user_id"] == leaver.bot_user_id
    monitors = cast("list[Json]", held["monitors"])
    assert {each["monitor_id"] for each in monitors} == set(leaver.monitor_ids)
    tables = cast("dict[str, list[Json]]", held["tables"])
    assert {row["monitor_id"] for row in tables["monitors"]} == set(leaver.monitor_ids)
    posted = [row for row in tables["ledger"] if row["monitor_id"] in leaver.monitor_ids]
    assert [row["state"] for row in posted] == ["posted"]
    assert held["cache_keys"]
    assert held["incomplete"] == []
    for secret in ("xoxb-", "sealed", str(settings.parallel_api_key), other.world.team_id):
        assert secret not in done.out


def test_an_export_of_nothing_says_so(settings: Settings, outside: World) -> None:
    del outside
    done = run(settings, "export", "T0NOBODY01")
    assert done.code == 1
    assert "No data about T0NOBODY01." in done.err


@pytest.mark.parametrize("typed", ["", "../x", "acme"])
def test_what_is_no_workspaces_id_is_refused(settings: Settings, typed: str) -> None:
    for command in ("export", "remove", "audit"):
        done = run(settings, command, typed)
        assert done.code == 2
        assert "T0123ABCD" in done.err


@pytest.mark.parametrize("command", first(1, ["export", "remove"]))
def test_a_slack_that_is_away_is_one_line(settings: Settings, outside: World, command: str) -> None:
    del outside
    one_token = {
        "slack_client_id": None,
        "slack_client_secret": None,
        "slack_bot_token": SecretStr("xoxb-nobody"),
        "slack_api_url": f"http://127.0.0.1:{free_port()}/api/",
        "operator_account_for": None,
    }
    done = run(settings.model_copy(update=one_token), command, "T0NOBODY01")
    assert (done.code, done.out) == (1, "")
    assert "Slack isn't available right now. Try again in a few minutes.\n" in done.err
    assert "Traceback" not in done.err


def test_an_operator_removes_a_workspace_and_no_other(
    leaver: Leaver, settings: Settings, outside: World, stored: Stored
) -> None:
    other = Leaver.of(outside)
    # Its finding may be in Slack a moment before the ledger says so.
    outside.until(lambda: "'posting'" not in str(stored.lasting(other.world.team_id)))
    kept = stored.lasting(other.world.team_id)
    done = run(settings, "remove", leaver.world.team_id)
    assert done.code == 0, done.err
    assert "is deleted" in done.out
    leaver.until_gone(stored)
    assert other.statuses == {"active"}
    assert stored.lasting(other.world.team_id) == kept
    again = run(settings, "remove", leaver.world.team_id)
    assert (again.code, "No data about" in again.out) == (1, True)
    outside.until(
        lambda: (
            "isn't installed" in SlackSender.of(leaver.world).command(leaver.world, "/help").text
        )
    )


@pytest.fixture
def stored(settings: Settings) -> Stored:
    return Stored(settings)


def test_an_audit_shows_who_did_what_and_nothing_they_wrote(
    outside: World, settings: Settings
) -> None:
    leaver = Leaver.of(outside)
    world = leaver.world
    thread, _ = world.watch("a query nobody else sees")
    world.say("pause", thread=thread)
    world.until(lambda: world.replies(thread))
    world.command("/monitor", "--every 1m refused")
    done = run(settings, "audit", world.team_id)
    assert done.code == 0, done.err
    head, *lines = done.out.splitlines()
    assert head == "at,who,what,channel,thread"
    assert [line.split(",", 1)[1] for line in lines[:2]] == [
        f"{world.user},pause,{thread.channel},{thread.ts}",
        f"{world.user},start,{thread.channel},{thread.ts}",
    ]
    assert "query" not in done.out
    assert run(settings, "audit", "T0NOBODY01").out.splitlines() == [head]
