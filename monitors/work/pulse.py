"""Whether jobs are done: a tiny one goes through Redis and a worker every few seconds."""

import asyncio
import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from docket import Docket
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.storage.keys import pulse_key

TASK: Final = "pulse"
BEAT_SECONDS: Final = 2.0
# Longer than the longest call of a vendor (10 s), which may hold every place of a busy worker.
YOUNG_SECONDS: Final = 15.0
_ADD_SECONDS: Final = 2.0


class Pulse:
    """This process's own job, again and again; another's worker may do it.

    A worker with a long queue comes to it late, but does other jobs: they count too (`felt`).
    """

    def __init__(
        self,
        docket: Docket,
        redis: Redis,
        *,
        beat_seconds: float = BEAT_SECONDS,
        young_seconds: float = YOUNG_SECONDS,
        monotonic_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._docket = docket
        self._redis = redis
        self._beat_seconds = beat_seconds
        self._young_seconds = young_seconds
        self._monotonic_seconds = monotonic_seconds
        self._name = uuid4().hex
        self._felt_at: float | None = None
        docket.register(self._perform, names=[TASK])

    def felt(self) -> None:
        """A job was done here."""
        self._felt_at = self._monotonic_seconds()

    async def check(self) -> bool:
        """Whether one was done lately."""
        felt_at = self._felt_at
        if felt_at is not None and self._monotonic_seconds() - felt_at < self._young_seconds:
            return True
        try:
            async with asyncio.timeout(_ADD_SECONDS):
                return bool(await self._redis.exists(pulse_key(self._name)))
        except (RedisError, OSError):
            return False

    async def run(self) -> None:
        """Ask for one at each beat, until cancelled; one that still waits isn't asked for again."""
        while True:
            try:
                async with asyncio.timeout(_ADD_SECONDS):
                    await self._docket.add(TASK, key=f"{TASK}:{self._name}")(self._name)
            except (RedisError, OSError):
                pass  # `/readyz` says so by itself: the last one grows old
            await asyncio.sleep(self._beat_seconds)

    async def _perform(self, name: str) -> None:
        if name == self._name:
            self.felt()
        else:
            lasts = int(self._young_seconds * 1000)
            await self._redis.set(pulse_key(name), "1", px=lasts)
