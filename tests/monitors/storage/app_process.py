"""The least of an app: uses the embedded server until it is told to end.

Run as a program, it prints the server's address and its server's pid, and ends on the next line,
or, as the app would, on Ctrl-C after a last write.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

from monitors.storage.embedded import EmbeddedValkey

_ROOT: Final = Path(__file__).parents[3]


class AppProcess:
    """A running copy of this program."""

    def __init__(self, data_dir: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, __file__, data_dir],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_until_started(self) -> int:
        """The pid of the server it uses."""
        return int(self._read())

    def end(self) -> None:
        self._process.communicate("\n", timeout=120)
        assert self._process.returncode == 0

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=120)

    def press_control_c(self) -> str:
        """What a terminal does: SIGINT to the whole process group. Returns its last words."""
        os.killpg(self._process.pid, signal.SIGINT)
        last_words, _ = self._process.communicate(timeout=120)
        return last_words.strip()

    def clean_up(self) -> None:
        if self._process.poll() is None:
            self.kill()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextlib.contextmanager
def app_process(data_dir: Path) -> Generator[AppProcess]:
    app = AppProcess(data_dir)
    try:
        yield app
    finally:
        app.clean_up()


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "valkey" / "server.pid").read_text())


def main() -> None:
    # A test run in the background inherits that it is not to be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    data_dir = Path(sys.argv[1])
    with EmbeddedValkey(data_dir) as server:
        server.start()
        pid = server_pid(data_dir)
        try:
            print(pid, flush=True)  # noqa: T201 - how it speaks to the test
            sys.stdin.readline()
        except KeyboardInterrupt:
            os.kill(pid, 0)  # still there to drain into, else this raises
            print("drained")  # noqa: T201 - likewise


if __name__ == "__main__":
    main()
