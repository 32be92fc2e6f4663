"""What holds for every key in Redis, and what only a real server can show of the limits."""

import re

import pytest
from cryptography.fernet import Fernet
from redis.asyncio import Redis

from monitors.accounts.link_tokens import (
    LINK_TOKEN_SECONDS,
    SESSION_SECONDS,
    LinkTokens,
)
from monitors.accounts.submissions import SUBMISSION_SECONDS, RedisSubmissions
from monitors.accounts.webhook_check import RedisVerifications, WebhookTest
from monitors.delivery.limits import LONGEST_WAIT_SECONDS, RedisLimits
from monitors.model.linking import (
    LinkRequest,
    PendingConsent,
    PendingInstall,
    PendingKey,
    Receipt,
    Visitor,
)
from monitors.model.workspace import Workspace
from monitors.storage.keys import (
    CRASH_TTL_SECONDS,
    VERIFICATION_TTL_SECONDS,
    channel_posts_key,
    told_key,
    workspace_posts_key,
)
from monitors.storage.sealing import Sealer
from monitors.work.crashes import RedisCrashes
from tests.contracts.conftest import Clock, keys_of, shared_in_redis

pytestmark = pytest.mark.anyio

HERE = Workspace("T1")


async def test_every_key_has_an_end(redis: Redis, clock: Clock) -> None:
    shared = shared_in_redis(redis, clock)
    for _ in range(70):
        await shared.limits.wait_seconds(HERE, "C1")
        await shared.limits.create_wait_seconds("endpoint_1", HERE)
    await shared.limits.told_to_wait(HERE, 3000)
    await shared.limits.wait_seconds(HERE, "C2")
    sealer = Sealer([Fernet.generate_key().decode()])
    ada = LinkRequest(HERE, "U1")
    for value in (
        ada,
        Visitor(ada, "Ada"),
        Receipt(HERE, "Acme", "https://slack.com/"),
        PendingConsent("session", "verifier"),
        PendingInstall(),
        PendingKey(ada, "key", 1),
    ):
        await LinkTokens(redis, sealer, type(value)).issue(value)
    assert await RedisSubmissions(redis).claim(HERE, "V1")
    verifications = RedisVerifications(redis)
    await verifications.note("endpoint_2", WebhookTest.WRONG)
    await verifications.begin("endpoint_1")
    await verifications.note("endpoint_1", WebhookTest.WRONG)
    crashes = RedisCrashes(redis)
    assert [await crashes.crashed("job_1"), await crashes.crashed("job_1")] == [1, 2]
    longest = {
        "threadwatch:creates:{endpoint_1}": 120,
        "threadwatch:creates:{endpoint_1}:T1": 120,
        "threadwatch:crashes:job_1": CRASH_TTL_SECONDS,
        "threadwatch:link-confirmation:…": LINK_TOKEN_SECONDS,
        "threadwatch:link-consent:…": LINK_TOKEN_SECONDS,
        "threadwatch:link-install:…": LINK_TOKEN_SECONDS,
        "threadwatch:link-receipt:…": LINK_TOKEN_SECONDS,
        "threadwatch:link-session:…": SESSION_SECONDS,
        "threadwatch:link-ticket:…": LINK_TOKEN_SECONDS,
        "threadwatch:webhook-test:{endpoint_1}": VERIFICATION_TTL_SECONDS,
        "threadwatch:{T1}:posts": 3120,
        "threadwatch:{T1}:posts:C1": 180,
        "threadwatch:{T1}:posts:C2": 3120,
        "threadwatch:{T1}:told": 3060,
        "threadwatch:{T1}:view:V1": SUBMISSION_SECONDS,
    }
    lives = {
        re.sub(r"(link-[a-z]+:).*", r"\1…", key): await redis.ttl(key)
        for key in await keys_of(redis)
    }
    assert sorted(lives) == sorted(longest)
    assert {key: life for key, life in lives.items() if not 0 < life <= longest[key]} == {}


def test_the_keys_of_one_script_are_kept_together_in_a_cluster() -> None:
    keys = (channel_posts_key(HERE, "C1"), workspace_posts_key(HERE), told_key(HERE))
    assert {re.findall(r"{(.*?)}", key)[0] for key in keys} == {"T1"}


async def test_the_limits_go_by_the_servers_clock_unless_given_another(redis: Redis) -> None:
    limits = RedisLimits(redis, burst=2)
    assert [await limits.wait_seconds(HERE, "C1") for _ in range(2)] == [0, 0]
    assert 0.5 < await limits.wait_seconds(HERE, "C1") <= 1
    await limits.told_to_wait(HERE, 30)
    assert 29 < await limits.wait_seconds(HERE, "C2") <= 30


async def test_a_clock_set_back_makes_nobody_wait_much_longer(redis: Redis, clock: Clock) -> None:
    limits = RedisLimits(redis, now=clock.seconds, burst=2)
    assert [await limits.wait_seconds(HERE, "C1") for _ in range(2)] == [0, 0]
    clock.advance(hours=-1)
    wait = await limits.wait_seconds(HERE, "C1")
    assert 0 < wait <= 2, "a bucket that was empty is empty"
    clock.advance(seconds=wait)
    assert await limits.wait_seconds(HERE, "C1") == 0
    await limits.wait_seconds(HERE, "C1")
    clock.advance(hours=-1)
    assert 0 < await limits.wait_seconds(HERE, "C1") <= 2 + LONGEST_WAIT_SECONDS


async def test_other_limits_can_be_chosen(redis: Redis, clock: Clock) -> None:
    limits = RedisLimits(
        redis,
        now=clock.seconds,
        posts_per_second=0.5,
        burst=1,
        workspace_per_minute=6,
        workspace_burst=2,
        creates_per_minute=1,
    )
    assert await limits.wait_seconds(HERE, "C1") == 0
    assert await limits.wait_seconds(HERE, "C1") == pytest.approx(2, abs=0.01)
    assert await limits.wait_seconds(HERE, "C2") == 0
    assert await limits.wait_seconds(HERE, "C3") == pytest.approx(10, abs=0.01)
    assert await limits.create_wait_seconds("endpoint_1", HERE) == 0
    assert await limits.create_wait_seconds("endpoint_1", HERE) == pytest.approx(60, abs=0.01)
