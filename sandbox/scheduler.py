"""What a stand-in does by itself: in a while by the sandbox's clock, or beside what it answers."""

import asyncio
import heapq
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from sandbox.clock import Clock

T = TypeVar("T")


@dataclass(order=True, frozen=True, slots=True)
class _Entry:
    at: float
    seq: int
    action: Callable[[], object] = field(compare=False)


class Scheduler:
    """Calls each action once its time has come, in order; an action that takes long is a task."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[_Entry] = []
        self._seq = count()
        self._tasks: set[asyncio.Task[object]] = set()
        self._sleep: asyncio.Task[None] | None = None
        self._loop: asyncio.Task[None] | None = None

    def at(self, when: float, action: Callable[[], object]) -> None:
        entry = _Entry(when, next(self._seq), action)
        heapq.heappush(self._entries, entry)
        if self._entries[0] is entry and self._sleep is not None:
            # The sleeper counts on what used to be first: let it look again.
            self._sleep.cancel()

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        self.at(self._clock.time() + seconds, action)

    def run(self, work: Coroutine[object, None, T]) -> asyncio.Task[T]:
        """Begin it now, in the background."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def clear(self) -> None:
        """Forget what is to come, and give up what is under way."""
        self._entries.clear()
        await _cancel(self._tasks)

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._loop is not None:
            await _cancel({self._loop})
            self._loop = None
        await self.clear()

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


async def _cancel(tasks: set[asyncio.Task[T]]) -> None:
    ending = set(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)
