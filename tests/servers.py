"""Real servers for tests: PostgreSQL and redis-server, started from Debian's binaries.

Each listens only on a Unix socket in a temp folder of its own, so that nothing can collide. Where
`TEST_DATABASE_URL` (a PostgreSQL where databases may be made) or `TEST_REDIS_URL` (a server that
may be emptied) is set, that one is used instead.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from monitors.storage.engine import parse_url
from monitors.storage.redis_client import open_redis
from tests.certificates import Certificates

_START_SECONDS = 120


class RedisServer:
    """A redis-server that a test may stop, kill and start again; it keeps nothing on disk."""

    def __init__(self, directory: Path, binary: str, options: Sequence[str] = ()) -> None:
        self._directory = directory
        self._binary = binary
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._directory / 'redis.sock'}"

    def start(self) -> None:
        path = self._directory / "redis.sock"
        options = ("--port", "0", "--unixsocket", path, "--save", "", "--dir", self._directory)
        self._process = subprocess.Popen(  # noqa: S603 - Debian's binary, our own arguments
            [self._binary, *options, *self._options], stdout=subprocess.DEVNULL
        )
        _wait_until(lambda: _listens(path), self._process)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def standing_still(self) -> Generator[None]:
        """As behind a broken network: connections stay, answers do not come, nothing is lost."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class PostgresServer:
    """A PostgreSQL cluster that a test may stop and start again."""

    def __init__(self, directory: Path, binaries: Path, tls: Certificates | None = None) -> None:
        self._directory = directory
        self._tls = tls
        self._port = free_port() if tls else None
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        self._user = "postgres" if os.geteuid() == 0 else None

    @property
    def url(self) -> URL:
        query = {"host": str(self._directory)}
        return URL.create("postgresql+asyncpg", username="tests", database="postgres", query=query)

    @property
    def tcp_url(self) -> str:
        """For a server with TLS: a user with a password."""
        return f"postgres://tests:pw@127.0.0.1:{self._port}/postgres"

    @property
    def socket_url(self) -> str:
        """As libpq's addresses name a folder with a socket."""
        return f"postgres://tests@{quote(str(self._directory), safe='')}:{self._port}/postgres"

    def create(self) -> None:
        if self._user is not None:
            shutil.chown(self._directory, self._user)
        options = ("-U", "tests", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        subprocess.run(  # noqa: S603 - Debian's binary, our own arguments
            [self._binaries / "initdb", "-D", self._directory / "data", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._directory,
            user=self._user,
        )

    def set_password(self) -> None:
        """Of the user who makes databases."""
        url = self.url.update_query_dict({"port": str(self._port)})
        asyncio.run(_execute(url, "ALTER USER tests PASSWORD 'pw'"))

    @property
    def conninfo(self) -> str:
        return f"host={self._directory} port={self._port or 5432} user=tests dbname=postgres"

    def start(self) -> None:
        options: list[str | Path] = ["-k", self._directory, "-c", "fsync=off"]
        options += ["-c", "listen_addresses=127.0.0.1" if self._tls else "listen_addresses="]
        if self._tls is not None:
            options += ["-p", str(self._port), *self._speaking_tls(self._tls)]
        self._process = subprocess.Popen(  # noqa: S603 - Debian's binary, our own arguments
            [self._binaries / "postgres", "-D", self._directory / "data", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._directory,
            user=self._user,
        )
        ready = [self._binaries / "pg_isready", "-q", "-h", self._directory]
        ready += ["-p", str(self._port)] if self._port else []
        _wait_until(
            lambda: subprocess.run(ready, check=False).returncode == 0,  # noqa: S603 - likewise
            self._process,
        )

    def _speaking_tls(self, tls: Certificates) -> list[str]:
        """Options; over TCP a password is wanted, whose user is there already."""
        data = self._directory / "data"
        for path in (tls.certificate, tls.key):
            shutil.copy(path, data / path.name)
            shutil.chown(data / path.name, self._user or os.geteuid())
            (data / path.name).chmod(0o600)
        (data / "pg_hba.conf").write_text("local all all trust\nhost all all all scram-sha-256\n")
        return [
            *("-c", "ssl=on", "-c", f"ssl_cert_file={tls.certificate.name}"),
            *("-c", f"ssl_key_file={tls.key.name}"),
        ]

    @contextlib.contextmanager
    def standing_still(self) -> Generator[None]:
        """As behind a broken network: connections stay and open, answers don't come."""
        assert self._process is not None
        pids = [self._process.pid, *_children(self._process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def read_only(self) -> Generator[None]:
        """As a primary whose disk is full, or that became a replica."""
        reload = "SELECT pg_reload_conf()"
        for change in ("ALTER SYSTEM SET default_transaction_read_only = on", reload):
            asyncio.run(_execute(self.url, change))
        try:
            yield
        finally:
            for change in ("ALTER SYSTEM RESET default_transaction_read_only", reload):
                asyncio.run(_execute(self.url, change))

    def stop(self) -> None:
        """Ends sessions at once: SIGINT is PostgreSQL's fast shutdown."""
        if self._process is not None:
            self._process.send_signal(2)
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def fresh_database(server: URL) -> Generator[str]:
    """The address of an empty database of its own, dropped afterwards."""
    name = f"test_{secrets.token_hex(8)}"
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}"'))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def empty_redis(url: str) -> None:
    """Forget everything in the URL's database, as a Redis does that lost its disk."""
    async with open_redis(url) as client:
        await client.flushdb()  # pyright: ignore[reportUnknownMemberType] - its options are untyped


@contextlib.contextmanager
def running_redis(*options: str) -> Generator[RedisServer]:
    """A redis-server of one's own. Skips where there is none."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server here: install it, or set TEST_REDIS_URL")
    with tempfile.TemporaryDirectory(prefix="tw-redis-") as directory:
        server = RedisServer(Path(directory), binary, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def running_postgres(*, tls: Certificates | None = None) -> Generator[PostgresServer]:
    """A PostgreSQL cluster of one's own. Skips where there is none."""
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server here: install it, or set TEST_DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="tw-pg-") as directory:
        server = PostgresServer(Path(directory), binaries, tls)
        server.create()
        server.start()
        try:
            if tls is not None:
                server.set_password()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def running_pgbouncer(postgres: PostgresServer) -> Generator[str]:
    """Two connections to it for all, each lent for one transaction. Skips where there is none."""
    binary = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        pytest.skip("no pgbouncer here: install it")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tw-pgb-") as directory:
        settings = Path(directory) / "pgbouncer.ini"
        settings.write_text(
            "[databases]\n"
            f"postgres = {postgres.conninfo}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
        )
        user = "postgres" if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(directory, user)
        process = subprocess.Popen(  # noqa: S603 - Debian's binary, our own arguments
            [binary, "-q", settings],
            user=user,
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until(lambda: _listens(port), process)
            yield f"postgres://tests@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The address of a PostgreSQL where databases can be made."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield parse_url(given)
    else:
        with running_postgres() as server:
            yield server.url


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """An empty database for one test."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
    else:
        with running_redis() as server:
            yield server.url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """A server with nothing in it."""
    asyncio.run(empty_redis(redis_server_url))
    return redis_server_url


def postgres_binaries() -> Path | None:
    """The newest version's folder; Debian keeps them out of the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]),
    )
    if found:
        return found[-1].parent
    in_path = shutil.which("postgres")
    return None if in_path is None else Path(in_path).resolve().parent


def _listens(at: Path | int) -> bool:
    if isinstance(at, int):
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", at)) == 0
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(at)) == 0


def listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it does."""
    _wait_until(lambda: _listens(port), process)


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def free_port() -> int:
    """Below those that the kernel gives to outgoing connections, which would take it meanwhile."""
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            pytest.fail("a server for tests does not start")
        time.sleep(0.02)


async def _execute(server: URL, statement: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
