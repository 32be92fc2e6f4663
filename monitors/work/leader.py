"""One among all processes, for what only one is to do."""

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.storage.keys import leader_key

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RedisLeader:
    """A lease that its holder renews. While Redis is away nobody leads.

    It saves work and no more: two may lead for a moment, when Redis was emptied, the holder's
    process stood still, or the lease ended just now.
    """

    def __init__(self, redis: Redis, name: str, *, holder: str, ttl_seconds: int) -> None:
        self._redis = redis
        self._name = name
        self._holder = holder
        self._ttl_seconds = ttl_seconds

    async def hold(self) -> bool:
        """Take the lease or renew it; False while another has it."""
        key = leader_key(self._name)
        try:
            if await self._redis.set(key, self._holder, nx=True, ex=self._ttl_seconds):
                return True
            return await self._has(key) and bool(await self._redis.expire(key, self._ttl_seconds))
        except (RedisError, OSError) as error:
            self._warn(error)
            return False

    async def release(self) -> None:
        """Let another lead at once."""
        key = leader_key(self._name)
        try:
            if await self._has(key):
                await self._redis.delete(key)
        except (RedisError, OSError) as error:
            self._warn(error)

    async def _has(self, key: str) -> bool:
        return await self._redis.get(key) == self._holder.encode()

    def _warn(self, error: Exception) -> None:
        _log.warning("leadership is unknown", lease=self._name, error=type(error).__name__)
