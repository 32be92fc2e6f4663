"""OAuth states: valid for ten minutes, usable once, in Redis."""

import re
import secrets
from logging import Logger, getLogger
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from monitors.ports import QueueDownError
from monitors.storage.keys import STATE_TTL_SECONDS, state_key

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{20,80}")


class RedisStates(AsyncOAuthStateStore):
    """Raises QueueDownError if Redis isn't responding."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @property
    def logger(self) -> Logger:
        return getLogger(__name__)

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        del args, kwargs
        state = secrets.token_urlsafe(32)
        try:
            await self._redis.set(state_key(state), b"1", ex=STATE_TTL_SECONDS)
        except (RedisError, OSError) as error:
            raise QueueDownError("OAuth state not kept") from error
        return state

    async def async_consume(self, state: str) -> bool:
        """True the first time, while the state is valid.

        GETDEL is one command, so two requests with one state cannot both win.
        """
        if not _SHAPE.fullmatch(state):
            return False
        try:
            return await self._redis.getdel(state_key(state)) is not None
        except (RedisError, OSError) as error:
            raise QueueDownError("OAuth state not read") from error
