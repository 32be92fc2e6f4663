"""What is to happen when, on the sandbox clock: one task, however many monitors."""

import asyncio
import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from sandbox.clock import Clock


@dataclass(order=True, frozen=True, slots=True)
class _Entry:
    at: float
    seq: int
    action: Callable[[], None] = field(compare=False)


class Agenda:
    """Calls each action once its time has come, in order; an action must not block."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[_Entry] = []
        self._seq = count()
        self._sleep: asyncio.Task[None] | None = None
        self._loop: asyncio.Task[None] | None = None

    def at(self, when: float, action: Callable[[], None]) -> None:
        entry = _Entry(when, next(self._seq), action)
        heapq.heappush(self._entries, entry)
        if self._entries[0] is entry and self._sleep is not None:
            # The sleeper counts on what used to be first: let it look again.
            self._sleep.cancel()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self._clock.time() + seconds, action)

    def clear(self) -> None:
        self._entries.clear()

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.wait([self._loop])
            self._loop = None

    async def _run(self) -> None:
        while True:
            await self._doze()
            while self._entries and self._entries[0].at <= self._clock.time():
                heapq.heappop(self._entries).action()

    async def _doze(self) -> None:
        left = self._entries[0].at - self._clock.time() if self._entries else math.inf
        self._sleep = asyncio.create_task(self._clock.sleep(left))
        try:
            await asyncio.wait([self._sleep])
        finally:
            self._sleep.cancel()
            self._sleep = None
