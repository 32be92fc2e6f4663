"""Which monitor lives in which thread: a cache, from which anything may be missing."""

from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.keys import THREAD_TTL_SECONDS, thread_key

_FORGET_IF_STILL: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RedisThreads:
    """`ThreadIndex`. While Redis is away it knows nothing, and says so in the log only."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def remember(self, workspace: Workspace, monitor_id: str, thread: ThreadRef) -> None:
        key = thread_key(workspace, thread)
        try:
            await self._redis.set(key, monitor_id, ex=THREAD_TTL_SECONDS)
        except (RedisError, OSError) as error:
            _warn(workspace, error)

    async def monitor_in(self, workspace: Workspace, thread: ThreadRef) -> str | None:
        key = thread_key(workspace, thread)
        try:
            found = await self._redis.get(key)
        except (RedisError, OSError) as error:
            _warn(workspace, error)
            return None
        return found.decode() if isinstance(found, bytes) else found

    async def forget(self, workspace: Workspace, monitor_id: str, thread: ThreadRef) -> None:
        """Only while the thread is still this monitor's."""
        key = thread_key(workspace, thread)
        try:
            await self._redis.eval(_FORGET_IF_STILL, 1, key, monitor_id)
        except (RedisError, OSError) as error:
            _warn(workspace, error)


def _warn(workspace: Workspace, error: Exception) -> None:
    _log.warning("thread cache is away", team_id=workspace.team_id, error=type(error).__name__)
