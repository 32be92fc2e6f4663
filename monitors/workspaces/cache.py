"""One workspace's keys in Redis: limits, and modals that were submitted."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, cast

from redis.asyncio import Redis

from monitors.model.workspace import Workspace
from monitors.storage.keys import names_workspace, workspace_pattern
from monitors.storage.redis_client import redis_errors

# Keys per round trip. A removal is rare, so it may scan all keys.
_SCANNED: Final = 1000


class RedisWorkspaces:
    """Raises QueueDownError if Redis isn't responding."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def forget(self, workspace: Workspace) -> None:
        for key in await self.keys(workspace):
            with redis_errors("what Redis holds was not forgotten"):
                await self._redis.delete(key)

    async def keys(self, workspace: Workspace) -> Sequence[str]:
        pattern = workspace_pattern(workspace)
        found = cast("AsyncIterator[bytes]", self._redis.scan_iter(match=pattern, count=_SCANNED))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
        with redis_errors("what Redis holds was not read"):
            keys = {key.decode(errors="replace") async for key in found}
        return sorted(key for key in keys if names_workspace(key, workspace))
