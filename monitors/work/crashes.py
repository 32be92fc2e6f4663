"""How often a job was met again after its worker went down; forgotten once it has ended."""

from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.storage.keys import CRASH_TTL_SECONDS, crash_key


class RedisCrashes:
    """Without Redis nothing is redelivered anyway."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def crashed(self, key: str) -> int:
        """Count one more, and say how many it is; 0 while Redis is away."""
        try:
            async with self._redis.pipeline() as pipeline:
                pipeline.incr(crash_key(key))
                pipeline.expire(crash_key(key), CRASH_TTL_SECONDS)
                count, _ = await pipeline.execute()
        except (RedisError, OSError):
            return 0
        return int(count)

    async def forget(self, key: str) -> None:
        with suppress(RedisError, OSError):
            await self._redis.delete(crash_key(key))
