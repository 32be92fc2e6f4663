"""Tests whether webhooks arrive signed with the webhook secret that was entered."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final

import structlog

from monitors.accounts.last_seen import LastSeen
from monitors.accounts.webhook_verification import RedisVerifications, WebhookCheck
from monitors.model.account import ParallelAccount
from monitors.model.codec import encode
from monitors.model.parallel_errors import ParallelError
from monitors.model.workspace import Workspace
from monitors.parallel.oauth import ParallelTrials
from monitors.ports import JobQueue, QueueDownError, StoreDownError
from monitors.texts import account_texts
from monitors.watching import listing
from monitors.watching.parts import Parts

# A monitor created before there was a public address has no webhook to test.
MOST_TRIED: Final = 3


class NoticeWebhooks:
    """Records signature verdicts, for the account's state and for a running test.

    In the background: a webhook is answered right away, even if Redis or SQL isn't responding.
    """

    def __init__(self, last_seen: LastSeen, statuses: RedisVerifications, queue: JobQueue) -> None:
        self._last_seen = last_seen
        self._statuses = statuses
        self._queue = queue
        self._writing: set[asyncio.Task[None]] = set()

    def verified(self, endpoint_id: str, *, encoding: str, is_newest: bool, is_test: bool) -> None:
        self._last_seen.webhook(endpoint_id)
        self._write(
            self._statuses.verified(
                endpoint_id, encoding=encoding, is_newest=is_newest, is_test=is_test
            )
        )

    def refused(self, endpoint_id: str, *, why: str, is_streak: bool) -> None:
        """`is_streak`: it is the one that makes it likely that the secret is wrong."""
        self._write(self._statuses.refused(endpoint_id, why=why))
        if is_streak:
            self._write(self._notify(endpoint_id))

    async def _notify(self, endpoint_id: str) -> None:
        try:
            request = await self._last_seen.begin_refused(endpoint_id)
            if request is not None:
                key = f"notify:webhooks:{endpoint_id}:{request.since.isoformat()}"
                await self._queue.enqueue("notify", encode(request), key=key)
        except (QueueDownError, StoreDownError) as error:
            structlog.get_logger("webhooks").warning(
                "admin not notified of refused webhooks", error=type(error).__name__
            )

    def _write(self, note: Coroutine[None, None, None]) -> None:
        """Each store writes at most once a second, so few of these run at a time."""
        task = asyncio.create_task(note)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


@dataclass(frozen=True, slots=True)
class CheckWebhooks:
    """Starts a test of the webhook secret, and reports its result."""

    parts: Parts
    tests: ParallelTrials
    statuses: RedisVerifications

    async def begin(self, workspace: Workspace) -> None:
        """Ask Parallel for a test webhook for one of the workspace's monitors.

        Without a monitor, the first real webhook is the test. Raises QueueDownError and
        StoreDownError.
        """
        account = await self.parts.accounts.own(workspace)
        if account is None:
            return
        await self.statuses.begin(account.endpoint_id)
        try:
            if await self._simulate(account, workspace):
                await self.statuses.simulated(account.endpoint_id)
        except ParallelError as error:
            structlog.get_logger("accounts").info(
                "no test webhook", team_id=workspace.team_id, error=type(error).__name__
            )

    async def find(self, workspace: Workspace) -> WebhookCheck | None:
        """Raises QueueDownError, StoreDownError."""
        account = await self.parts.accounts.own(workspace)
        return None if account is None else await self.statuses.find(account.endpoint_id)

    async def _simulate(self, account: ParallelAccount, workspace: Workspace) -> bool:
        ours = await listing.monitors_of(self.parts, workspace) or ()
        for monitor_id in [each.monitor_id for each in ours][:MOST_TRIED]:
            try:
                await self.tests.simulate(account, monitor_id)
            except ParallelError as error:
                structlog.get_logger("accounts").info(
                    "no test webhook", monitor_id=monitor_id, error=type(error).__name__
                )
            else:
                return True
        return False


def words_of(found: WebhookCheck) -> str:
    """What a modal says of a test's result."""
    if found.encoding:
        return account_texts.WEBHOOK_TEST_VERIFIED
    if found.old_secret:
        return account_texts.WEBHOOK_TEST_OLD
    if found.refused == "stale":
        return account_texts.WEBHOOK_TEST_STALE
    if found.refused:
        return account_texts.WEBHOOK_TEST_WRONG
    if found.simulated:
        return account_texts.WEBHOOK_TEST_NOTHING_CAME
    return account_texts.WEBHOOK_TEST_UNTESTED
