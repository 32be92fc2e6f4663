"""Locks between processes, which the kernel releases when their holder dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final, Self

_POLL_SECONDS: Final = 0.02


class FileLock:
    """An flock on a file created for it.

    If a child process inherits the descriptor, the lock lasts as long as that child, even after
    `close` here.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @property
    def descriptor(self) -> int:
        return self._descriptor

    def share(self) -> bool:
        """Take a shared lock without waiting; False if that isn't possible."""
        return self._take(fcntl.LOCK_SH)

    def take(self, *, within_seconds: float = 0) -> bool:
        """Take an exclusive lock. If it fails, a shared lock held before may be lost as well."""
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, operation: int) -> bool:
        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
