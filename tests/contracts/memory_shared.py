"""What workers share through Redis, in memory; held to the real ones by the contracts."""

from collections.abc import Callable
from dataclasses import dataclass

from monitors.delivery.limits import LONGEST_WAIT_SECONDS, Rate
from monitors.model.workspace import Workspace
from monitors.storage.tenancy import team_of


@dataclass
class _Bucket:
    rate: Rate
    due: float = 0.0
    line: float = 0.0

    @property
    def interval(self) -> float:
        return 1 / self.rate.per_second

    def wait(self, now: float) -> float:
        self.due = min(max(self.due, now), now + self.rate.burst * self.interval)
        wait = self.due - now - (self.rate.burst - 1) * self.interval
        return wait if wait > 0.0005 else 0.0

    def stand_in_line(self, now: float, wait: float, *, interval: float = 0.0) -> float:
        back = min(max(self.line, now + wait), now + wait + LONGEST_WAIT_SECONDS)
        self.line = back + (interval or self.interval)
        return back - now


class MemoryLimits:
    """`Limits` in memory."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._channel = Rate(1.0, 10)
        self._workspace = Rate(240 / 60, 60)
        self._creates = Rate.within_a_minute(300)
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._told: dict[str, float] = {}

    async def wait_seconds(self, workspace: Workspace, channel: str) -> float:
        team_id = team_of(workspace)
        told = self._told.get(team_id, 0.0) - self._now()
        return self._take(
            told,
            self._bucket(self._channel, "posts", team_id, channel),
            self._bucket(self._workspace, "posts", team_id),
        )

    async def told_to_wait(self, workspace: Workspace, seconds: float) -> None:
        team_id = team_of(workspace)
        self._told[team_id] = max(self._told.get(team_id, 0.0), self._now() + seconds)

    async def create_wait_seconds(self, endpoint_id: str, workspace: Workspace) -> float:
        now, team_id = self._now(), team_of(workspace)
        account = self._bucket(self._creates, "creates", endpoint_id)
        share = self._bucket(self._creates.share(), "creates", endpoint_id, team_id)
        within, is_mine = account.wait(now), share.wait(now)
        beyond = account.due - now - (account.rate.burst - account.rate.kept - 1) * account.interval
        wait = min(max(0.0, beyond), max(within, is_mine))
        if wait > 0.0005:
            return share.stand_in_line(now, wait, interval=account.interval)
        account.due += account.interval
        if not is_mine:
            share.due += share.interval
        return 0.0

    def _bucket(self, rate: Rate, *key: str) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(rate))

    def _take(self, told: float, *buckets: _Bucket) -> float:
        now = self._now()
        waits = [bucket.wait(now) for bucket in buckets]
        if told <= 0 and not any(waits):
            for bucket in buckets:
                bucket.due += bucket.interval
            return 0.0
        waits = [max(wait, told) for wait in waits]
        return max(
            bucket.stand_in_line(now, wait)
            for bucket, wait in zip(buckets, waits, strict=True)
            if wait > 0
        )
