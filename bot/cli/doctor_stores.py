"""What the doctor asks of the stores: opened as the app opens them, with a job's way through."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Final
from uuid import uuid4

from docket import Docket
from redis.exceptions import RedisError
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.doctor_accounts import connected_keys, verified_webhooks
from bot.cli.doctor_slack import installed_tokens
from bot.cli.finding import Finding, fix, ok, skip, warn
from bot.wiring.resources import open_sealer
from monitors.ports import StoreDownError
from monitors.settings import Settings
from monitors.settings_problems import SetupError
from monitors.storage.database import Database, open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.reach import database_problem, redis_problem
from monitors.storage.redis_client import open_redis, parse_redis_url
from monitors.storage.schema import require_current
from monitors.work.queue import open_worker
from monitors.workspaces.sealed_rows import SealedRows

ROUND_TRIP_SECONDS: Final = 10.0
_TASK: Final = "examine"


async def examine_stores(settings: Settings, slack: AsyncWebClient) -> AsyncGenerator[Finding]:
    async for finding in _redis(settings):
        yield finding
    async for finding in _database(settings, slack):
        yield finding


async def _redis(settings: Settings) -> AsyncGenerator[Finding]:
    async with AsyncExitStack() as stack:
        if settings.redis_url is None:
            embedded = EmbeddedValkey(settings.data_dir)
            try:
                url = await asyncio.to_thread(embedded.start)
            except SetupError as error:
                yield fix("Redis", str(error))
                yield skip("a job's round trip", "there is no queue")
                return
            stack.callback(embedded.stop)
            yield ok("Redis", f"embedded, in {settings.data_dir}")
        else:
            url = parse_redis_url(settings.redis_url)
            redis = open_redis(url)
            stack.push_async_callback(redis.aclose)
            problem = await redis_problem(redis)
            if problem is not None:
                yield fix("Redis", problem)
                yield skip("a job's round trip", "Redis can't be used")
                return
            yield _guarded(url)
        yield await _round_trip(url)


def _guarded(url: str) -> Finding:
    if url.startswith("redis://") and "@" not in url:
        return warn(
            "Redis",
            "it accepts connections without a password, and anyone who can write to it can run "
            "code in this app. Use a password and TLS (rediss://), or a private socket.",
        )
    return ok("Redis", "it takes all that jobs need")


async def _round_trip(url: str) -> Finding:
    """A job of its own kind, on a queue of its own beside the app's."""
    name = "a job's round trip"
    done = asyncio.Event()
    begun = time.monotonic()

    async def examine(_text: str) -> None:
        done.set()

    try:
        async with Docket(name=f"threadwatch-doctor-{uuid4().hex[:8]}", url=url) as docket:
            docket.register(examine, names=[_TASK])
            await docket.add(_TASK)("")
            async with open_worker(docket, concurrency=1) as worker:
                working = asyncio.create_task(worker.run_forever())
                try:
                    async with asyncio.timeout(ROUND_TRIP_SECONDS):
                        await done.wait()
                finally:
                    working.cancel()
                    await asyncio.wait({working})
            async with docket.redis() as redis:
                async for key in redis.scan_iter(f"{docket.prefix}:*"):
                    await redis.delete(key)
    except (RedisError, OSError) as error:
        return fix(name, f"no job was done in {ROUND_TRIP_SECONDS:.0f} s ({type(error).__name__}).")
    return ok(name, f"{(time.monotonic() - begun) * 1000:.0f} ms")


async def _database(settings: Settings, slack: AsyncWebClient) -> AsyncGenerator[Finding]:
    keys = "encryption keys"
    try:
        database = open_database(settings.database_url, settings.data_dir)
    except SetupError as error:
        yield fix("database", str(error))
        yield skip(keys, "there is no database")
        return
    try:
        problem = await database_problem(database)
        if problem is not None:
            yield fix("database", problem)
            yield skip(keys, "the database can't be used")
            return
        try:
            await require_current(database)
        except SetupError as error:
            if settings.database_url is None:
                yield ok("database", "SQLite; its tables are made at the next start")
            else:
                yield fix("database", str(error))
            yield skip(keys, "the database has no tables of this version yet")
            return
        yield ok("database", f"{database.dialect}, up to date")
        yield await verified_webhooks(settings, database)
        async for finding in _opened(settings, slack, database):
            yield finding
    finally:
        await database.aclose()


async def _opened(
    settings: Settings, slack: AsyncWebClient, database: Database
) -> AsyncGenerator[Finding]:
    """What is stored encrypted, and whether it works."""
    try:
        sealer = open_sealer(settings)
        await SealedRows(database, sealer).check()
    except (SetupError, StoreDownError) as error:
        yield fix("encryption keys", str(error))
        for check in ("installations", "connected accounts"):
            yield skip(check, "they can't be decrypted")
        return
    yield ok("encryption keys", "they decrypt what is stored")
    yield await installed_tokens(settings, slack, database, sealer)
    yield await connected_keys(settings, database, sealer)
