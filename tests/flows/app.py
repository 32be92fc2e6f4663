"""The app itself, served from a thread with its production wiring."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

from anyio.from_thread import start_blocking_portal

from bot.serving import listen, running
from bot.wiring import Wiring, open_wiring
from monitors.settings import Settings


@asynccontextmanager
async def _serve(settings: Settings, *, worker: bool) -> AsyncGenerator[Wiring]:
    listener = listen(settings.host, settings.port)
    async with (
        open_wiring(settings) as wiring,
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
