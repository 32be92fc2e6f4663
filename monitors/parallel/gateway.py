"""The monitor ports, implemented with Parallel's API."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

import httpx
from parallel import AsyncAPIResponse, AsyncParallel, omit

from monitors.model.account import ParallelAccount
from monitors.model.edit import MonitorSettings
from monitors.model.json_text import json_of
from monitors.model.monitor import SIGNATURE, Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.parallel_errors import (
    AnswerLostError,
    ParallelError,
    RefusedError,
    UnfinishedError,
    UnknownMonitorError,
)
from monitors.parallel.calls import Answer, OnGoodCall, nothing
from monitors.parallel.events import ParallelEvents
from monitors.parallel.requests import (
    checked_id,
    list_path,
    processor_change,
    settings_change,
    settings_of,
    webhook_of,
)
from monitors.parallel.signing import Signer
from monitors.parallel.tasks import ParallelTasks
from monitors.parallel.translation import monitor_of, monitors_of
from monitors.parallel.transport import PATIENCE, Patience
from monitors.parallel.wire import MONITOR_LISTS, WireMonitor, wire_of

WebhookUrl = Callable[[ParallelAccount], str | None]
IsKnown = Callable[[str, MonitorHome], Awaitable[bool]]


class ParallelGateway(ParallelEvents, ParallelTasks):
    """MonitorGateway over one shared HTTP client.

    `webhook_url` returns the address for an account's webhooks, None in polling mode.
    A monitor comes with its metadata only if `signer` signed it for that very monitor, or, without
    a signature, if `is_known` knows it there from before signatures. No other one is ours, so
    nothing is posted for it.
    `on_good_call` is called after each successful call with an account's key.
    """

    def __init__(  # noqa: PLR0913 - by name
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        webhook_url: WebhookUrl,
        signer: Signer,
        is_known: IsKnown,
        on_good_call: OnGoodCall = lambda _account: None,
        patience: Patience = PATIENCE,
    ) -> None:
        super().__init__(http, base_url=base_url, on_good_call=on_good_call, patience=patience)
        self._webhook_url = webhook_url
        self._signer, self._is_known = signer, is_known

    async def create(
        self, account: ParallelAccount, spec: MonitorSpec, *, home: MonitorHome
    ) -> Monitor:
        url = self._webhook_url(account)

        def request(client: AsyncParallel) -> Awaitable[Answer]:
            return client.monitor.with_raw_response.create(
                type="snapshot" if spec.baseline else "event_stream",
                frequency=str(spec.frequency),
                processor=spec.processor,
                settings=settings_of(spec),
                metadata=self._signer.metadata_of(home),
                webhook=webhook_of(url) if url else omit,
            )

        made = await self._ask(account, request, _monitor_in, repeatable=False)
        return await self._bound(account, made, home)

    async def _bound(self, account: ParallelAccount, made: Monitor, home: MonitorHome) -> Monitor:
        """Sign it once more, now for its id: on another monitor its metadata means nothing.

        Until then it counts for `find_by_thread` only.
        """
        try:
            await self.update(account, made, home)
        except ParallelError as error:
            raise AnswerLostError from error
        metadata = self._signer.metadata_of(home, made.monitor_id)
        return replace(made, metadata={**made.metadata, **metadata})

    async def find_by_thread(
        self, account: ParallelAccount, home: MonitorHome, *, other_than: str = ""
    ) -> Monitor | None:
        ended: Monitor | None = None
        async with aclosing(self._monitors(account, include_cancelled=True)) as monitors:
            async for monitor in monitors:
                its = monitor.home
                if monitor.monitor_id == other_than or its is None:
                    continue
                if not _is_same_place(its, home):
                    continue
                is_new = self._signer.has_begun(monitor)
                if not is_new and (await self._checked(monitor)).home is None:
                    continue
                if monitor.status is MonitorStatus.ACTIVE:
                    return monitor
                ended = ended or monitor
        return ended

    async def retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor:
        """Raises UnfinishedError while it is being created: its first finding may come as soon."""
        monitor_id = checked_id(monitor_id)
        found = await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.retrieve(monitor_id),
            _monitor_in,
        )
        checked = await self._checked(found)
        if checked.home is None and self._signer.has_begun(found):
            raise UnfinishedError("its creation isn't finished")
        return checked

    async def _checked(self, monitor: Monitor) -> Monitor:
        """Without the metadata, if it isn't known to be ours."""
        home = monitor.home
        if home is None or self._signer.has_signed(monitor):
            return monitor
        if SIGNATURE not in monitor.metadata and await self._is_known(monitor.monitor_id, home):
            return monitor
        return replace(monitor, metadata={})

    async def list_monitors(
        self, account: ParallelAccount, *, include_cancelled: bool = False
    ) -> Sequence[Monitor]:
        found = self._monitors(account, include_cancelled=include_cancelled)
        by_id = {monitor.monitor_id: monitor async for monitor in found}
        return [await self._checked(monitor) for monitor in by_id.values()]

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancel it; an already cancelled one is not an error, whatever Parallel answers."""
        monitor_id = checked_id(monitor_id)
        try:
            await self._ask(
                account,
                lambda client: client.monitor.with_raw_response.cancel(monitor_id),
                nothing,
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
        settings: MonitorSettings | None = None,
    ) -> None:
        """Change the metadata, which an update replaces whole; of the rest, only what differs."""
        monitor_id = checked_id(monitor.monitor_id)
        metadata = {**monitor.metadata, **self._signer.metadata_of(home, monitor_id)}
        processor = processor_change(monitor, settings) if settings else None
        changed = settings_change(monitor, settings) if settings else None
        await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.update(
                monitor_id,
                metadata=metadata,
                frequency=frequency or omit,
                processor=processor or omit,
                type="event_stream" if changed else omit,
                settings=changed or omit,
            ),
            nothing,
        )

    async def sign(self, account: ParallelAccount) -> int:
        """Sign its monitors with the first key; how many weren't yet. Raises ParallelError."""
        signed = 0
        for monitor in await self.list_monitors(account):
            home = monitor.home
            if home is not None and not self._signer.has_signed_last(monitor):
                # Cancelled meanwhile: it has nothing more to say.
                with suppress(RefusedError, UnknownMonitorError):
                    await self.update(account, monitor, home)
                    signed += 1
        return signed

    async def trigger(self, account: ParallelAccount, monitor_id: str) -> None:
        """Start an extra run. It costs money, so raises AnswerLostError if it may have started."""
        monitor_id = checked_id(monitor_id)
        await self._ask(
            account,
            lambda client: client.monitor.with_raw_response.trigger(monitor_id),
            nothing,
            repeatable=False,
        )

    async def _monitors(
        self, account: ParallelAccount, *, include_cancelled: bool
    ) -> AsyncGenerator[Monitor]:
        def request(client: AsyncParallel, cursor: str | None) -> Awaitable[Answer]:
            # Not the SDK's own `list`: it joins the statuses with a comma, where Parallel's
            # contract has the parameter repeated.
            path = list_path(include_cancelled=include_cancelled, cursor=cursor)
            return client.get(path, cast_to=AsyncAPIResponse[bytes])

        async with aclosing(self._pages(account, request, MONITOR_LISTS)) as pages:
            async for page in pages:
                for monitor in monitors_of(page.entries, log=self._log):
                    yield monitor


def _monitor_in(body: bytes) -> Monitor:
    return monitor_of(wire_of(WireMonitor, json_of(body)))


def _is_same_place(one: MonitorHome, other: MonitorHome) -> bool:
    return (one.app_id, one.team_id, one.thread) == (other.app_id, other.team_id, other.thread)
