"""Several redis-servers that belong together: a primary with Sentinels, and a cluster."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.servers import RedisServer, free_port, listening, running_redis

_NODES = 3


@dataclass(frozen=True, slots=True)
class Watched:
    """A primary and its replica, watched by three Sentinels."""

    url: str
    sentinel_port: int
    replica_port: int
    primary: RedisServer


@contextlib.contextmanager
def running_sentinels() -> Generator[Watched]:
    """Skips where there is no redis-server."""
    ports = [free_port() for _ in range(_NODES)]
    primary_port, replica_port = free_port(), free_port()
    with ExitStack() as stack:
        primary = stack.enter_context(running_redis("--port", str(primary_port)))
        follows = ("--replicaof", f"127.0.0.1 {primary_port}")
        stack.enter_context(running_redis("--port", str(replica_port), *follows))
        for port in ports:
            stack.enter_context(_sentinel(port, primary_port))
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        yield Watched(f"redis+sentinel://{hosts}/main", ports[0], replica_port, primary)


@contextlib.contextmanager
def _sentinel(port: int, primary_port: int) -> Generator[None]:
    binary = shutil.which("redis-server")
    assert binary is not None
    with tempfile.TemporaryDirectory(prefix="tw-sentinel-") as directory:
        settings = Path(directory) / "sentinel.conf"
        settings.write_text(
            f"port {port}\ndir {directory}\n"
            f"sentinel monitor main 127.0.0.1 {primary_port} 2\n"
            "sentinel down-after-milliseconds main 500\n"
            "sentinel failover-timeout main 2000\n"
        )
        process = subprocess.Popen(  # noqa: S603 - Debian's binary, our own arguments
            [binary, settings, "--sentinel"], stdout=subprocess.DEVNULL
        )
        try:
            listening(port, process)
            yield
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def running_cluster() -> Generator[tuple[int, ...]]:
    """The ports of its three nodes. Skips where there is no redis-server."""
    ports = tuple(free_port() for _ in range(_NODES))
    with ExitStack() as stack:
        for port in ports:
            options = ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
            stack.enter_context(running_redis("--port", str(port), *options))
        subprocess.run(  # noqa: S603 - Debian's binary, our own arguments
            [
                *(shutil.which("redis-cli") or "redis-cli", "--cluster", "create"),
                *(f"127.0.0.1:{port}" for port in ports),
                "--cluster-yes",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )
        yield ports
