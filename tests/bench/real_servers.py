"""A Redis and a PostgreSQL that put everything on disk before they answer, as in production."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from monitors.storage.redis_client import open_redis
from tests.servers import postgres_binaries, running_redis


def missing_servers() -> str | None:
    """Why the split set-up is not measured; None if it can be."""
    if shutil.which("redis-server") is None:
        return "Redis + PostgreSQL isn't measured: there is no redis-server here."
    if postgres_binaries() is None:
        return "Redis + PostgreSQL isn't measured: there is no PostgreSQL here."
    return None


@contextmanager
def durable_redis() -> Generator[str]:
    with running_redis() as server:
        asyncio.run(_keep_on_disk(server.url))
        yield server.url


async def _keep_on_disk(url: str) -> None:
    async with open_redis(url) as redis:
        for name, value in (
            ("appendfsync", "always"),
            ("appendonly", "yes"),
            ("maxmemory-policy", "noeviction"),
        ):
            await redis.config_set(name, value)  # pyright: ignore[reportUnknownMemberType] - untyped keyword arguments in redis-py


@contextmanager
def durable_postgres() -> Generator[str]:
    """The address of a server where databases may be made; its own defaults, fsync included."""
    binaries = postgres_binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL here")
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="tw-pg-") as directory:
        if user is not None:
            shutil.chown(directory, user)

        def run(name: str, *arguments: str) -> None:
            subprocess.run(  # noqa: S603 - Debian's binaries, our own arguments
                [binaries / name, "-D", f"{directory}/data", *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=directory,
                user=user,
            )

        run("initdb", "-U", "bench", "--auth=trust", "-E", "UTF8", "--locale=C")
        options = f"-c listen_addresses= -k {directory}"
        run("pg_ctl", "start", "-w", "-s", "-l", str(Path(directory) / "log"), "-o", options)
        try:
            yield URL.create(
                "postgresql+asyncpg",
                username="bench",
                database="postgres",
                query={"host": directory},
            ).render_as_string(hide_password=False)
        finally:
            run("pg_ctl", "stop", "-m", "fast", "-w", "-s")
