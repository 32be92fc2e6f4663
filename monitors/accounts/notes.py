"""When an account last worked: noted about once a minute by each process, and read for health."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.ports import StoreDownError
from monitors.storage.statements import writing
from monitors.storage.tables import AccountTable

NOTE_SECONDS: Final = 60.0
_MOST: Final = 8192

NoteName = Literal["last_good_call_at", "last_webhook_at"]


class AccountNotes:
    """Writes what happened, unless the same was written within the last minute."""

    def __init__(
        self, engine: AsyncEngine, *, monotonic_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._monotonic_seconds = monotonic_seconds
        self._due: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def note(self, endpoint_id: str, name: NoteName, now: datetime) -> None:
        """Never raises for a database that is away: nothing depends on it."""
        key, moment = (endpoint_id, name), self._monotonic_seconds()
        if moment < self._due.get(key, moment):
            return
        self._due[key] = moment + NOTE_SECONDS
        self._due.move_to_end(key)
        while len(self._due) > _MOST:
            self._due.popitem(last=False)
        mine = AccountTable.endpoint_id == endpoint_id
        statement = update(AccountTable).where(mine).values({name: now})
        try:
            async with writing(self._engine) as connection:
                await connection.execute(statement)
        except StoreDownError:
            self._due.pop(key, None)

    def forget(self, endpoint_id: str) -> None:
        """The account is another one now: the next note is written at once."""
        for key in [key for key in self._due if key[0] == endpoint_id]:
            del self._due[key]
