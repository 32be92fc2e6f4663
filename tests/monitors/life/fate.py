"""Whether the process lives to see the next step."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

Port = TypeVar("Port")


class Crash(BaseException):
    """The process died here: nothing that follows in it happens. No handler may answer it."""


class Fate:
    """After how many more calls of any port the process dies."""

    def __init__(self) -> None:
        self._calls_left: int | None = None

    def crash_after(self, calls: int) -> None:
        self._calls_left = calls

    def spare(self) -> None:
        self._calls_left = None

    def after_call(self) -> None:
        """A port has done its work, and its caller is about to hear of it."""
        if self._calls_left is None:
            return
        self._calls_left -= 1
        if self._calls_left <= 0:
            self._calls_left = None
            raise Crash


def mortal(port: Port, fate: Fate) -> Port:
    """The same port, whose every call may be its caller's last."""
    return cast("Port", _Mortal(port, fate))


class _Mortal:
    def __init__(self, port: object, fate: Fate) -> None:
        self._port = port
        self._fate = fate

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        method = cast("Callable[..., Awaitable[object]]", getattr(self._port, name))

        async def call(*arguments: object, **options: object) -> object:
            try:
                return await method(*arguments, **options)
            finally:
                self._fate.after_call()

        return call
