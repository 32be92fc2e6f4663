"""Tests whether webhooks arrive signed with the webhook secret that was entered."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog
from cachetools import TTLCache
from redis.asyncio import Redis

from monitors.accounts.last_seen import LastSeen
from monitors.model.account import ParallelAccount
from monitors.model.codec import encode
from monitors.model.parallel_errors import ParallelError
from monitors.model.workspace import Workspace
from monitors.parallel.oauth import ParallelTrials
from monitors.ports import JobQueue, QueueDownError, StoreDownError
from monitors.storage.keys import VERIFICATION_TTL_SECONDS, webhook_verification_key
from monitors.storage.redis_client import redis_errors
from monitors.texts import account_texts
from monitors.watching import listing
from monitors.watching.parts import Parts

# A monitor created before there was a public address has no webhook to test.
MOST_TRIED: Final = 3
# However many webhooks arrive, they cost one write a second.
_NOTE_SECONDS: Final = 1.0
_MOST: Final = 4096

# Only during a test: otherwise no one reads it, and the key would never expire.
_NOTE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SADD', KEYS[1], ARGV[1]) end
"""


class WebhookTest(StrEnum):
    """How a test stands, by what has arrived since it began: of several, the first counts.

    OLD_SECRET: a signature matched only an earlier secret. SENT: Parallel has agreed to send a test
    webhook.
    """

    VERIFIED = "verified"
    OLD_SECRET = "old_secret"  # noqa: S105 - a state's name
    WRONG = "wrong"
    STALE = "stale"
    SENT = "sent"
    BEGUN = "begun"

    @property
    def is_over(self) -> bool:
        return self not in {WebhookTest.SENT, WebhookTest.BEGUN}


class RedisVerifications:
    """What arrived during tests. Lost if Redis isn't responding; the page offers to test again."""

    def __init__(
        self, redis: Redis, *, monotonic_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._script = redis.register_script(_NOTE)
        self._noted = TTLCache[tuple[str, WebhookTest], None](
            _MOST, _NOTE_SECONDS, monotonic_seconds
        )

    async def note(self, endpoint_id: str, what: WebhookTest, *, is_test: bool = False) -> None:
        """Always records a test webhook, which the test is waiting for."""
        if is_test:
            self._noted.pop((endpoint_id, what), None)
        if (endpoint_id, what) in self._noted:
            return
        self._noted[endpoint_id, what] = None
        try:
            await self.write(endpoint_id, what)
        except QueueDownError as error:
            structlog.get_logger("webhooks").warning("webhook not noted", error=str(error))

    async def begin(self, endpoint_id: str) -> None:
        """Start a test, deleting earlier results. Raises QueueDownError."""
        key = webhook_verification_key(endpoint_id)
        with redis_errors("check not begun"):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(key)
                pipe.sadd(key, WebhookTest.BEGUN)
                pipe.expire(key, VERIFICATION_TTL_SECONDS)
                await pipe.execute()

    async def write(self, endpoint_id: str, what: WebhookTest) -> None:
        """Raises QueueDownError."""
        with redis_errors("check not written"):
            await self._script(keys=[webhook_verification_key(endpoint_id)], args=[what])

    async def find(self, endpoint_id: str) -> WebhookTest | None:
        """None if no test has been started recently. Raises QueueDownError."""
        with redis_errors("check not read"):
            held = await self._redis.smembers(webhook_verification_key(endpoint_id))
        return next((each for each in WebhookTest if each.encode() in held), None)


class NoticeWebhooks:
    """Records signature verdicts, for the account's state and for a running test.

    In the background: a webhook is answered right away, even if Redis or SQL isn't responding. Each
    store writes at most once a second, so few of these run at a time.
    """

    def __init__(self, last_seen: LastSeen, statuses: RedisVerifications, queue: JobQueue) -> None:
        self._last_seen = last_seen
        self._statuses = statuses
        self._queue = queue

    def verified(self, endpoint_id: str, *, is_newest: bool, is_test: bool) -> None:
        self._last_seen.webhook(endpoint_id)
        what = WebhookTest.VERIFIED if is_newest else WebhookTest.OLD_SECRET
        self._last_seen.write(self._statuses.note(endpoint_id, what, is_test=is_test))

    def refused(self, endpoint_id: str, *, is_stale: bool, is_streak: bool) -> None:
        """`is_streak`: it is the one that makes it likely that the secret is wrong."""
        what = WebhookTest.STALE if is_stale else WebhookTest.WRONG
        self._last_seen.write(self._statuses.note(endpoint_id, what))
        if is_streak:
            self._last_seen.write(self._notify(endpoint_id))

    async def _notify(self, endpoint_id: str) -> None:
        try:
            request = await self._last_seen.begin_refused(endpoint_id)
            if request is not None:
                key = f"notify:webhooks:{endpoint_id}:{request.since.isoformat()}"
                await self._queue.enqueue("notify", encode(request), key=key)
        except (QueueDownError, StoreDownError) as error:
            structlog.get_logger("webhooks").warning(
                "admin not notified of refused webhooks", error=type(error).__name__
            )


@dataclass(frozen=True, slots=True)
class CheckWebhooks:
    """Starts a test of the webhook secret, and reports its result."""

    parts: Parts
    tests: ParallelTrials
    statuses: RedisVerifications

    async def begin(self, workspace: Workspace) -> None:
        """Ask Parallel for a test webhook for one of the workspace's monitors.

        Without a monitor, the first real webhook is the test. Raises QueueDownError and
        StoreDownError.
        """
        account = await self.parts.accounts.own(workspace)
        if account is None:
            return
        await self.statuses.begin(account.endpoint_id)
        try:
            if await self._simulate(account, workspace):
                await self.statuses.write(account.endpoint_id, WebhookTest.SENT)
        except ParallelError as error:
            structlog.get_logger("accounts").info(
                "no test webhook", team_id=workspace.team_id, error=type(error).__name__
            )

    async def find(self, workspace: Workspace) -> WebhookTest | None:
        """Raises QueueDownError, StoreDownError."""
        account = await self.parts.accounts.own(workspace)
        return None if account is None else await self.statuses.find(account.endpoint_id)

    async def _simulate(self, account: ParallelAccount, workspace: Workspace) -> bool:
        ours = await listing.monitors_of(self.parts, workspace) or ()
        for monitor_id in [each.monitor_id for each in ours][:MOST_TRIED]:
            try:
                await self.tests.simulate(account, monitor_id)
            except ParallelError as error:
                structlog.get_logger("accounts").info(
                    "no test webhook", monitor_id=monitor_id, error=type(error).__name__
                )
            else:
                return True
        return False


WORDS_OF: Final = {
    WebhookTest.VERIFIED: account_texts.WEBHOOK_TEST_VERIFIED,
    WebhookTest.OLD_SECRET: account_texts.WEBHOOK_TEST_OLD,
    WebhookTest.WRONG: account_texts.WEBHOOK_TEST_WRONG,
    WebhookTest.STALE: account_texts.WEBHOOK_TEST_STALE,
    WebhookTest.SENT: account_texts.WEBHOOK_TEST_NOTHING_CAME,
    WebhookTest.BEGUN: account_texts.WEBHOOK_TEST_UNTESTED,
}
"""What a modal says of a test."""
