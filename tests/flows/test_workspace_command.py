"""`threadwatch workspace`: what is held about one is shown, and forgotten."""

import json
import subprocess
import sys
from typing import cast

import pytest

from monitors.settings import Settings
from tests.flows.app_process import ROOT, environment_of
from tests.flows.leaver import Leaver
from tests.flows.signed import SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, World


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command, our own words
        [sys.executable, "-m", "bot", "workspace", *arguments],
        cwd=ROOT,
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def leaver(outside: World) -> Leaver:
    return Leaver.of(outside)


def test_an_export_shows_all_that_is_held_and_no_secret(
    leaver: Leaver, settings: Settings, outside: World
) -> None:
    other = Leaver.of(outside)
    done = run(settings, "export", leaver.world.team_id)
    assert done.returncode == 0, done.stderr
    held = cast("Json", json.loads(done.stdout))
    assert cast("Json", held["installation"])["bot_user_id"] == leaver.bot_user_id
    monitors = cast("list[Json]", held["monitors"])
    assert {each["monitor_id"] for each in monitors} == set(leaver.monitor_ids)
    tables = cast("dict[str, list[Json]]", held["tables"])
    assert {row["monitor_id"] for row in tables["baselines"]} == set(leaver.monitor_ids)
    assert [row["state"] for row in tables["ledger"]] == ["posted"]
    assert held["cache_keys"]
    assert held["incomplete"] == []
    for secret in ("xoxb-", "sealed", str(settings.parallel_api_key), other.world.team_id):
        assert secret not in done.stdout


def test_an_export_of_nothing_says_so(settings: Settings, outside: World) -> None:
    del outside
    done = run(settings, "export", "T0NOBODY01")
    assert done.returncode == 1
    assert "Nothing is held about T0NOBODY01." in done.stderr


def test_an_operator_removes_a_workspace_and_no_other(
    leaver: Leaver, settings: Settings, outside: World, stored: Stored
) -> None:
    other = Leaver.of(outside)
    kept = stored.lasting(other.world.team_id)
    done = run(settings, "remove", leaver.world.team_id)
    assert done.returncode == 0, done.stderr
    assert "is forgotten" in done.stdout
    leaver.until_gone(stored)
    assert other.statuses == {"active"}
    assert stored.lasting(other.world.team_id) == kept
    again = run(settings, "remove", leaver.world.team_id)
    assert (again.returncode, "Nothing is held" in again.stdout) == (1, True)
    outside.until(
        lambda: "not installed" in SlackSender.of(leaver.world).command(leaver.world, "/help").text
    )


@pytest.fixture
def stored(settings: Settings) -> Stored:
    return Stored(settings)
