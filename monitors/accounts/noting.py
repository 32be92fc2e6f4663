"""How an account is doing, noted beside what is done with it: nothing waits for the note."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from monitors.model.account import ParallelAccount

Note = Callable[[str, datetime], Awaitable[None]]


class NoteAside:
    """`note` runs once at a time per account, and never raises."""

    def __init__(self, note: Note, *, now: Callable[[], datetime]) -> None:
        self._note = note
        self._now = now
        self._noting: dict[str, asyncio.Task[None]] = {}

    def __call__(self, account: ParallelAccount) -> None:
        endpoint_id = account.endpoint_id
        if endpoint_id not in self._noting:
            self._noting[endpoint_id] = asyncio.create_task(self._keep(endpoint_id))

    async def _keep(self, endpoint_id: str) -> None:
        try:
            await self._note(endpoint_id, self._now())
        finally:
            del self._noting[endpoint_id]

    async def settle(self) -> None:
        """Wait for the notes under way."""
        if self._noting:
            await asyncio.wait(self._noting.values())
