"""Whether webhooks arrive signed with the secret that was given: seen, not supposed."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog

from monitors.model.account import ParallelAccount
from monitors.model.clock import Clock
from monitors.model.monitor import MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, InstallationIndex, MonitorReader

# A monitor without a webhook cannot send one: it was made before there was a public address.
MOST_TRIED: Final = 3


@dataclass(frozen=True, slots=True)
class Sightings:
    """What came to an account's address since its check began.

    `reading` is how the newest secret was read by a signature that fits, `old_secret` tells of one
    that fits an earlier secret alone, `refused` why another was turned away.
    """

    reading: str | None = None
    old_secret: bool = False
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookCheck:
    """A check under way; `simulated`: Parallel was asked for a test webhook, and agreed."""

    simulated: bool
    sightings: Sightings


class SightingBook(Protocol):
    """What the door saw of the accounts that are being checked; notes fail silently."""

    async def verified(
        self, endpoint_id: str, *, reading: str, is_newest: bool, is_test: bool
    ) -> None: ...

    async def refused(self, endpoint_id: str, *, why: str) -> None: ...

    async def begin(self, endpoint_id: str) -> None:
        """Forget what was seen before. Raises QueueDownError."""
        ...

    async def simulated(self, endpoint_id: str) -> None:
        """A test webhook is on its way. Raises QueueDownError."""
        ...

    async def find(self, endpoint_id: str) -> WebhookCheck | None:
        """None where no check began lately. Raises QueueDownError."""
        ...


class SignatureNotices(Protocol):
    """Who hears of the signatures at Parallel's door. Nobody waits for what they make of it."""

    def verified(
        self, endpoint_id: str, *, reading: str, is_newest: bool, is_test: bool
    ) -> None: ...

    def refused(self, endpoint_id: str, *, why: str) -> None: ...


class WebhookNotes(Protocol):
    async def note_webhook(self, endpoint_id: str, now: datetime) -> None:
        """Never raises."""
        ...


class NoticeWebhooks:
    """`SignatureNotices`: kept for the account's health, and for a check under way.

    Noted aside: a webhook is answered at once, whether or not Redis and SQL take the note.
    """

    def __init__(self, notes: WebhookNotes, book: SightingBook, clock: Clock) -> None:
        self._notes = notes
        self._book = book
        self._clock = clock
        self._noting: set[asyncio.Task[None]] = set()

    def verified(self, endpoint_id: str, *, reading: str, is_newest: bool, is_test: bool) -> None:
        self._aside(self._notes.note_webhook(endpoint_id, self._clock.now()))
        self._aside(
            self._book.verified(endpoint_id, reading=reading, is_newest=is_newest, is_test=is_test)
        )

    def refused(self, endpoint_id: str, *, why: str) -> None:
        self._aside(self._book.refused(endpoint_id, why=why))

    def _aside(self, note: Coroutine[None, None, None]) -> None:
        """Notes come rarely (each store writes one a second at most), so they are few at a time."""
        task = asyncio.create_task(note)
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)


class TestWebhooks(Protocol):
    async def simulate(self, account: ParallelAccount, monitor_id: str) -> None:
        """Raises ParallelError."""
        ...


@dataclass(frozen=True, slots=True)
class CheckWebhooks:
    """Begins a check, and tells how it stands."""

    accounts: AccountStore
    installations: InstallationIndex
    monitors: MonitorReader
    tests: TestWebhooks
    book: SightingBook

    async def begin(self, workspace: Workspace) -> None:
        """Ask for a test webhook about one of the workspace's monitors, if it has any.

        Else the first real one decides. Raises QueueDownError, StoreDownError.
        """
        account = await self._own(workspace)
        if account is None:
            return
        await self.book.begin(account.endpoint_id)
        try:
            if await self._simulate(account, workspace):
                await self.book.simulated(account.endpoint_id)
        except ParallelError as error:
            structlog.get_logger("accounts").info(
                "no test webhook", team_id=workspace.team_id, error=type(error).__name__
            )

    async def find(self, workspace: Workspace) -> WebhookCheck | None:
        """Raises QueueDownError, StoreDownError."""
        account = await self._own(workspace)
        return None if account is None else await self.book.find(account.endpoint_id)

    async def _own(self, workspace: Workspace) -> ParallelAccount | None:
        account = await self.accounts.for_workspace(workspace)
        return account if account and account.team_id else None

    async def _simulate(self, account: ParallelAccount, workspace: Workspace) -> bool:
        app_id = await self.installations.app_id(workspace)
        ours = [
            monitor.monitor_id
            for monitor in await self.monitors.list_monitors(account)
            if monitor.status is MonitorStatus.ACTIVE
            and monitor.home is not None
            and (monitor.home.team_id, monitor.home.app_id) == (workspace.team_id, app_id)
        ]
        for monitor_id in ours[:MOST_TRIED]:
            try:
                await self.tests.simulate(account, monitor_id)
            except ParallelError as error:
                structlog.get_logger("accounts").info(
                    "no test webhook", monitor_id=monitor_id, error=type(error).__name__
                )
            else:
                return True
        return False
