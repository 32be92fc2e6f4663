"""A server under load, in a process of its own: `python -m tests.bench.served '<ServerOrder>'`.

It says ServerReady in one line; each line `usage`, `wipe` or `settle` on standard input is
answered with a ServerUsage; the end of standard input ends it.
"""

import asyncio
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop
from pydantic import SecretStr

from bot.web.logs import configure_logs
from bot.web.serving import listen, running, serving, settle_heap
from bot.wiring import Wiring, open_wiring
from monitors.model.installation import Installation
from monitors.settings import Settings
from tests.bench import floor, known
from tests.bench.counted import Counted, counting, forget_peak
from tests.bench.floor_jobs import open_floor_jobs
from tests.bench.orders import say, standard_input
from tests.bench.plan import HOST, ServerOrder, ServerReady, Side
from tests.bench.signed import PARALLEL_SECRET, SLACK_SECRET

KEY: Final = urlsafe_b64encode(b"one key for the web and the work").decode()

Serving = tuple[ServerReady, Counted]


@asynccontextmanager
async def app_server(order: ServerOrder) -> AsyncGenerator[Serving]:
    """The app with its production wiring, installed in every workspace."""
    listener = listen(HOST, 0)
    port = int(listener.getsockname()[1])
    async with AsyncExitStack() as stack:
        wiring = await stack.enter_async_context(open_wiring(_settings(order, port)))
        await _install(wiring)
        operator = await wiring.accounts.ensure_operator()
        if operator is None:
            raise RuntimeError("no account to send webhooks to")
        docket = wiring.stores.docket
        if not order.web:
            listener.close()
        await stack.enter_async_context(
            running(wiring, listener=listener if order.web else None, worker=order.worker)
        )
        counted = await stack.enter_async_context(
            counting(docket.url, docket, database=wiring.stores.database)
        )
        path = f"/webhooks/parallel/{operator.endpoint_id}"
        ready = ServerReady(
            port=port,
            redis_url=docket.url,
            webhook_path=path,
            finding_path=path,
            command_path="/slack/events",
            chatter_path="/slack/events",
        )
        settle_heap()
        yield ready, counted


@asynccontextmanager
async def floor_server(order: ServerOrder) -> AsyncGenerator[Serving]:
    if order.redis_url is None:
        raise RuntimeError("the floor writes to the app's Redis")
    listener = listen(HOST, 0)
    port = int(listener.getsockname()[1])
    async with AsyncExitStack() as stack:
        jobs = await stack.enter_async_context(open_floor_jobs(order))
        counted = await stack.enter_async_context(
            counting(order.redis_url, jobs.docket, stream=floor.STREAM)
        )
        await stack.enter_async_context(serving(floor.create_floor(counted.redis, jobs), listener))
        yield (
            ServerReady(
                port=port,
                redis_url=order.redis_url,
                webhook_path=floor.WEBHOOK_PATH,
                finding_path=floor.FINDING_PATH,
                command_path=floor.COMMAND_PATH,
                chatter_path=floor.CHATTER_PATH,
            ),
            counted,
        )


def _settings(order: ServerOrder, port: int) -> Settings:
    """An operator's, for many workspaces."""
    return Settings(
        host=HOST,
        port=port,
        public_url=f"http://{HOST}:{port}",
        data_dir=Path(order.data_dir),
        redis_url=order.redis_url,
        database_url=order.database_url,
        encryption_keys=SecretStr(KEY),
        slack_signing_secret=SecretStr(SLACK_SECRET),
        slack_client_id="1.1",
        slack_client_secret=SecretStr("bench"),
        slack_bot_token=None,
        slack_api_url=f"{order.stand_in}/api/",
        slack_authorize_url=f"{order.stand_in}/authorize",
        parallel_api_key=SecretStr("bench"),
        parallel_webhook_secret=SecretStr(PARALLEL_SECRET),
        operator_account_for="any",
        parallel_base_url=order.stand_in,
        parallel_platform_url=order.stand_in,
        command_prefix="",
    )


async def _install(wiring: Wiring) -> None:
    rows = wiring.services.rows
    for number in range(known.WORKSPACES):
        installation = Installation(
            app_id=known.APP_ID,
            team_id=known.team_id(number),
            bot_token="xoxb-bench",
            bot_id="B0BENCH001",
            bot_user_id="U0BENCHBOT",
            user_id="U0BENCH001",
            installed_at=datetime.now(UTC),
        )
        await rows.save(installation)


async def _serve(order: ServerOrder) -> None:
    server = app_server if order.side is Side.APP else floor_server
    async with server(order) as (ready, counted):
        say(ready.model_dump_json())
        async for line in await standard_input():
            word = line.strip()
            if word == b"settle":
                forget_peak()
            usage = await counted.usage(wipe=word == b"wipe")
            say(usage.model_dump_json())


def main() -> None:
    order = ServerOrder.model_validate_json(sys.argv[1])
    configure_logs("info", "json")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(order))


if __name__ == "__main__":
    main()
