"""The app itself, served from a thread with its production wiring."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from types import TracebackType
from typing import Final, Self

from anyio.from_thread import start_blocking_portal

from bot.serving import listen, running
from bot.wiring import Wiring, open_wiring
from monitors.jobs import Backoff
from monitors.settings import Settings

# Jobs that failed are tried again in tenths of a second, where an operator's wait seconds.
IMPATIENT: Final = Backoff(first_seconds=0.2)


@asynccontextmanager
async def _serve(settings: Settings, *, worker: bool) -> AsyncGenerator[Wiring]:
    with listen(settings.host, settings.port) as listener:
        async with (
            open_wiring(settings, backoff=IMPATIENT) as wiring,
            running(wiring, listener=listener, worker=worker),
        ):
            yield wiring


class RunningApp:
    """Web and worker in one event loop of their own. `settings.port` must be a free one."""

    def __init__(self, settings: Settings, *, worker: bool = True) -> None:
        self.settings = settings
        self._worker = worker
        self._open = ExitStack()

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            portal = opening.enter_context(start_blocking_portal(name="app"))
            serving = portal.wrap_async_context_manager(_serve(self.settings, worker=self._worker))
            opening.enter_context(serving)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()
