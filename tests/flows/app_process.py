"""The app as a process of its own, to be killed and started again on the same DATA_DIR."""

import asyncio
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, cast

import httpx
import pytest
from pydantic import SecretStr

from bot.cli.demo import demo_settings
from monitors.settings import Settings
from monitors.storage.embedded import end_orphan
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig
from tests.flows import served
from tests.migrated import begin_with
from tests.servers import free_port

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 120.0
# One process imports the app, for seconds, and forks each start; no thread of this one is in it.
_STARTS: Final = get_context("forkserver")
_STARTS.set_forkserver_preload([served.__name__])


class AppProcess:
    """`log` is what it wrote so far, all its lives together."""

    def __init__(self, settings: Settings, *, folder: Path) -> None:
        self.settings = settings
        self.arguments: tuple[str, ...] = ()
        self._log = folder / "app.log"
        self._process: BaseProcess | None = None

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def log(self) -> list[dict[str, object]]:
        """Its log lines; what is no JSON is no line of the log."""
        lines = self._log.read_text().splitlines()
        return [cast("dict[str, object]", json.loads(each)) for each in lines if each[:1] == "{"]

    def start(self) -> None:
        """Back when it is ready."""
        told = (environment_of(self.settings), self._log, self.arguments)
        self._process = _STARTS.Process(target=served.serve, args=told)
        self._process.start()
        deadline = time.monotonic() + START_SECONDS
        while self.readiness() != 200:
            assert self._process.is_alive(), self._log.read_text()[-3000:]
            assert time.monotonic() < deadline, self._log.read_text()[-3000:]
            time.sleep(0.05)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.join()

    def tell_to_stop(self) -> None:
        assert self._process is not None
        self._process.terminate()

    def exit_code(self) -> int | None:
        """Once it has ended."""
        assert self._process is not None
        self._process.join(STOP_SECONDS)
        return self._process.exitcode

    def readiness(self) -> int | None:
        """What `/readyz` answers; None where nothing does."""
        try:
            return httpx.get(
                f"{self.url}/readyz", trust_env=False, verify=NO_TLS, timeout=60
            ).status_code
        except httpx.TransportError:
            return None

    def clean_up(self) -> None:
        if self._process is not None and self._process.is_alive():
            self.kill()
        end_orphan(self.settings.data_dir)


def process_settings(sandbox: Sandbox, data_dir: Path) -> Settings:
    """On the embedded stores, with a reconciler that looks every second."""
    made = demo_settings(sandbox, SandboxConfig().slack, port=free_port(), data_dir=data_dir)
    return made.model_copy(update={"reconcile_seconds": 1})


@contextmanager
def running_process(settings: Settings, folder: Path) -> Generator[AppProcess]:
    """Started once; what it leaves behind is ended."""
    app = AppProcess(settings, folder=folder)
    try:
        app.start()
        yield app
    finally:
        app.clean_up()


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that an operator would set to have these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    given: dict[str, object] = {name: getattr(settings, name) for name in Settings.model_fields}
    for name, value in given.items():
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            kept[name.upper()] = text
    return kept


@pytest.fixture(scope="module")
def settings(
    sandbox: Sandbox, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    made = process_settings(sandbox, tmp_path_factory.mktemp("app") / "data")
    begin_with(migrated, made.data_dir)
    return made


@pytest.fixture(scope="module")
def app(
    settings: Settings, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Generator[AppProcess]:
    with running_process(settings, tmp_path_factory.mktemp("log")) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running
