"""The monitor ports, implemented with Parallel's API.

Calls go through the official SDK, which types what is sent; answers are read from their raw JSON
by `wire`, because the SDK accepts anything and loses an event whose group has its older name.
Nothing is retried here: jobs do that.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache
from time import time
from typing import Final, Protocol, TypeVar

import httpx
import structlog
from parallel import AsyncAPIResponse, AsyncParallel, omit
from structlog.typing import FilteringBoundLogger

from monitors.model.account import ParallelAccount
from monitors.model.event import EventGroup, EventList, ExecutionFailed, HistoryEntry, MonitorEvent
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.parallel_errors import RefusedError, UnknownMonitorError
from monitors.parallel.failures import failures_told
from monitors.parallel.requests import (
    EVENTS_PER_PAGE,
    api_key_of,
    checked_id,
    group_path,
    list_path,
    settings_of,
    webhook_of,
)
from monitors.parallel.signing import Signer
from monitors.parallel.translation import entries_of, monitor_of, monitors_of
from monitors.parallel.transport import PATIENCE, Patience
from monitors.parallel.wire import EVENT_LISTS, MONITOR_LISTS, Page, json_of, monitor_wire, page_of

_MOST_PAGES: Final = 1000
_TEST_GROUP: Final = "test_"
_FIRST_PAGE: Final = 10
# SDK clients kept, one for each key.
_MOST_CLIENTS: Final = 256

WebhookUrl = Callable[[ParallelAccount], str | None]
OnGoodCall = Callable[[ParallelAccount], None]
HasRow = Callable[[str, MonitorHome], Awaitable[bool]]

_Read = TypeVar("_Read")


class _Answer(Protocol):
    http_response: httpx.Response


_Request = Callable[[AsyncParallel], Awaitable[_Answer]]
_PageRequest = Callable[[AsyncParallel, str | None], Awaitable[_Answer]]


class ParallelGateway:
    """MonitorGateway over one shared HTTP client.

    `webhook_url` returns the address for an account's webhooks, None in polling mode.
    A monitor has a home only if `signer` signed it, or if `has_row` knows it there: those from
    before signatures. Nobody else's is ours, so nothing is posted for it.
    `on_good_call` is called after each successful call with an account's key.
    """

    def __init__(  # noqa: PLR0913 - time and what is noted are given, by name
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        webhook_url: WebhookUrl,
        signer: Signer,
        has_row: HasRow,
        on_good_call: OnGoodCall = lambda _account: None,
        patience: Patience = PATIENCE,
        now: Callable[[], float] = time,
    ) -> None:
        # This key is never sent: each call brings its account's own.
        self._client = AsyncParallel(
            api_key="none",
            base_url=base_url,
            http_client=http,
            max_retries=0,
            timeout=patience.steps,
        )
        # One costs as much to make as a call: the busiest accounts keep theirs.
        self._client_of = lru_cache(_MOST_CLIENTS)(self._with_key)
        self._webhook_url = webhook_url
        self._signer, self._has_row = signer, has_row
        self._on_good_call = on_good_call
        self._deadline_seconds = patience.deadline_seconds
        self._now = now
        self._log: FilteringBoundLogger = structlog.get_logger()

    def _with_key(self, api_key: str) -> AsyncParallel:
        return self._client.with_options(api_key=api_key)

    async def create(
        self, account: ParallelAccount, spec: MonitorSpec, *, home: MonitorHome
    ) -> Monitor:
        """Create an event_stream monitor. Raises AnswerLostError if it may have been created."""
        url = self._webhook_url(account)

        def request(client: AsyncParallel) -> Awaitable[_Answer]:
            return client.monitor.with_raw_response.create(
                type="event_stream",
                frequency=str(spec.frequency),
                processor=spec.processor,
                settings=settings_of(spec),
                metadata=self._signer.metadata_of(home),
                webhook=webhook_of(url) if url else omit,
            )

        return await self._ask(account, request, _monitor_in, repeatable=False)

    async def find_by_thread(self, account: ParallelAccount, home: MonitorHome) -> Monitor | None:
        """The account's monitor with that app, team and thread; an active one if possible."""
        ended: Monitor | None = None
        async with aclosing(self._monitors(account, include_cancelled=True)) as monitors:
            async for monitor in monitors:
                if _lives_at(monitor, home):
                    if monitor.status is MonitorStatus.ACTIVE:
                        return monitor
                    ended = ended or monitor
        return ended

    async def retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor:
        monitor_id = checked_id(monitor_id)
        found = await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.retrieve(monitor_id),
            _monitor_in,
        )
        return await self._checked(found)

    async def _checked(self, monitor: Monitor) -> Monitor:
        """Without the metadata, if it isn't known to be ours."""
        home = monitor.home
        if home is None or self._signer.has_signed(monitor.metadata):
            return monitor
        if await self._has_row(monitor.monitor_id, home):
            return monitor
        return replace(monitor, metadata={})

    async def list_monitors(
        self, account: ParallelAccount, *, include_cancelled: bool = False
    ) -> Sequence[Monitor]:
        """Every monitor of the account, newest first, each once."""
        found = self._monitors(account, include_cancelled=include_cancelled)
        return list({monitor.monitor_id: monitor async for monitor in found}.values())

    async def event_group(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> EventGroup:
        """All findings of one execution, oldest first; empty when it has none (yet).

        Asks v1alpha for groups that v1 doesn't know, such as those of simulated events.
        """
        checked_id(monitor_id)
        checked_id(group_id)
        is_test = group_id.startswith(_TEST_GROUP)
        try:
            events = await self._group_events(account, monitor_id, group_id)
        except (UnknownMonitorError, RefusedError) as error:
            if isinstance(error, RefusedError) and not is_test:
                raise
            events = await self._alpha_group_events(account, monitor_id, group_id)
            if events is None:
                raise
        if is_test and not events:
            events = await self._alpha_group_events(account, monitor_id, group_id) or ()
        return EventGroup(monitor_id, group_id, tuple(reversed(events)))

    async def events_since(
        self, account: ParallelAccount, monitor_id: str, *, is_known: Callable[[MonitorEvent], bool]
    ) -> EventList:
        """What is listed, page by page, until a page holds an event that is known."""
        checked_id(monitor_id)
        sizes = iter((_FIRST_PAGE,))

        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[_Answer]:
            # Usually there is one new group: begin with a short page, then read longer ones.
            size = next(sizes, EVENTS_PER_PAGE)
            return client.monitor.with_raw_response.events(
                monitor_id, cursor=cursor or omit, limit=size
            )

        entries: list[HistoryEntry] = []
        is_whole = False
        async with aclosing(self._pages(account, request, EVENT_LISTS)) as pages:
            async for page in pages:
                read = list(entries_of(page.entries, log=self._log))
                entries += read
                is_whole = page.next_cursor is None
                if any(isinstance(entry, MonitorEvent) and is_known(entry) for entry in read):
                    break
        return EventList(
            events=tuple(entry for entry in entries if isinstance(entry, MonitorEvent)),
            is_whole=is_whole,
            failing=bool(entries) and isinstance(entries[0], ExecutionFailed),
        )

    async def history(
        self, account: ParallelAccount, monitor_id: str, *, limit: int
    ) -> Sequence[HistoryEntry]:
        """The newest `limit` entries, completions and failures among them, newest first."""
        checked_id(monitor_id)
        size = max(1, min(limit, EVENTS_PER_PAGE))

        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[_Answer]:
            return client.monitor.with_raw_response.events(
                monitor_id, cursor=cursor or omit, include_completions=True, limit=size
            )

        entries: list[HistoryEntry] = []
        async with aclosing(self._pages(account, request, EVENT_LISTS)) as pages:
            async for page in pages:
                entries += entries_of(page.entries, log=self._log)
                if len(entries) >= limit:
                    break
        return entries[: max(limit, 0)]

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancel it; an already cancelled one is not an error, whatever Parallel answers."""
        monitor_id = checked_id(monitor_id)
        try:
            await self._ask(
                account,
                lambda client: client.monitor.with_raw_response.cancel(monitor_id),
                _nothing,
            )
        except RefusedError:
            monitor = await self.retrieve(account, monitor_id)
            if monitor.status is not MonitorStatus.CANCELLED:
                raise

    async def update(
        self,
        account: ParallelAccount,
        monitor: Monitor,
        home: MonitorHome,
        *,
        frequency: str | None = None,
    ) -> None:
        """Change the metadata, which an update replaces whole, and how often it checks."""
        monitor_id = checked_id(monitor.monitor_id)
        metadata = {**monitor.metadata, **self._signer.metadata_of(home)}
        await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.update(
                monitor_id, metadata=metadata, frequency=frequency or omit
            ),
            _nothing,
        )

    async def trigger(self, account: ParallelAccount, monitor_id: str) -> None:
        """Start an extra run. It costs money, so raises AnswerLostError if it may have started."""
        monitor_id = checked_id(monitor_id)
        await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.trigger(monitor_id),
            _nothing,
            repeatable=False,
        )

    async def _monitors(
        self, account: ParallelAccount, *, include_cancelled: bool
    ) -> AsyncGenerator[Monitor]:
        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[_Answer]:
            # Not the SDK's own `list`: it joins the statuses with a comma, where Parallel's
            # contract has the parameter repeated.
            path = list_path(include_cancelled=include_cancelled, cursor=cursor)
            return client.get(path, cast_to=AsyncAPIResponse[bytes])

        async with aclosing(self._pages(account, request, MONITOR_LISTS)) as pages:
            async for page in pages:
                for monitor in monitors_of(page.entries, log=self._log):
                    yield await self._checked(monitor)

    async def _group_events(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> Sequence[MonitorEvent]:
        """As Parallel orders them: newest first."""

        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[_Answer]:
            return client.monitor.with_raw_response.events(
                monitor_id, event_group_id=group_id, cursor=cursor or omit
            )

        events: dict[str, MonitorEvent] = {}
        async with aclosing(self._pages(account, request, EVENT_LISTS)) as pages:
            async for page in pages:
                events |= self._findings(page, group_id)
        return list(events.values())

    async def _alpha_group_events(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> Sequence[MonitorEvent] | None:
        """None if v1alpha doesn't know it either, or no longer exists."""
        path = group_path(monitor_id, group_id)
        try:
            page = await self._ask(
                account,
                lambda client: client.get(path, cast_to=AsyncAPIResponse[bytes]),
                lambda body: page_of(body, EVENT_LISTS),
            )
        except (UnknownMonitorError, RefusedError):
            return None
        return list(self._findings(page, group_id).values())

    def _findings(self, page: Page, group_id: str) -> dict[str, MonitorEvent]:
        """That group's findings by id; others are left out, in case Parallel ignores the filter."""
        entries = entries_of(page.entries, log=self._log, group_id=group_id)
        return {
            entry.event_id: entry
            for entry in entries
            if isinstance(entry, MonitorEvent) and entry.group_id == group_id
        }

    async def _pages(
        self, account: ParallelAccount, request: _PageRequest, names: Sequence[str]
    ) -> AsyncGenerator[Page]:
        """Each page; stops at a cursor seen before, which would loop forever."""
        cursor: str | None = None
        met: set[str] = set()
        while len(met) < _MOST_PAGES:
            page = await self._ask(
                account,
                lambda client, cursor=cursor: request(client, cursor),
                lambda body: page_of(body, names),
            )
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return
            if cursor in met:
                break
            met.add(cursor)
        self._log.warning("parallel_pages_cut", team_id=account.team_id, pages=len(met))

    async def _ask(
        self,
        account: ParallelAccount,
        request: _Request,
        read: Callable[[bytes], _Read],
        *,
        repeatable: bool = True,
    ) -> _Read:
        """Make one request with the account's key and read the answer. Raises ParallelError."""
        key = api_key_of(account)
        with failures_told(repeatable=repeatable, api_key=key, now=self._now):
            async with asyncio.timeout(self._deadline_seconds):
                answer = await request(self._client_of(key))
            found = read(answer.http_response.content)
        self._on_good_call(account)
        return found


def _monitor_in(body: bytes) -> Monitor:
    return monitor_of(monitor_wire(json_of(body)))


def _nothing(_body: bytes) -> None:
    """For calls where only success matters."""


def _lives_at(monitor: Monitor, home: MonitorHome) -> bool:
    its = monitor.home
    wanted = (home.app_id, home.team_id, home.thread)
    return its is not None and (its.app_id, its.team_id, its.thread) == wanted
