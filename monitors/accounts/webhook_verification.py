"""Which webhooks arrived for an account during a test of its secret."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from cachetools import TTLCache
from redis.asyncio import Redis

from monitors.ports import QueueDownError
from monitors.storage.keys import VERIFICATION_TTL_SECONDS, webhook_verification_key
from monitors.storage.redis_client import redis_errors

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
