"""The app itself, served from a thread with its production wiring."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Final, Self, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from bot.timings import Timings
from bot.web.serving import listen, running
from bot.wiring import Wiring, open_wiring
from monitors.delivery.post_once import PostTimes
from monitors.settings import Settings
from monitors.storage.database import DOOR_SECONDS
from monitors.work.runner import Backoff

T = TypeVar("T")

# Jobs that failed are tried again in tenths of a second, where an operator's wait seconds.
IMPATIENT: Final = Timings(
    # A busy machine is no broken server.
    sql_door_seconds=30.0,
    backoff=Backoff(first_seconds=0.1),
    red_seconds=0.0,
    coalesce_seconds=0.2,
    suspended_retry_after=timedelta(seconds=5),
    # Long enough for a test to put right in time what nobody is to be told of.
    notify_after=timedelta(seconds=2),
    settle_after=timedelta(seconds=1),
    refresh_lease=timedelta(seconds=2),
    poll_seconds=0.05,
    posts=PostTimes(late=timedelta(seconds=1)),
)

# What crashed is taken up again in seconds, too: only where no call lasts longer.
HASTY: Final = replace(
    IMPATIENT,
    sql_door_seconds=DOOR_SECONDS,
    backoff=Backoff(first_seconds=0.2, longest_seconds=1.0),
    redelivery_seconds=2.0,
    hold_seconds=4.0,
    posts=PostTimes(call=timedelta(seconds=2), late=timedelta(seconds=1)),
    stale_after=timedelta(seconds=3),
    sweep_seconds=0.5,
    beat_seconds=0.5,
    first_reconcile_seconds=1.0,
)


@asynccontextmanager
async def _serve(settings: Settings, *, worker: bool, timings: Timings) -> AsyncGenerator[Wiring]:
    with listen(settings.host, settings.port) as listener:
        async with (
            open_wiring(settings, timings=timings) as wiring,
            running(wiring, listener=listener, worker=worker),
        ):
            yield wiring


class RunningApp:
    """Web and worker in one event loop of their own. `settings.port` must be a free one."""

    def __init__(
        self, settings: Settings, *, worker: bool = True, timings: Timings = IMPATIENT
    ) -> None:
        self.settings = settings
        self._worker = worker
        self._timings = timings
        self._open = ExitStack()
        self._inside: tuple[BlockingPortal, Wiring] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            portal = opening.enter_context(start_blocking_portal(name="app"))
            served = _serve(self.settings, worker=self._worker, timings=self._timings)
            wiring = opening.enter_context(portal.wrap_async_context_manager(served))
            self._open = opening.pop_all()
        self._inside = (portal, wiring)
        return self

    def do(self, act: Callable[[Wiring], Awaitable[T]]) -> T:
        """Use what is open, inside the app's own event loop."""
        if self._inside is None:
            raise RuntimeError("the app does not run")
        portal, wiring = self._inside
        return portal.call(act, wiring)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()
