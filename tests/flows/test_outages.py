"""Redis gone, standing still or emptied, PostgreSQL gone: nothing is lost and nothing comes twice.

The doors say so while they cannot write, and the sender tries again; a command cannot be sent
again by Slack, so its person is told.
"""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.cli.demo import demo_settings
from monitors.delivery.post_once import PostTimes
from monitors.settings import Settings
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig
from tests.flows.app import HASTY, RunningApp
from tests.flows.findings import assert_each_once, finding
from tests.flows.signed import SlackSender
from tests.flows.world import Json, World
from tests.migrated import migrate
from tests.servers import (
    PostgresServer,
    RedisServer,
    empty_redis,
    free_port,
    running_postgres,
    running_redis,
)

pytestmark = pytest.mark.servers

# Slack may carry a post out later than the channel's limit alone would put the next try off.
LATE = replace(HASTY, posts=PostTimes(call=timedelta(seconds=2), late=timedelta(seconds=6)))
SLACK_SETTINGS = "/control/slack/settings"
READY = {"accepting": True, "redis": True, "sql": True, "worker": True}


@pytest.fixture(scope="module")
def redis() -> Generator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(scope="module")
def postgres() -> Generator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def settings(
    sandbox: Sandbox,
    redis: RedisServer,
    postgres: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    """On servers that a test may take away, with a reconciler that looks every second."""
    data_dir = tmp_path_factory.mktemp("app") / "data"
    made = demo_settings(sandbox, SandboxConfig().slack, port=free_port(), data_dir=data_dir)
    database_url = postgres.url.render_as_string(hide_password=False)
    asyncio.run(migrate(database_url, Path()))
    return made.model_copy(
        update={
            "redis_url": redis.url,
            "database_url": database_url,
            "encryption_keys": SecretStr(Fernet.generate_key().decode()),
            "reconcile_seconds": 1,
        }
    )


@pytest.fixture(scope="module")
def app(settings: Settings, sandbox: Sandbox) -> Generator[RunningApp]:
    with RunningApp(settings, timings=LATE) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running


def readiness(world: World) -> dict[str, bool]:
    return httpx.get(f"{world.app_url}/readyz", trust_env=False, verify=NO_TLS, timeout=60).json()


def until_ready(world: World) -> None:
    world.until(lambda: readiness(world) == READY)


def statuses(world: World, monitor_id: str) -> list[object]:
    """What each try to hand over a finding's webhook was answered."""
    wanted = "monitor.event.detected"
    return [each["status"] for each in world.deliveries(monitor_id) if each["type"] == wanted]


def test_a_webhook_that_cannot_be_queued_is_refused_and_comes_again(
    world: World, redis: RedisServer
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    redis.stop()
    try:
        world.run(monitor_id, events=[finding("found without Redis")])
        world.until(lambda: 503 in statuses(world, monitor_id))
        # The worker isn't asked about: it is down as well where this has taken a while.
        assert {**readiness(world), "worker": True} == {**READY, "redis": False}
    finally:
        redis.start()
    until_ready(world)
    world.until(lambda: world.replies(thread))
    world.until(lambda: 202 in statuses(world, monitor_id))
    assert_each_once(world, thread, monitor_id, ["found without Redis"])


def test_a_command_typed_without_redis_is_carried_out_once_it_is_back(
    world: World, redis: RedisServer
) -> None:
    redis.stop()
    try:
        answer = world.command("/monitor", "new papers on fusion")
        assert answer["status"] == 200
        assert world.messages() == []
    finally:
        redis.start()
    thread, _ = world.until_watching()
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    assert (len(world.cards()), len(world.monitors())) == (1, 1)


def test_a_redis_that_stands_still_keeps_nobody_waiting_and_loses_nothing(
    world: World, redis: RedisServer
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    with redis.standing_still():
        answer = world.command("/monitor", "another")
        assert answer["status"] == 200
        assert float(str(answer["seconds"])) < 3
        world.run(monitor_id, events=[finding("found while Redis stood still")])
        world.until(lambda: 503 in statuses(world, monitor_id))
        assert readiness(world)["redis"] is False
    until_ready(world)
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["found while Redis stood still"])
    world.until(lambda: len(world.monitors()) == 2)
    assert len(world.cards()) == 2


def test_a_redis_emptied_under_waiting_jobs_costs_no_request_and_no_finding(
    world: World, redis: RedisServer
) -> None:
    """Jobs wait because Slack and Parallel fail; then only SQL and Parallel remember."""
    watched = [world.watch(f"query {number}") for number in range(3)]
    world.fault("slack", "500", match="chat.postMessage")
    world.fault("parallel", "500", match="* /v1/monitors")
    for number, (_, monitor_id) in enumerate(watched):
        world.run(monitor_id, events=[finding(f"finding {number}")])
    for number in range(3):
        world.command("/monitor", f"waiting {number}")
    world.until(lambda: len(world.calls_here()) > 6)
    asyncio.run(empty_redis(redis.url))
    world.calm()
    world.until(lambda: len(world.monitors()) == 6)
    world.until(lambda: all(str(card["text"]).startswith("Watching") for card in world.cards()))
    for number, (thread, monitor_id) in enumerate(watched):
        world.until(lambda thread=thread: world.replies(thread))
        assert_each_once(world, thread, monitor_id, [f"finding {number}"])
    assert (len(world.cards()), len(world.monitors())) == (6, 6)


def test_a_redis_emptied_between_post_and_record_repeats_nothing(
    world: World, redis: RedisServer
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "held", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("posted slowly")])
    world.until(lambda: world.replies(thread))
    asyncio.run(empty_redis(redis.url))
    world.calm()
    assert_each_once(world, thread, monitor_id, ["posted slowly"])


def test_without_sql_the_doors_refuse_and_the_person_is_told(
    world: World, postgres: PostgresServer
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    postgres.stop()
    try:
        answer = world.command("/monitor", "new papers on fusion")
        assert answer["status"] == 200
        assert "nothing was done" in str(answer["answer"])
        sender = SlackSender.of(world)
        reply: Json = {
            "type": "message",
            "channel": world.channel,
            "user": world.user,
            "text": "cancelmonitor",
            "ts": "1700000009.000100",
            "thread_ts": thread.ts,
        }
        assert sender.event(world, reply).status_code == 503
        world.run(monitor_id, events=[finding("found without SQL")])
        world.until(lambda: readiness(world) == {**READY, "sql": False})
    finally:
        postgres.start()
    until_ready(world)
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["found without SQL"])
    assert (len(world.cards()), len(world.monitors())) == (1, 1)


def test_without_writes_in_sql_the_doors_refuse_and_the_person_is_told(
    world: World, postgres: PostgresServer
) -> None:
    """As where its disk is full, or the primary has become a replica."""
    thread, monitor_id = world.watch("new papers on fusion")
    with postgres.read_only():
        answer = world.command("/monitor", "new papers on fusion")
        assert answer["status"] == 200
        assert "nothing was done" in str(answer["answer"])
        reply: Json = {
            "type": "message",
            "channel": world.channel,
            "user": world.user,
            "text": "cancelmonitor",
            "ts": "1700000009.000200",
            "thread_ts": thread.ts,
        }
        assert SlackSender.of(world).event(world, reply).status_code == 503
        world.run(monitor_id, events=[finding("found without writes")])
        world.until(lambda: readiness(world) == {**READY, "sql": False})
    until_ready(world)
    world.until(lambda: world.replies(thread))
    assert_each_once(world, thread, monitor_id, ["found without writes"])
    assert (len(world.cards()), len(world.monitors())) == (1, 1)
    assert world.jobs("deliver", "Failed") == 0


def test_sql_that_stands_still_keeps_nobody_waiting_and_does_nothing_afterwards(
    world: World, postgres: PostgresServer
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    # That SQL still stands still when they are answered is enough: a busy machine takes longer.
    world.change(SLACK_SETTINGS, ack_seconds=60)
    with postgres.standing_still():
        answers = [world.command("/monitor", f"typed {number}") for number in range(3)]
        for answer in answers:
            assert answer["status"] == 200
            assert "nothing was done" in str(answer["answer"])
        world.change(SLACK_SETTINGS, ack_seconds=3)
        world.run(monitor_id, events=[finding("found while SQL stood still")])
    until_ready(world)
    world.until(lambda: world.replies(thread))
    world.command("/monitor", "typed again")
    world.until(lambda: len(world.monitors()) == 2)
    assert_each_once(world, thread, monitor_id, ["found while SQL stood still"])
    assert len(world.cards()) == 2


def test_sql_lost_in_the_middle_of_a_post_repeats_nothing(
    world: World, postgres: PostgresServer
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "held", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("posted, not recorded")])
    world.until(lambda: world.replies(thread))
    postgres.stop()
    try:
        world.calm()
    finally:
        postgres.start()
    until_ready(world)
    assert_each_once(world, thread, monitor_id, ["posted, not recorded"])


def test_sql_lost_in_the_middle_of_a_start_leaves_one_card_and_one_monitor(
    world: World, postgres: PostgresServer
) -> None:
    world.fault("parallel", "held", match="POST /v1/monitors", times=1)
    world.command("/monitor", "new papers on fusion")
    world.until(world.monitors)
    postgres.stop()
    try:
        world.calm()
    finally:
        postgres.start()
    world.until_watching()
    assert (len(world.cards()), len(world.monitors())) == (1, 1)


def test_a_post_carried_out_late_stands_once_though_redis_is_emptied_in_between(
    world: World, redis: RedisServer
) -> None:
    """CASES A1: only the ledger remembers that Slack may yet carry the post out."""
    thread, monitor_id = world.watch("new papers on fusion")
    world.until(lambda: "checked " in world.card_text(thread))
    # Within the time for which a row in doubt is nobody's.
    world.fault("slack", "late", match="chat.postMessage", times=1, seconds=5)
    world.run(monitor_id, events=[finding("carried out late")])
    world.until_held("slack")
    for number in range(3):
        world.run(monitor_id, events=[finding(f"hint {number}")])
        asyncio.run(empty_redis(redis.url))
    world.until(lambda: world.get("/control/slack/faults")["still_late"] == 0)
    world.until(lambda: len(world.replies(thread)) >= 4)
    assert_each_once(world, thread, monitor_id, ["carried out late", "hint 0", "hint 1", "hint 2"])
