"""Forgets what Redis holds about one workspace: caches, claims, limits."""

from collections.abc import AsyncIterator
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.domain.workspace import Workspace
from monitors.services.ports import QueueDownError
from monitors.store.keys import names_workspace, workspace_pattern

# In one way there and back. A removal is rare, and may look through all keys.
_SCANNED: Final = 1000


class RedisWorkspaces:
    """`WorkspaceCache`. Raises QueueDownError while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def forget(self, workspace: Workspace) -> None:
        pattern = workspace_pattern(workspace)
        keys = cast("AsyncIterator[bytes]", self._redis.scan_iter(match=pattern, count=_SCANNED))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
        try:
            async for key in keys:
                if names_workspace(key.decode(errors="replace"), workspace):
                    await self._redis.delete(key)
        except (RedisError, OSError) as error:
            raise QueueDownError("what Redis holds was not forgotten") from error
