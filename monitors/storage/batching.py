"""Many callers, one write: what arrives while a write is under way travels in the next.

A door under load would otherwise pay for each request what a store asks for a whole batch: the way
there and back, and the wait until it is on disk.
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

    A lone call is written at once: it waits for nobody.
    """

    def __init__(self, write: Write[T, R], *, most: int) -> None:
        """`write` answers each item in turn, or raises what every caller of its batch is told."""
        self._write = write
        self._most = most
        self._turn = asyncio.Lock()
        self._open: _Batch[T, R] | None = None

    async def add(self, item: T) -> R:
        """Return once the item is written. Raises what `write` raises.

        A caller that is cancelled leaves its item behind: it may be written nevertheless.
        """
        batch = self._open
        if batch is None or batch.written is None or len(batch.items) >= self._most:
            batch = self._open = _Batch()
            batch.written = asyncio.create_task(self._run(batch))
            batch.written.add_done_callback(_hear)
        place = len(batch.items)
        batch.items.append(item)
        # Shielded: one caller's end must not end the others' write.
        return (await asyncio.shield(batch.written))[place]

    async def _run(self, batch: _Batch[T, R]) -> Sequence[R]:
        async with self._turn:
            if self._open is batch:
                self._open = None
            return await self._write(batch.items)


def _hear(written: asyncio.Task[Sequence[R]]) -> None:
    """Callers who gave up hear nothing of a failure, and asyncio would complain for them."""
    if not written.cancelled():
        written.exception()
