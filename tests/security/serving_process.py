"""`threadwatch serve` as an operator starts it: a process of its own, with all it writes kept."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from sandbox.plain_http import NO_TLS
from tests.chaos.processes import app_environment

# `threadwatch`, of the folder that the tests are in.
COMMAND: Final = (sys.executable, "-m", "bot")
_START_SECONDS: Final = 40.0


def run(command: str, folder: Path, variables: Mapping[str, str]) -> tuple[int, str]:
    """A command that ends by itself: its exit code, and what it printed."""
    done = subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, command],
        cwd=folder,
        env=app_environment(variables),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


class ServingProcess(AbstractContextManager["ServingProcess"]):
    """Running until the end of the block, and ready from its start.

    `within`: the command that runs it, such as one that takes rights away first.
    """

    def __init__(
        self, folder: Path, variables: Mapping[str, str], *, within: Sequence[str] = ()
    ) -> None:
        self.url = f"http://127.0.0.1:{variables['PORT']}"
        self._log = folder / "serve.log"
        self._folder = folder
        self._variables = variables
        self._within = within

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*self._within, *COMMAND, "serve"],
                cwd=self._folder,
                env=app_environment(self._variables),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._await_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def written(self) -> str:
        return self._log.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    def command_lines(self) -> bytes:
        """Of the process, and of those it started."""
        family = [path for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)]
        return b"\n".join((path / "cmdline").read_bytes() for path in family)

    def _is_ours(self, process: Path) -> bool:
        try:
            line = (process / "cmdline").read_bytes()
            in_folder = (process / "cwd").resolve().is_relative_to(self._folder)
        except OSError:
            return False
        return process.name == str(self._process.pid) or in_folder or bytes(self._folder) in line

    def _await_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.written
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False, verify=NO_TLS).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready: {self.written}")

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait()
