"""Locks between processes that the kernel lets go of when their holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_POLL_SECONDS: Final = 0.02


class FileLock:
    """An flock on a file made for it.

    A copy of its descriptor given to a child process keeps the lock for as long as that child
    lives, even after `close` here.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def share(self) -> bool:
        """Hold it beside other sharers, now or not at all."""
        return self._take(fcntl.LOCK_SH)

    def take(self, *, within_seconds: float = 0) -> bool:
        """Hold it alone. A holder of a shared lock that fails here may have lost that, too."""
        deadline = time.monotonic() + within_seconds
        while not self._take(fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self, operation: int) -> bool:
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
