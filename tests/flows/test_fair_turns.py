"""Workspaces on one Parallel account take turns: a flood of some leaves a place for another."""

from concurrent.futures import ThreadPoolExecutor
from typing import cast
from uuid import uuid4

import pytest

from tests.flows.world import Json, World

EACH = 40
# What a channel takes at once.
IN_CHANNEL = 10
# How many of the flood are made later than the one that is asked for last.
BEHIND = 20


@pytest.mark.thorough
def test_a_flood_of_four_workspaces_does_not_keep_the_fifth_waiting(outside: World) -> None:
    four = [outside.workspace(f"w{uuid4().hex[:8]}") for _ in range(4)]
    fifth = outside.workspace(f"w{uuid4().hex[:8]}")
    for world in (*four, fifth):
        assert world.install()["status"] == 200
    rooms = [world.room(members=[world.user]) for world in four for _ in range(EACH // IN_CHANNEL)]
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(room.command, "/monitor", f"query {number}")
            for number in range(IN_CHANNEL)
            for room in rooms
        ]
        # None: on a busy machine an answer may come later than Slack waits.
        assert {each.result()["status"] for each in asked} <= {200, None}
    teams = {world.team_id for world in four}
    fifth.watch("new papers on fusion")

    def made() -> list[bool]:
        """Whether each monitor is the flood's, oldest first."""
        return [team_of(monitor) in teams for monitor in reversed(fifth.all_monitors())]

    # Those were asked for earlier: had there been no turns, none would come behind it.
    fifth.until(lambda: sum(made()[made().index(False) :]) >= BEHIND)


def team_of(monitor: Json) -> str:
    return str(cast("Json", monitor["metadata"])["slack_team_id"])
