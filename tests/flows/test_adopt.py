"""Monitors that other programs made: listed by the operator, and taken over into a thread."""

import json

import pytest

from monitors.settings import Settings
from sandbox.demo import DEMO_ACCOUNT
from tests.flows.findings import finding
from tests.flows.operator import operate
from tests.flows.world import ADA, Json, World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


def made_elsewhere(world: World, query: str) -> str:
    """By the CLI, n8n, or another app."""
    body: Json = {"type": "event_stream", "frequency": "6h", "settings": {"query": query}}
    answer = world.client.post(
        "/parallel/v1/monitors", json=body, headers={"x-api-key": DEMO_ACCOUNT.api_key}
    )
    return str(answer.json()["monitor_id"])


def test_the_operator_sees_every_monitor_and_what_has_no_thread(
    world: World, settings: Settings
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    other = made_elsewhere(world, "made by the CLI")
    done = operate(settings, "monitors", "--json")
    listed = {each["monitor_id"]: each for each in json.loads(done.out)}
    ours = listed[monitor_id]
    assert (ours["channel"], ours["thread"]) == (thread.channel, thread.ts)
    assert (ours["query"], ours["costs"]) == ("new papers on fusion", "about $0.09 a month")
    assert (listed[other]["query"], listed[other]["thread"]) == ("made by the CLI", "")
    assert "made by the CLI" in operate(settings, "monitors").out


def test_an_adopted_monitor_has_a_card_and_posts_what_it_finds_from_then_on(
    world: World, settings: Settings
) -> None:
    monitor_id = made_elsewhere(world, "made by the CLI")
    world.run(monitor_id, events=[finding("found before")])
    asked = ("adopt", monitor_id, "--workspace", world.team_id, "--channel", world.channel)
    done = operate(settings, *asked, "--user", ADA)
    assert done.code == 0, done
    thread, adopted = world.until_watching()
    assert adopted == monitor_id
    assert "ran on the Parallel account without a thread" in world.replies(thread)[0]
    world.run(monitor_id, events=[finding("found afterwards")])
    world.until(lambda: "found afterwards" in " ".join(world.replies(thread)))
    assert "found before" not in " ".join(world.replies(thread))
    again = operate(settings, *asked)
    assert (again.code, "has a thread already" in again.out) == (1, True)
    assert len(world.cards()) == 1


def test_what_cannot_be_adopted_says_why_and_leaves_nothing(
    world: World, settings: Settings
) -> None:
    asked = ("--workspace", world.team_id, "--channel", world.channel)
    done = operate(settings, "adopt", "monitor_of_nobody", *asked)
    assert (done.code, "no such monitor" in done.out) == (1, True)
    elsewhere = operate(
        settings, "adopt", "monitor_of_nobody", "--workspace", "T0NOWHERE", "--channel", "C0X"
    )
    assert elsewhere.code == 1
    assert world.messages() == []
