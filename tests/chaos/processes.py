"""Real processes that are killed and started again, each with a log of its own."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from monitors.storage.valkey_process import find_binary

ROOT: Final = Path(__file__).parents[2]
# Beyond the app's own deadline (bot.web.serving.DRAIN_SECONDS and WEB_DRAIN_SECONDS).
STOP_SECONDS: Final = 30.0


@dataclass(slots=True)
class Child:
    """A process and what it is started with; `deaths` are the ends that nobody ordered."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    deaths: list[int] = field(default_factory=list[int])
    is_down: bool = True
    """Whether it was killed and is to stay so for now."""
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A terminal's Ctrl-C is for what runs all this, which then ends them in order.
                start_new_session=True,
            )
        self.is_down = False

    def kill(self) -> None:
        """SIGKILL, and wait: what it listened on is free again then."""
        self.is_down = True
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def revive(self) -> bool:
        """Start it again if it ended without being told to; whether it had."""
        if self.is_down or self._process is None or self._process.poll() is None:
            return False
        self.deaths.append(self._process.returncode)
        self.start()
        return True

    async def stop(self) -> int | None:
        """SIGTERM, then SIGKILL; the exit code of one that ended by itself in time."""
        self.is_down = True
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.to_thread(self._process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()


def app_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What a process of the app sees: its settings, and none of this machine's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}


def app_child(name: str, arguments: Sequence[str], settings: Mapping[str, str], at: Path) -> Child:
    """`python -m bot …` in `at`, where no `.env` lies."""
    return Child(name, [sys.executable, "-m", "bot", *arguments], app_environment(settings), at)


def redis_child(at: Path) -> tuple[Child, str]:
    """A Redis that loses nothing it acknowledged, and its address."""
    home = at / "redis"
    home.mkdir()
    options = {
        "port": "0",
        "unixsocket": "redis.sock",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    # Where Debian's is not installed the app's own embedded server does as well.
    binary = shutil.which("redis-server") or str(find_binary())
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    child = Child("redis-server", [binary, *words], app_environment({}), at)
    return child, f"unix://{home / 'redis.sock'}"
