"""`threadwatch demo` as a person starts it: a process of its own, in a folder of its own."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

COMMAND: Final = Path(sys.executable).with_name("threadwatch")
_ADDRESS: Final = re.compile(r"http://[0-9.:]+/")


def demo_command(port: int) -> list[str]:
    return [str(COMMAND), "demo", "--port", str(port)]


class DemoProcess:
    """A running demo; what it leaves on disk goes to `folder`."""

    def __init__(self, folder: Path, *, port: int, environment: Mapping[str, str]) -> None:
        self.data_dir = folder / ".data" / "demo"
        self._words = b""
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            demo_command(port),
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def words(self) -> str:
        """What it has printed as far as it was read."""
        return self._words.decode()

    def address(self, *, within_seconds: float) -> str:
        """Where it says that the page is. Fails when it does not say so in time."""
        deadline = time.monotonic() + within_seconds
        while (found := _ADDRESS.search(self.words)) is None:
            assert self._read(deadline), f"no address within {within_seconds} s: {self.words}"
        return found[0]

    def runs(self) -> list[Path]:
        """The folders of running demos, and of killed ones."""
        return [path for path in self.data_dir.glob("*") if path.is_dir()]

    def interrupt(self) -> int:
        """Ctrl-C: the terminal tells the whole group. Returns the exit code."""
        os.killpg(self._process.pid, signal.SIGINT)
        return self._wait()

    def kill(self) -> None:
        self._process.kill()
        self._wait()

    def has_children(self) -> bool:
        """Whether a process of its group outlived it."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def is_running(self) -> bool:
        return self._process.poll() is None

    def _read(self, deadline: float) -> bool:
        """Read some more; False when nothing came in time, or nothing will come."""
        assert self._process.stdout is not None
        left = max(0.0, deadline - time.monotonic())
        if not select.select([self._process.stdout], [], [], left)[0]:
            return False
        chunk = os.read(self._process.stdout.fileno(), 65536)
        self._words += chunk
        return bool(chunk)

    def _wait(self) -> int:
        rest, _ = self._process.communicate(timeout=60)
        self._words += rest
        return self._process.returncode


@contextmanager
def running_demo(
    folder: Path, *, port: int = 0, environment: Mapping[str, str] | None = None
) -> Generator[DemoProcess]:
    """`environment` is added to the one of this process."""
    demo = DemoProcess(folder, port=port, environment=environment or {})
    try:
        yield demo
    finally:
        if demo.is_running():
            demo.interrupt()
