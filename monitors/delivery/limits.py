"""Slack's and Parallel's rate limits, shared by all workers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.model.workspace import Workspace
from monitors.storage.keys import (
    LIMIT_MARGIN_SECONDS,
    channel_posts_key,
    creates_key,
    creates_share_key,
    told_key,
    workspace_posts_key,
)

# What Parallel takes of one account.
CREATES_PER_MINUTE: Final = 300
# The longest wait handed out; a caller further back asks again then.
LONGEST_WAIT_SECONDS: Final = 300.0

# A bucket is two moments. `due`: when it will be full again (the generic cell rate algorithm: a
# bucket of tokens in one number). `line`: when the next waiting caller should ask again. Without
# it, all waiting callers would ask at the same moment, for one place each time, and ten thousand
# waiting jobs would keep the workers busy.
#
# Moments are milliseconds of the server's clock, so that the workers' clocks need not agree; tests
# pass their own. If the clock is set back, no one waits longer than for an empty bucket and a full
# line.
_BUCKETS: Final = """
local now = tonumber(ARGV[1])
if now == nil then
    local time = redis.call('TIME')
    now = time[1] * 1000 + time[2] / 1000
end
local longest, margin = tonumber(ARGV[2]), tonumber(ARGV[3])

local function look(at, found, interval, burst)
    local due, line = string.match(found or '', '(%S+) (%S+)')
    due = math.max(tonumber(due) or now, now)
    due = math.min(due, now + burst * interval)
    local wait = due - now - (burst - 1) * interval
    if wait < 0.5 then wait = 0 end
    line = tonumber(line) or 0
    if line <= now then line = 0 end
    return {key = KEYS[at], interval = interval, due = due, line = line, wait = wait}
end

local function keep(bucket)
    local life = math.max(bucket.due, bucket.line) - now + margin
    redis.call('SET', bucket.key, string.format('%.3f %.3f', bucket.due, bucket.line),
        'PX', math.ceil(life))
end

local function stand_in_line(bucket)
    local back = math.max(bucket.line, now + bucket.wait)
    back = math.min(back, now + bucket.wait + longest)
    bucket.line = back + bucket.interval
    keep(bucket)
    return back - now
end

local function take(buckets, told)
    local free = told <= 0
    for _, bucket in ipairs(buckets) do
        free = free and bucket.wait == 0
        bucket.wait = math.max(bucket.wait, told)
    end
    local wait = 0
    for _, bucket in ipairs(buckets) do
        if free then
            bucket.due = bucket.due + bucket.interval
            keep(bucket)
        elseif bucket.wait > 0 then
            wait = math.max(wait, stand_in_line(bucket))
        end
    end
    return math.ceil(wait)
end
"""

_TAKE_POST: Final = f"""{_BUCKETS}
local found = redis.call('MGET', KEYS[1], KEYS[2], KEYS[3])
return take({{
    look(1, found[1], tonumber(ARGV[4]), tonumber(ARGV[5])),
    look(2, found[2], tonumber(ARGV[6]), tonumber(ARGV[7])),
}}, (tonumber(found[3]) or now) - now)
"""

# An account's bucket, and the share that each of its workspaces has in it. The last places of the
# bucket are kept for those that have not used up their share: a flood of one workspace, or of many,
# leaves them for another's first. Each workspace stands in a line of its own.
_TAKE_CREATE: Final = f"""{_BUCKETS}
local found = redis.call('MGET', KEYS[1], KEYS[2])
local account = look(1, found[1], tonumber(ARGV[4]), tonumber(ARGV[5]))
local share = look(2, found[2], tonumber(ARGV[6]), tonumber(ARGV[7]))
local beyond = account.due - now - (tonumber(ARGV[5]) - tonumber(ARGV[8]) - 1) * account.interval
if beyond < 0.5 then beyond = 0 end
local wait = math.min(beyond, math.max(account.wait, share.wait))
if wait == 0 then
    account.due = account.due + account.interval
    keep(account)
    if share.wait == 0 then
        share.due = share.due + share.interval
        keep(share)
    end
    return 0
end
share.wait, share.interval = wait, account.interval
return math.ceil(stand_in_line(share))
"""

_TOLD: Final = f"""{_BUCKETS}
local till = now + tonumber(ARGV[4])
local told = tonumber(redis.call('GET', KEYS[1]))
if told == nil or told < till then
    redis.call('SET', KEYS[1], string.format('%.3f', till), 'PX', math.ceil(till - now + margin))
end
return 0
"""

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second on average, and so many at once after a pause."""

    per_second: float
    burst: int

    @property
    def arguments(self) -> tuple[str, str]:
        """Milliseconds per place, and the size of a burst."""
        return repr(1000 / self.per_second), str(self.burst)

    @property
    def kept(self) -> int:
        """How many of the burst are kept for those within their share."""
        return self.burst // 3

    def share(self) -> "Rate":
        """What each of those that share it can count on."""
        return Rate(self.per_second / 10, max(1, self.burst // 20))

    @classmethod
    def within_a_minute(cls, most: int) -> "Rate":
        """At most `most` in any sixty seconds: a fifth of them at once, the rest evenly spaced."""
        burst = max(1, most // 5)
        return cls(max(1, most - burst) / 60, burst)


class RedisLimits:
    """`Limits` in Redis. If it isn't responding, nothing is limited here; Slack still is."""

    def __init__(  # noqa: PLR0913 - each limit can be set
        self,
        redis: Redis,
        *,
        now: Callable[[], float] | None = None,
        posts_per_second: float = 1.0,
        burst: int = 10,
        workspace_per_minute: int = 240,
        workspace_burst: int = 60,
        creates_per_minute: int = CREATES_PER_MINUTE,
        count_open: Callable[[], None] = lambda: None,
    ) -> None:
        """`now` (seconds) replaces the server's clock; `count_open` counts calls let through."""
        self._redis = redis
        self._now = now
        self._channel = Rate(posts_per_second, burst)
        self._workspace = Rate(workspace_per_minute / 60, workspace_burst)
        self._creates = Rate.within_a_minute(creates_per_minute)
        self._share = self._creates.share()
        self._count_open = count_open

    async def wait_seconds(self, workspace: Workspace, channel: str) -> float:
        """Takes a place in both the channel's bucket and the workspace's, or in neither."""
        keys = (
            channel_posts_key(workspace, channel),
            workspace_posts_key(workspace),
            told_key(workspace),
        )
        rates = (*self._channel.arguments, *self._workspace.arguments)
        return await self._run(workspace, _TAKE_POST, keys, *rates)

    async def told_to_wait(self, workspace: Workspace, seconds: float) -> None:
        """A shorter wait doesn't replace a longer one."""
        await self._run(workspace, _TOLD, (told_key(workspace),), repr(seconds * 1000))

    async def create_wait_seconds(self, endpoint_id: str, workspace: Workspace) -> float:
        keys = (creates_key(endpoint_id), creates_share_key(endpoint_id, workspace))
        rates = (*self._creates.arguments, *self._share.arguments, str(self._creates.kept))
        return await self._run(workspace, _TAKE_CREATE, keys, *rates)

    async def _run(
        self, workspace: Workspace, script: str, keys: tuple[str, ...], *arguments: str
    ) -> float:
        """The script's answer in seconds; 0 if Redis isn't responding."""
        now = "" if self._now is None else repr(self._now() * 1000)
        ours = (now, repr(LONGEST_WAIT_SECONDS * 1000), str(LIMIT_MARGIN_SECONDS * 1000))
        try:
            answer = await self._redis.eval(script, len(keys), *keys, *ours, *arguments)
        except (RedisError, OSError) as error:
            reason, team_id = type(error).__name__, workspace.team_id
            _log.warning("rate limits unavailable", error=reason, team_id=team_id)
            self._count_open()
            return 0.0
        return int(answer) / 1000
