"""`/readyz` is for a worker that does jobs, not only for one that runs."""

import asyncio
from collections.abc import Generator
from dataclasses import replace

import httpx
import pytest

from bot.web.working import CONCURRENCY
from monitors.settings import Settings
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox
from tests.flows.app import IMPATIENT, RunningApp
from tests.flows.signed import SlackSender
from tests.flows.world import World


@pytest.fixture(scope="module")
def app(settings: Settings, sandbox: Sandbox) -> Generator[RunningApp]:
    with RunningApp(settings, timings=replace(IMPATIENT, pulse_seconds=3.0)) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running


def worker_of(world: World) -> tuple[int, bool]:
    answer = httpx.get(f"{world.app_url}/readyz", trust_env=False, verify=NO_TLS)
    return answer.status_code, answer.json()["worker"]


@pytest.mark.thorough
def test_a_worker_whose_places_are_all_held_is_not_ready_until_it_goes_on(world: World) -> None:
    world.until(lambda: worker_of(world) == (200, True))
    world.fault("slack", "slow", seconds=8.0)
    sender = SlackSender.of(world)
    for number in range(CONCURRENCY):
        assert sender.command(world, "/monitor", f"query {number}").status_code == 200
    world.until(lambda: worker_of(world) == (503, False))
    alive = httpx.get(f"{world.app_url}/healthz", trust_env=False, verify=NO_TLS)
    assert alive.status_code == 200
    world.calm()
    world.until(lambda: worker_of(world) == (200, True))
