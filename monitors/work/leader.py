"""One among all processes, for what only one is to do."""

from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.storage.keys import leader_key

_HOLD: Final = """
local current = redis.call('GET', KEYS[1])
if current and current ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""

_RELEASE_IF_STILL: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RedisLeader:
    """A lease that its holder renews. While Redis is away nobody leads.

    It saves work and no more: two may lead for a moment, when Redis was emptied or the holder's
    process stood still.
    """

    def __init__(self, redis: Redis, name: str, *, holder: str, ttl_seconds: int) -> None:
        self._redis = redis
        self._name = name
        self._holder = holder
        self._ttl_seconds = ttl_seconds

    async def hold(self) -> bool:
        """Take the lease or renew it; False while another has it."""
        arguments = (self._holder, str(self._ttl_seconds))
        try:
            return bool(await self._redis.eval(_HOLD, 1, leader_key(self._name), *arguments))
        except (RedisError, OSError) as error:
            self._warn(error)
            return False

    async def release(self) -> None:
        """Let another lead at once."""
        try:
            await self._redis.eval(_RELEASE_IF_STILL, 1, leader_key(self._name), self._holder)
        except (RedisError, OSError) as error:
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        _log.warning("leadership is unknown", lease=self._name, error=type(error).__name__)
