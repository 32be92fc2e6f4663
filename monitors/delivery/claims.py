"""Who is catching a monitor up, and with which event groups."""

import math
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.model.workspace import Workspace
from monitors.storage.keys import CLAIM_TTL_SECONDS, WANTED_TTL_SECONDS, claim_key, wanted_key

# Wanted first: whoever holds the claim sees it, at the latest when letting go.
_TAKE: Final = """
local holder, wanted = ARGV[1], ARGV[2]
if wanted ~= '' then
    redis.call('SADD', KEYS[2], wanted)
    redis.call('EXPIRE', KEYS[2], ARGV[4])
end
local current = redis.call('GET', KEYS[1])
if current and current ~= holder then
    return false
end
redis.call('SET', KEYS[1], holder, 'EX', ARGV[3])
return redis.call('SMEMBERS', KEYS[2])
"""

# A claim that ran out and that nobody took since is still ours to let go.
_RELEASE: Final = """
local holder = ARGV[1]
for index = 3, #ARGV do
    redis.call('SREM', KEYS[2], ARGV[index])
end
local current = redis.call('GET', KEYS[1])
if current and current ~= holder then
    return 1
end
if redis.call('EXISTS', KEYS[2]) == 1 then
    redis.call('SET', KEYS[1], holder, 'EX', ARGV[2])
    return 0
end
redis.call('DEL', KEYS[1])
return 1
"""

_HOLD: Final = """
local current = redis.call('GET', KEYS[1])
if not current or current == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 0
"""

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class RedisClaims:
    """`Claims`. While Redis is away everybody holds every claim: the ledger decides anyway."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def take(
        self, workspace: Workspace, monitor_id: str, *, holder: str, wanted: str
    ) -> frozenset[str] | None:
        keys = _keys(workspace, monitor_id)
        arguments = (holder, wanted, str(CLAIM_TTL_SECONDS), str(WANTED_TTL_SECONDS))
        try:
            found = await self._redis.eval(_TAKE, len(keys), *keys, *arguments)
        except (RedisError, OSError) as error:
            _warn(workspace, error)
            return frozenset({wanted} - {""})
        return None if found is None else frozenset(_text(group_id) for group_id in found)

    async def release(
        self, workspace: Workspace, monitor_id: str, *, holder: str, done: frozenset[str]
    ) -> bool:
        keys = _keys(workspace, monitor_id)
        arguments = (holder, str(CLAIM_TTL_SECONDS), *sorted(done))
        try:
            return bool(await self._redis.eval(_RELEASE, len(keys), *keys, *arguments))
        except (RedisError, OSError) as error:
            _warn(workspace, error)
            return True

    async def hold(
        self, workspace: Workspace, monitor_id: str, *, holder: str, seconds: float
    ) -> None:
        keys = (claim_key(workspace, monitor_id),)
        milliseconds = max(1, math.ceil(seconds * 1000))
        try:
            await self._redis.eval(_HOLD, len(keys), *keys, holder, str(milliseconds))
        except (RedisError, OSError) as error:
            _warn(workspace, error)


def _keys(workspace: Workspace, monitor_id: str) -> tuple[str, str]:
    return claim_key(workspace, monitor_id), wanted_key(workspace, monitor_id)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _warn(workspace: Workspace, error: Exception) -> None:
    _log.warning("claims are away", team_id=workspace.team_id, error=type(error).__name__)
