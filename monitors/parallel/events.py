"""What a monitor found and how its runs went, as Parallel lists it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Final

from parallel import AsyncAPIResponse, AsyncParallel, omit

from monitors.model.account import ParallelAccount
from monitors.model.event import (
    EventGroup,
    EventList,
    ExecutionFailed,
    HistoryEntry,
    HistoryPage,
    MonitorEvent,
)
from monitors.model.parallel_errors import RefusedError, UnknownMonitorError
from monitors.parallel.calls import Answer, ParallelCalls
from monitors.parallel.requests import EVENTS_PER_PAGE, checked_id, group_path
from monitors.parallel.translation import entries_of
from monitors.parallel.wire import EVENT_LISTS, Page, page_of

_TEST_GROUP: Final = "test_"
_FIRST_PAGE: Final = 10


class ParallelEvents(ParallelCalls):
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

        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[Answer]:
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
        self, account: ParallelAccount, monitor_id: str, *, limit: int, cursor: str | None = None
    ) -> HistoryPage:
        """At most `limit` (100) entries, completions and failures among them, newest first."""
        checked_id(monitor_id)
        page = await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.events(
                monitor_id, cursor=cursor or omit, include_completions=True, limit=limit
            ),
            lambda body: page_of(body, EVENT_LISTS),
        )
        return HistoryPage(tuple(entries_of(page.entries, log=self._log)), page.next_cursor)

    async def _group_events(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> Sequence[MonitorEvent]:
        """As Parallel orders them: newest first."""

        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[Answer]:
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
