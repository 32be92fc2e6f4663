"""Many callers, one write: calls that arrive during a write share the next one.

Under load, each request would otherwise pay what a whole batch costs: a round trip, and the wait
for the disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batching(Generic[T, R]):
    """Gathers calls of `add` and writes up to `most` of them at once, one batch after the other.

    A single call is written right away.
    """

    def __init__(
        self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, most: int
    ) -> None:
        """`write` returns one result per item, or raises the error that all callers get."""
        self._write = write
        self._most = most
        self._turn = asyncio.Lock()
        self._gathering: tuple[list[T], asyncio.Task[Sequence[R]]] | None = None

    async def add(self, item: T) -> R:
        """Return once the item is written. Raises what `write` raises.

        If the caller is cancelled, its item may still be written.
        """
        if self._gathering is None or len(self._gathering[0]) >= self._most:
            gathered: list[T] = []
            writing = asyncio.create_task(self._write_next(gathered))
            # Callers that are cancelled hear of no error: that is no reason for asyncio to log it.
            writing.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            self._gathering = gathered, writing
        items, batch = self._gathering
        items.append(item)
        place = len(items) - 1
        # One caller that is cancelled takes no other with it.
        return (await asyncio.shield(batch))[place]

    async def _write_next(self, items: list[T]) -> Sequence[R]:
        async with self._turn:
            if self._gathering is not None and self._gathering[0] is items:
                self._gathering = None
            return await self._write(items)
