"""What a monitor found and how its runs went, as Parallel lists it."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final

from parallel import AsyncParallel, omit

from monitors.model.account import ParallelAccount
from monitors.model.event import (
    EventGroup,
    EventList,
    HistoryEntry,
    HistoryPage,
    MonitorEvent,
    has_failed,
)
from monitors.parallel.calls import Answer, ParallelCalls
from monitors.parallel.requests import EVENTS_PER_PAGE, checked_id
from monitors.parallel.translation import entries_of
from monitors.parallel.wire import EVENT_LISTS, page_of

_FIRST_PAGE: Final = 10


class ParallelEvents(ParallelCalls):
    async def event_group(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> EventGroup:
        """All findings of one execution, oldest first; empty when it has none (yet)."""
        checked_id(monitor_id)
        checked_id(group_id)

        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[Answer]:
            return client.monitor.with_raw_response.events(
                monitor_id, event_group_id=group_id, cursor=cursor or omit
            )

        events: dict[str, MonitorEvent] = {}
        async with aclosing(self._pages(account, request, EVENT_LISTS)) as pages:
            async for page in pages:
                for entry in entries_of(page.entries, log=self._log, group_id=group_id):
                    # Others are left out, in case Parallel ignores the filter.
                    if isinstance(entry, MonitorEvent) and entry.group_id == group_id:
                        events[entry.event_id] = entry
        return EventGroup(monitor_id, group_id, tuple(reversed(events.values())))

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
            failing=any(map(has_failed, entries[:1])),
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
