"""Workspaces on one Parallel account take turns: a flood of some leaves a place for another."""

import asyncio
from dataclasses import replace
from typing import cast
from uuid import uuid4

import httpx
import pytest

from monitors.settings import Settings
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox
from tests.flows.app import HASTY, RunningApp
from tests.flows.world import Json, World

EACH = 10
# How many of the flood are made later than the one that is asked for last.
BEHIND = 10
# Fewer than a busy machine makes, so that it is the turns that decide.
SLOWLY = replace(HASTY, creates_per_minute=60)


@pytest.mark.thorough
def test_a_flood_of_four_workspaces_does_not_keep_the_fifth_waiting(
    sandbox: Sandbox, settings: Settings
) -> None:
    with httpx.Client(base_url=sandbox.url, timeout=120, trust_env=False, verify=NO_TLS) as client:
        # All of it is asked for before any of it is done.
        with RunningApp(settings, worker=False) as app:
            asyncio.run(connect_app(sandbox.url, app.url))
            outside = World(client=client, app_url=app.url)
            four = [outside.workspace(f"w{uuid4().hex[:8]}") for _ in range(4)]
            fifth = outside.workspace(f"w{uuid4().hex[:8]}")
            for world in (*four, fifth):
                assert world.install()["status"] == 200
            for world in four:
                for number in range(EACH):
                    assert world.command("/monitor", f"query {number}")["status"] == 200
            assert fifth.command("/monitor", "new papers on fusion")["status"] == 200
        teams = {world.team_id for world in four}
        with RunningApp(settings, timings=SLOWLY):

            def made() -> list[bool]:
                """Whether each monitor is the flood's, oldest first."""
                return [team_of(monitor) in teams for monitor in reversed(fifth.all_monitors())]

            # Those were asked for earlier: had there been no turns, none would come behind it.
            fifth.until(lambda: False in made() and sum(made()[made().index(False) :]) >= BEHIND)


def team_of(monitor: Json) -> str:
    return str(cast("Json", monitor["metadata"])["slack_team_id"])
