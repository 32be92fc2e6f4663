"""Which run of a monitor was last caught up with: a cache, from which anything may be missing."""

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.model.workspace import Workspace
from monitors.storage.keys import RUN_TTL_SECONDS, run_key

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RedisRuns:
    """`RunsSeen`. While Redis is away it knows nothing, and says so in the log only."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def run_seen(self, workspace: Workspace, monitor_id: str) -> str | None:
        key = run_key(workspace, monitor_id)
        try:
            found = await self._redis.get(key)
        except (RedisError, OSError) as error:
            _warn(workspace, error)
            return None
        return found.decode() if isinstance(found, bytes) else found

    async def remember_run(self, workspace: Workspace, monitor_id: str, run: str) -> None:
        """An empty run: none is seen for good, so that the next look comes soon."""
        key = run_key(workspace, monitor_id)
        try:
            if run:
                await self._redis.set(key, run, ex=RUN_TTL_SECONDS)
            else:
                await self._redis.delete(key)
        except (RedisError, OSError) as error:
            _warn(workspace, error)


def _warn(workspace: Workspace, error: Exception) -> None:
    _log.warning("cache of runs is away", team_id=workspace.team_id, error=type(error).__name__)
