"""Many callers, one write: calls that arrive during a write share the next one.

Under load, each request would otherwise pay what a whole batch costs: a round trip, and the wait
for the disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Write = Callable[[Sequence[T]], Awaitable[Sequence[R]]]


class _Batch(Generic[T, R]):
    def __init__(self) -> None:
        self.items: list[T] = []
        self.written: asyncio.Task[Sequence[R]] | None = None


class Batching(Generic[T, R]):
    """Gathers calls of `add` and writes up to `most` of them at once, one batch after the other.

    A single call is written right away.
    """

    def __init__(self, write: Write[T, R], *, most: int) -> None:
        """`write` returns one result per item, or raises the error that all callers get."""
        self._write = write
        self._most = most
        self._turn = asyncio.Lock()
        self._open: _Batch[T, R] | None = None

    async def add(self, item: T) -> R:
        """Return once the item is written. Raises what `write` raises.

        If the caller is cancelled, its item may still be written.
        """
        batch = self._open
        if batch is None or batch.written is None or len(batch.items) >= self._most:
            batch = self._open = _Batch()
            batch.written = asyncio.create_task(self._run(batch))
            batch.written.add_done_callback(forget_error)
        place = len(batch.items)
        batch.items.append(item)
        # Shielded: cancelling one caller must not cancel the others' write.
        return (await asyncio.shield(batch.written))[place]

    async def _run(self, batch: _Batch[T, R]) -> Sequence[R]:
        async with self._turn:
            if self._open is batch:
                self._open = None
            return await self._write(batch.items)


def forget_error(task: asyncio.Task[T]) -> None:
    """Retrieves the error that nobody waits for any more: else asyncio would warn about it."""
    if not task.cancelled():
        task.exception()
