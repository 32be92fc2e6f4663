"""A server under load, in a process of its own: `python -m tests.bench.served '<ServerOrder>'`.

It says ServerReady in one line; each line `usage` or `wipe` on standard input is answered with a
ServerUsage; the end of standard input ends it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop
from cryptography.fernet import Fernet
from pydantic import SecretStr
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import func, select

from bot.installations import KeptInstallations
from bot.logs import configure_logs
from bot.serving import listen, running, serving, settle_heap
from bot.wiring import Wiring, open_wiring
from monitors.settings import Settings
from monitors.store.redis_client import open_redis
from monitors.store.sql.installations import SqlInstallations
from monitors.store.sql.tables import IntentTable
from tests.bench import floor
from tests.bench.plan import HOST, ServerOrder, ServerReady, ServerUsage, Side
from tests.bench.signed import APP_ID, PARALLEL_SECRET, SLACK_SECRET, TEAM_ID

_NOWHERE: Final = f"http://{HOST}:9"

Count = Callable[[], Awaitable[tuple[int, int]]]
Serving = tuple[ServerReady, Count]


@asynccontextmanager
async def app_server(order: ServerOrder) -> AsyncGenerator[Serving]:
    """The app with its production wiring, web only, installed in one workspace."""
    listener = listen(HOST, 0)
    port = int(listener.getsockname()[1])
    async with open_wiring(_settings(order, port)) as wiring:
        await _install(wiring)
        operator = await wiring.accounts.ensure_operator()
        if operator is None:
            raise RuntimeError("no account to send webhooks to")
        redis_url = wiring.stores.docket.url

        async def count() -> tuple[int, int]:
            docket, redis = wiring.stores.docket, wiring.stores.redis
            # Those put off for later stand in the queue, not in the stream.
            jobs = await redis.xlen(docket.stream_key) + await redis.zcard(docket.queue_key)
            async with wiring.stores.engine.connect() as connection:
                kept = await connection.execute(select(func.count()).select_from(IntentTable))
                return int(jobs), kept.scalar_one()

        async with running(wiring, listener=listener, worker=False):
            ready = ServerReady(
                port=port,
                redis_url=redis_url,
                webhook_path=f"/webhooks/parallel/{operator.endpoint_id}",
                command_path="/slack/events",
            )
            settle_heap()
            yield ready, count


@asynccontextmanager
async def floor_server(order: ServerOrder) -> AsyncGenerator[Serving]:
    if order.redis_url is None:
        raise RuntimeError("the floor writes to the app's Redis")
    listener = listen(HOST, 0)
    async with open_redis(order.redis_url) as redis:

        async def count() -> tuple[int, int]:
            return int(await redis.xlen(floor.STREAM)), 0

        async with serving(floor.create_floor(redis), listener):
            ready = ServerReady(
                port=int(listener.getsockname()[1]),
                redis_url=order.redis_url,
                webhook_path=floor.WEBHOOK_PATH,
                command_path=floor.COMMAND_PATH,
            )
            yield ready, count


def _settings(order: ServerOrder, port: int) -> Settings:
    """An operator's, for many workspaces.

    No request under measurement calls Slack or Parallel, so their addresses lead nowhere.
    """
    return Settings(
        host=HOST,
        port=port,
        public_url=f"http://{HOST}:{port}",
        data_dir=Path(order.data_dir),
        redis_url=order.redis_url,
        database_url=order.database_url,
        encryption_keys=SecretStr(Fernet.generate_key().decode()),
        slack_signing_secret=SecretStr(SLACK_SECRET),
        slack_client_id="1.1",
        slack_client_secret=SecretStr("bench"),
        slack_bot_token=None,
        slack_api_url=f"{_NOWHERE}/api/",
        slack_authorize_url=f"{_NOWHERE}/authorize",
        parallel_api_key=SecretStr("bench"),
        parallel_webhook_secret=SecretStr(PARALLEL_SECRET),
        parallel_base_url=_NOWHERE,
        parallel_platform_url=_NOWHERE,
        command_prefix="",
    )


async def _install(wiring: Wiring) -> None:
    store = KeptInstallations(SqlInstallations(wiring.stores.engine, wiring.stores.sealer))
    await store.save(
        Installation(
            app_id=APP_ID,
            team_id=TEAM_ID,
            bot_token="xoxb-bench",
            bot_id="B0BENCH001",
            bot_user_id="U0BENCHBOT",
            user_id="U0BENCH001",
            installed_at=datetime.now(UTC).timestamp(),
        )
    )


async def _serve(order: ServerOrder) -> None:
    server = app_server if order.side is Side.APP else floor_server
    async with server(order) as (ready, count):
        _say(ready.model_dump_json())
        orders = await _standard_input()
        async for line in orders:
            if line.strip() == b"wipe":
                async with open_redis(ready.redis_url) as redis:
                    await redis.flushdb()  # pyright: ignore[reportUnknownMemberType] - untyped keyword arguments in redis-py
            jobs, intents = await count()
            usage = ServerUsage(cpu_seconds=time.process_time(), jobs=jobs, intents=intents)
            _say(usage.model_dump_json())


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    order = ServerOrder.model_validate_json(sys.argv[1])
    configure_logs("info", "json")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(order))


if __name__ == "__main__":
    main()
