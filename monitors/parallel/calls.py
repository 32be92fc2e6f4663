"""Calls to Parallel: one request with an account's key, or a list of pages.

They go through the official SDK, which types what is sent; answers are read from their raw JSON
by `wire`, because the SDK accepts anything and loses an event whose group has its older name.
Nothing is retried here: jobs do that.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

import httpx
import structlog
from parallel import AsyncAPIResponse, AsyncParallel
from structlog.typing import FilteringBoundLogger

from monitors.model.account import ParallelAccount
from monitors.parallel.failures import failures_told
from monitors.parallel.requests import api_key_of
from monitors.parallel.transport import PATIENCE, Patience
from monitors.parallel.wire import Page, page_of

_MOST_PAGES: Final = 1000
# SDK clients kept, one for each key.
_MOST_CLIENTS: Final = 256

OnGoodCall = Callable[[ParallelAccount], None]

_Read = TypeVar("_Read")


Answer = AsyncAPIResponse[Any]
Request = Callable[[AsyncParallel], Awaitable[Answer]]
PageRequest = Callable[[AsyncParallel, str | None], Awaitable[Answer]]


class ParallelCalls:
    """Over one shared HTTP client. `on_good_call` is called after each successful call."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        on_good_call: OnGoodCall = lambda _account: None,
        patience: Patience = PATIENCE,
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
        self._on_good_call = on_good_call
        self._deadline_seconds = patience.deadline_seconds
        self._log: FilteringBoundLogger = structlog.get_logger()

    def _with_key(self, api_key: str) -> AsyncParallel:
        return self._client.with_options(api_key=api_key)

    async def _pages(
        self, account: ParallelAccount, request: PageRequest, names: Sequence[str]
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
        request: Request,
        read: Callable[[bytes], _Read],
        *,
        repeatable: bool = True,
        seconds: float | None = None,
    ) -> _Read:
        """Make one request with the account's key and read the answer. Raises ParallelError."""
        key = api_key_of(account)
        with failures_told(repeatable=repeatable, api_key=key):
            async with asyncio.timeout(seconds or self._deadline_seconds):
                answer = await request(self._client_of(key))
            found = read(answer.http_response.content)
        self._on_good_call(account)
        return found


def nothing(_body: bytes) -> None:
    """For calls where only success matters."""
