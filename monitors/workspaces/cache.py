"""One workspace's keys in Redis: limits, and modals that were submitted."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError
from monitors.storage.keys import names_workspace, workspace_pattern

# Keys per round trip. A removal is rare, so it may scan all keys.
_SCANNED: Final = 1000


class RedisWorkspaces:
    """Raises QueueDownError if Redis isn't responding."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def forget(self, workspace: Workspace) -> None:
        for key in await self.keys(workspace):
            try:
                await self._redis.delete(key)
            except (RedisError, OSError) as error:
                raise QueueDownError("what Redis holds was not forgotten") from error

    async def keys(self, workspace: Workspace) -> Sequence[str]:
        pattern = workspace_pattern(workspace)
        found = cast("AsyncIterator[bytes]", self._redis.scan_iter(match=pattern, count=_SCANNED))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
        try:
            keys = {key.decode(errors="replace") async for key in found}
        except (RedisError, OSError) as error:
            raise QueueDownError("what Redis holds was not read") from error
        return sorted(key for key in keys if names_workspace(key, workspace))
