"""When an account last worked: written about once a minute by each process, read for its health."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Final, Literal

from cachetools import TTLCache
from sqlalchemy import or_, update

from monitors.model.account import ParallelAccount
from monitors.model.requests import WebhooksRefused
from monitors.model.workspace import Workspace
from monitors.ports import StoreDownError
from monitors.storage.database import Database
from monitors.storage.tables import AccountTable

WRITE_SECONDS: Final = 60.0
_MOST: Final = 8192

_Name = Literal["last_good_call_at", "last_webhook_at"]


class LastSeen:
    """Written in the background: no call and no webhook waits for it, and nothing depends on it."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        monotonic_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._now = now
        self._written = TTLCache[tuple[str, _Name], None](_MOST, WRITE_SECONDS, monotonic_seconds)
        self._writing: set[asyncio.Task[None]] = set()

    def good_call(self, account: ParallelAccount) -> None:
        """Parallel did something with the account's key."""
        self._note(account.endpoint_id, "last_good_call_at")

    def webhook(self, endpoint_id: str) -> None:
        """A webhook's signature was right."""
        self._note(endpoint_id, "last_webhook_at")

    async def begin_refused(self, endpoint_id: str) -> WebhooksRefused | None:
        """A streak of webhooks matched no secret. Whom to notify, if that is news.

        None for the operator's account, which is no workspace's admin's. Raises StoreDownError.
        """
        now = self._now()
        self._written.pop((endpoint_id, "last_webhook_at"), None)  # its end is written at once
        since, last = AccountTable.c.webhooks_refused_at, AccountTable.c.last_webhook_at
        statement = (
            update(AccountTable)
            .where(AccountTable.c.endpoint_id == endpoint_id, AccountTable.c.left_at.is_(None))
            .where(or_(since.is_(None), since <= last))
            .values(webhooks_refused_at=now)
            .returning(AccountTable.c.team_id, AccountTable.c.enterprise_id)
        )
        for team_id, enterprise_id in await self._database.changed(statement):
            if team_id:
                return WebhooksRefused(Workspace(team_id, enterprise_id or None), endpoint_id, now)
        return None

    def reset(self, endpoint_id: str) -> None:
        """The account is another one now: its next use is written immediately."""
        for key in [key for key in self._written if key[0] == endpoint_id]:
            del self._written[key]

    def write(self, work: Coroutine[None, None, None]) -> None:
        """In the background."""
        task = asyncio.create_task(work)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Wait for what is being written."""
        if self._writing:
            await asyncio.wait(self._writing)

    def _note(self, endpoint_id: str, name: _Name) -> None:
        if (endpoint_id, name) in self._written:
            return
        self._written[endpoint_id, name] = None
        self.write(self._update(endpoint_id, name, self._now()))

    async def _update(self, endpoint_id: str, name: _Name, now: datetime) -> None:
        mine = AccountTable.c.endpoint_id == endpoint_id
        try:
            await self._database.change(update(AccountTable).where(mine).values({name: now}))
        except StoreDownError:
            self._written.pop((endpoint_id, name), None)
