"""Ten thousand bad requests for every door, and what became of them."""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from sandbox.slack import SlackSettings
from tests.security.described import described_doors
from tests.security.http_bytes import BadRequest, Dice
from tests.security.page_doors import PageRequests, bad_callback, bad_install, bad_path
from tests.security.parallel_door import ParallelDoorRequests
from tests.security.sender import Tally, send_all
from tests.security.served import Effects, Served, new_effects, serving_app
from tests.security.slack_door import SlackDoorRequests

PER_DOOR: Final = 10_000
SEED: Final = 4
UNKNOWN: Final = "unknown paths"

MakeOne = Callable[[Dice], BadRequest]


@dataclass(frozen=True, slots=True)
class DoorResult:
    door: str
    tally: Tally
    effects: Effects
    seconds: float


def flood(*, per_door: int = PER_DOOR, seed: int = SEED) -> list[DoorResult]:
    """One result per door, on an event loop and an app of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_flood(per_door, seed))


async def _flood(per_door: int, seed: int) -> list[DoorResult]:
    results: list[DoorResult] = []
    with tempfile.TemporaryDirectory() as folder:
        async with serving_app(Path(folder) / "data") as served:
            for door, make in (await _doors(served)).items():
                before = await served.effects()
                began = time.monotonic()
                dice = Dice(random.Random(f"{seed} {door}"))  # noqa: S311 - repeatable, guards nothing
                tally = await send_all(served.target, _some(make, dice, per_door))
                seconds = time.monotonic() - began
                effects = new_effects(before, await served.effects())
                results.append(DoorResult(door, tally, effects, seconds))
    return results


def _some(make: MakeOne, dice: Dice, count: int) -> Iterator[BadRequest]:
    """Made as they are sent: a signature holds for five minutes only."""
    return (make(dice) for _ in range(count))


async def _doors(served: Served) -> Mapping[str, MakeOne]:
    """Every door that docs/openapi.yaml describes, by name, and what is none."""
    settings = served.settings
    if settings.parallel_webhook_secret is None:
        raise RuntimeError("the demo's settings name a webhook secret")
    slack = SlackDoorRequests(
        SlackSettings().signing_secret, served.team_id, "C0RESEARCH", served.admin_id
    )
    parallel = ParallelDoorRequests(
        await served.endpoint_id(), settings.parallel_webhook_secret.get_secret_value()
    )
    cookie = await served.browsers_cookie()
    special: dict[str, MakeOne] = {
        "/slack/events": slack.bad,
        "/webhooks/parallel/{endpoint_id}": parallel.bad,
        "/slack/install": bad_install,
        "/slack/oauth_redirect": bad_callback,
    }
    doors = {
        door.name: special.get(door.path, PageRequests(door, cookie).bad)
        for door in described_doors()
    }
    return {**doors, UNKNOWN: bad_path}
