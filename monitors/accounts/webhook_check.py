"""Tests whether webhooks arrive signed with the webhook secret that was entered."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
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
_BEGAN: Final = "began"
_SIMULATED: Final = "simulated"
_ENCODING: Final = "reading"
_OLD_SECRET: Final = "old_secret"  # noqa: S105 - the name of a field
_REFUSED: Final = "refused"
# However many webhooks arrive, they cost one write a second.
_NOTE_SECONDS: Final = 1.0
_MOST: Final = 4096

# Only during a test: otherwise no one reads it, and the key would never expire.
_NOTE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
"""


@dataclass(frozen=True, slots=True)
class WebhookCheck:
    """A running test, and which webhooks have arrived for the account since it began.

    `simulated`: Parallel has agreed to send a test webhook. `encoding`: how the newest secret was
    decoded, if a signature matched it. `old_secret`: one matched only an earlier secret. `refused`:
    why one was rejected.
    """

    simulated: bool
    encoding: str | None
    old_secret: bool
    refused: str | None

    @property
    def has_result(self) -> bool:
        return bool(self.encoding or self.old_secret or self.refused)


class RedisVerifications:
    """What arrived during tests. Lost if Redis isn't responding; the page offers to test again."""

    def __init__(
        self, redis: Redis, *, monotonic_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._script = redis.register_script(_NOTE)
        self._noted = TTLCache[tuple[str, str], None](_MOST, _NOTE_SECONDS, monotonic_seconds)

    async def verified(
        self, endpoint_id: str, *, encoding: str, is_newest: bool, is_test: bool
    ) -> None:
        """Always records a test webhook, which the test is waiting for."""
        name, value = (_ENCODING, encoding) if is_newest else (_OLD_SECRET, "1")
        if is_test:
            self._noted.pop((endpoint_id, name), None)
        await self._note(endpoint_id, name, value)

    async def refused(self, endpoint_id: str, *, why: str) -> None:
        await self._note(endpoint_id, _REFUSED, why)

    async def begin(self, endpoint_id: str) -> None:
        """Start a test, deleting earlier results. Raises QueueDownError."""
        key = webhook_verification_key(endpoint_id)
        with redis_errors("check not begun"):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(key)
                pipe.hset(key, _BEGAN, "1")
                pipe.expire(key, VERIFICATION_TTL_SECONDS)
                await pipe.execute()

    async def simulated(self, endpoint_id: str) -> None:
        """Record that a test webhook is on its way. Raises QueueDownError."""
        await self._write(endpoint_id, _SIMULATED, "1")

    async def find(self, endpoint_id: str) -> WebhookCheck | None:
        """None if no test has been started recently. Raises QueueDownError."""
        with redis_errors("check not read"):
            held = await self._redis.hgetall(webhook_verification_key(endpoint_id))
        fields = {_text(name): _text(value) for name, value in held.items()}
        if _BEGAN not in fields:
            return None
        return WebhookCheck(
            simulated=_SIMULATED in fields,
            encoding=fields.get(_ENCODING),
            old_secret=_OLD_SECRET in fields,
            refused=fields.get(_REFUSED),
        )

    async def _note(self, endpoint_id: str, name: str, value: str) -> None:
        if (endpoint_id, name) in self._noted:
            return
        self._noted[endpoint_id, name] = None
        try:
            await self._write(endpoint_id, name, value)
        except QueueDownError as error:
            structlog.get_logger("webhooks").warning("webhook not noted", error=str(error))

    async def _write(self, endpoint_id: str, name: str, value: str) -> None:
        with redis_errors("check not written"):
            await self._script(keys=[webhook_verification_key(endpoint_id)], args=[name, value])


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class NoticeWebhooks:
    """Records signature verdicts, for the account's state and for a running test.

    In the background: a webhook is answered right away, even if Redis or SQL isn't responding.
    """

    def __init__(self, last_seen: LastSeen, statuses: RedisVerifications, queue: JobQueue) -> None:
        self._last_seen = last_seen
        self._statuses = statuses
        self._queue = queue
        self._writing: set[asyncio.Task[None]] = set()

    def verified(self, endpoint_id: str, *, encoding: str, is_newest: bool, is_test: bool) -> None:
        self._last_seen.webhook(endpoint_id)
        self._write(
            self._statuses.verified(
                endpoint_id, encoding=encoding, is_newest=is_newest, is_test=is_test
            )
        )

    def refused(self, endpoint_id: str, *, why: str, is_streak: bool) -> None:
        """`is_streak`: it is the one that makes it likely that the secret is wrong."""
        self._write(self._statuses.refused(endpoint_id, why=why))
        if is_streak:
            self._write(self._notify(endpoint_id))

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

    def _write(self, note: Coroutine[None, None, None]) -> None:
        """Each store writes at most once a second, so few of these run at a time."""
        task = asyncio.create_task(note)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


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
                await self.statuses.simulated(account.endpoint_id)
        except ParallelError as error:
            structlog.get_logger("accounts").info(
                "no test webhook", team_id=workspace.team_id, error=type(error).__name__
            )

    async def find(self, workspace: Workspace) -> WebhookCheck | None:
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


def words_of(found: WebhookCheck) -> str:
    """What a modal says of a test's result."""
    if found.encoding:
        return account_texts.WEBHOOK_TEST_VERIFIED
    if found.old_secret:
        return account_texts.WEBHOOK_TEST_OLD
    if found.refused == "stale":
        return account_texts.WEBHOOK_TEST_STALE
    if found.refused:
        return account_texts.WEBHOOK_TEST_WRONG
    if found.simulated:
        return account_texts.WEBHOOK_TEST_NOTHING_CAME
    return account_texts.WEBHOOK_TEST_UNTESTED
