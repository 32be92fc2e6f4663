"""The app as an operator runs it, and how it is struck: `split` on servers, `single` by itself."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from cryptography.fernet import Fernet

from monitors.storage.embedded import end_orphan
from monitors.storage.redis_client import open_redis
from sandbox.plain_http import NO_TLS
from sandbox.server import DEMO_ACCOUNT
from sandbox.slack import SlackSettings
from tests.chaos.balancer import HOST, Balancer, balancing
from tests.chaos.plan import Blow, BlowKind, Mode
from tests.chaos.processes import Child, app_child, redis_child
from tests.security.leaks import secrets_of
from tests.servers import postgres_binaries, running_postgres

READY_SECONDS: Final = 60.0
RECONCILE_SECONDS: Final = 5
_LOOK_SECONDS: Final = 0.3


@dataclass(slots=True)
class Deployment:
    """The processes of one run. `struck` counts the blows, `deaths` the ends nobody ordered."""

    web: list[Child]
    workers: list[Child]
    redis: Child | None
    redis_url: str
    ports: list[int]
    balancer: Balancer
    url: str
    data_dir: Path
    database: str
    secrets: Mapping[str, str]
    """All that is secret in the settings, by name."""
    struck: dict[str, int] = field(default_factory=dict[str, int])
    last_blow: float = 0.0
    """By the loop's clock."""

    @property
    def children(self) -> list[Child]:
        """In the order in which they are started; what others need first."""
        servers = [] if self.redis is None else [self.redis]
        return [*servers, *self.web, *self.workers]

    @property
    def deaths(self) -> dict[str, list[int]]:
        """Exit codes by process."""
        return {child.name: child.deaths for child in self.children if child.deaths}

    async def strike(self, blow: Blow) -> None:
        """Kill something and start it again after its time, or empty Redis."""
        self.struck[blow.kind] = self.struck.get(blow.kind, 0) + 1
        match blow.kind:
            case BlowKind.WEB | BlowKind.APP:
                await self._knock_out(self.web[blow.which % len(self.web)], blow)
            case BlowKind.WORKER:
                await self._knock_out(self.workers[blow.which % len(self.workers)], blow)
            case BlowKind.REDIS if self.redis is not None:
                await self._knock_out(self.redis, blow)
            case BlowKind.REDIS:
                self._kill_embedded()
            case BlowKind.EMPTY:
                await self._empty()
        self.last_blow = asyncio.get_running_loop().time()

    async def _knock_out(self, child: Child, blow: Blow) -> None:
        child.kill()
        await asyncio.sleep(blow.down_seconds)
        child.start()

    def _kill_embedded(self) -> None:
        """The app itself is to start it again."""
        with suppress(OSError, ValueError):
            os.kill(int((self.data_dir / "valkey" / "server.pid").read_text()), signal.SIGKILL)

    async def _empty(self) -> None:
        """Tried until it works: it may be down just now."""
        while True:
            try:
                async with open_redis(self.redis_url) as redis:
                    await redis.flushall()  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
            except OSError:
                await asyncio.sleep(_LOOK_SECONDS)
            except Exception as error:
                if type(error).__name__ not in {"ConnectionError", "BusyLoadingError"}:
                    raise
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                return

    async def keep_alive(self) -> None:
        """What a supervisor does: start again what ends by itself."""
        while True:
            for child in self.children:
                child.revive()
            await asyncio.sleep(1.0)

    async def start(self) -> None:
        """Until each web process says that it is ready."""
        for child in self.children:
            child.start()
        async with (
            httpx.AsyncClient(trust_env=False, verify=NO_TLS, timeout=5) as client,
            asyncio.timeout(READY_SECONDS),
        ):
            for port in self.ports:
                while not await _is_ready(client, port):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(_LOOK_SECONDS)

    async def stop(self) -> dict[str, int | None]:
        """Web and workers by SIGTERM, side by side; their exit codes."""
        app = [*self.web, *self.workers]
        codes = await asyncio.gather(*(child.stop() for child in app))
        if self.redis is not None:
            self.redis.kill()
        else:
            await asyncio.to_thread(end_orphan, self.data_dir)
        return {child.name: code for child, code in zip(app, codes, strict=True)}

    def kill(self) -> None:
        for child in self.children:
            child.kill()
        with suppress(Exception):
            end_orphan(self.data_dir)


async def _is_ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://{HOST}:{port}/readyz")).is_success
    except httpx.TransportError:
        return False


@asynccontextmanager
async def deployed(mode: Mode, stand_ins_url: str, folder: Path) -> AsyncGenerator[Deployment]:
    """The app, running and ready; whatever happens, no process is left behind."""
    async with AsyncExitStack() as stack:
        ports = _free_ports(2 if mode is Mode.SPLIT else 1)
        balancer, port = await stack.enter_async_context(balancing(ports))
        url = f"http://{HOST}:{port}"
        data_dir = folder / "data"
        settings = _settings(stand_ins_url, url, data_dir)
        redis, redis_url = None, f"unix://{data_dir / 'valkey' / 'valkey.sock'}"
        database = "SQLite"
        if mode is Mode.SPLIT:
            redis, redis_url = redis_child(folder)
            settings |= {"REDIS_URL": redis_url}
            if postgres_binaries() is not None:
                database = "PostgreSQL"
                server = stack.enter_context(running_postgres())
                settings |= {"DATABASE_URL": server.url.render_as_string(hide_password=False)}
                _migrate(settings, folder)
        flags = ["--no-worker"] if mode is Mode.SPLIT else []
        web = [
            app_child(f"web-{number}", ["serve", *flags], settings | {"PORT": str(each)}, folder)
            for number, each in enumerate(ports)
        ]
        count = 2 if mode is Mode.SPLIT else 0
        workers = [
            app_child(f"worker-{number}", ["worker"], settings, folder) for number in range(count)
        ]
        deployment = Deployment(
            web=web,
            workers=workers,
            redis=redis,
            redis_url=redis_url,
            ports=ports,
            balancer=balancer,
            url=url,
            data_dir=data_dir,
            database=database,
            secrets=secrets_of(settings),
        )
        stack.callback(deployment.kill)
        await deployment.start()
        yield deployment


def _settings(stand_ins_url: str, url: str, data_dir: Path) -> dict[str, str]:
    slack = SlackSettings()
    return {
        "HOST": HOST,
        "PUBLIC_URL": url,
        "DATA_DIR": str(data_dir),
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_CLIENT_ID": slack.client_id,
        "SLACK_CLIENT_SECRET": slack.client_secret,
        "SLACK_API_URL": f"{stand_ins_url}/slack/api/",
        "SLACK_AUTHORIZE_URL": f"{stand_ins_url}/slack/oauth/v2/authorize",
        "PARALLEL_API_KEY": DEMO_ACCOUNT.api_key,
        "PARALLEL_WEBHOOK_SECRET": DEMO_ACCOUNT.webhook_secret,
        "OPERATOR_ACCOUNT_FOR": "any",
        "MAX_MONITORS_PER_WORKSPACE": "10000",
        "MAX_MONITORS_PER_PERSON": "10000",
        "PARALLEL_BASE_URL": f"{stand_ins_url}/parallel",
        "PARALLEL_PLATFORM_URL": f"{stand_ins_url}/parallel",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "RECONCILE_SECONDS": str(RECONCILE_SECONDS),
        "LOG_FORMAT": "json",
    }


def _migrate(settings: dict[str, str], folder: Path) -> None:
    child = app_child("migrate", ["migrate"], settings, folder)
    done = subprocess.run(  # noqa: S603 - our own program
        child.command,
        cwd=folder,
        env=dict(child.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"threadwatch migrate failed:\n{done.stdout}{done.stderr}")


def _free_ports(count: int) -> list[int]:
    """Different ones, for none is let go before all are found."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
