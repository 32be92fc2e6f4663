"""Modals that were submitted: each counts once, however often the same submission arrives."""

from typing import Final

from redis.asyncio import Redis

from monitors.model.workspace import Workspace
from monitors.storage.keys import submitted_view_key
from monitors.storage.redis_client import redis_errors

# Far longer than anyone keeps a modal open.
SUBMISSION_SECONDS: Final = 7 * 24 * 3600


class RedisSubmissions:
    """By the view's id. Raises QueueDownError."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def claim(self, workspace: Workspace, view_id: str) -> bool:
        """False if the modal was submitted before, and that changed something."""
        key = submitted_view_key(workspace, view_id)
        with redis_errors("submission not recorded"):
            return bool(await self._redis.set(key, b"1", nx=True, ex=SUBMISSION_SECONDS))

    async def release(self, workspace: Workspace, view_id: str) -> None:
        """It changed nothing, so that the person can correct the form and submit it again."""
        with redis_errors("submission not released"):
            await self._redis.delete(submitted_view_key(workspace, view_id))
