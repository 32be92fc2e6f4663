"""The app with its production wiring, installed in one workspace, between its stand-ins.

Without a worker, so that a job which a bad request begot would still be there to be counted.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import httpx
from redis.asyncio import Redis
from sqlalchemy import func, select

from bot.cli.demo import demo_settings
from bot.timings import Timings
from bot.web.serving import listen, running
from bot.wiring import Wiring, open_wiring
from monitors.accounts.link_tokens import LinkTokens, session_id_of
from monitors.model.linking import LinkRequest, Visitor
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.storage.keys import link_token_key
from monitors.storage.tables import METADATA
from sandbox.demo import (
    Sandbox,
    SandboxConfig,
    connect_app,
    install_app,
    serve_sandbox,
)
from sandbox.plain_http import NO_TLS
from tests.security.sender import Target

Effects = dict[str, int]
REDIS_KEYS: Final = "keys of Redis"


@dataclass(frozen=True, slots=True)
class Served:
    """`team_id` has the app; `admin_id` is somebody there."""

    settings: Settings
    wiring: Wiring
    sandbox: Sandbox
    team_id: str
    admin_id: str

    @property
    def target(self) -> Target:
        return Target(self.settings.host, self.settings.port)

    async def endpoint_id(self) -> str:
        """Of the operator's account."""
        account = await self.wiring.accounts.ensure_operator()
        if account is None:
            raise RuntimeError("the demo's settings name an account")
        return account.endpoint_id

    async def browsers_cookie(self) -> bytes:
        """Of an admin's browser with a session."""
        visitor = Visitor(LinkRequest(Workspace(self.team_id), self.admin_id), "Ada")
        session_id, stores = session_id_of("ticket", "form"), self.wiring.stores
        await LinkTokens(stores.redis, stores.sealer, Visitor).keep(session_id, visitor)
        return f"threadwatch-session={session_id}".encode()

    async def effects(self) -> Effects:
        """Everything that a request could leave behind, counted."""
        docket, redis = self.wiring.stores.docket, self.wiring.stores.redis
        jobs = await redis.xlen(docket.stream_key) + await redis.zcard(docket.queue_key)
        found: Effects = {"jobs": int(jobs), REDIS_KEYS: await _lasting_keys(redis)}
        for table in METADATA.sorted_tables:
            counted = select(func.count()).select_from(table)
            ((rows,),) = await self.wiring.stores.database.rows(counted)
            found[f"rows of {table.name}"] = rows
        async with httpx.AsyncClient(
            base_url=self.sandbox.url, trust_env=False, verify=NO_TLS
        ) as client:
            for side in ("slack", "parallel"):
                answer = await client.get(f"/control/{side}/requests?since=999999999")
                body = cast("dict[str, int]", answer.json())
                found[f"requests to {side}"] = body["next"]
        return found


async def _lasting_keys(redis: Redis) -> int:
    """All but the states of installs that were begun, which end by themselves."""
    keys = cast("list[bytes]", await redis.keys("*"))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
    return sum(not key.startswith(link_token_key("install", "").encode()) for key in keys)


def new_effects(before: Effects, after: Effects) -> Effects:
    """Keys that end by themselves in a slow run are no effect of a request."""
    grown = {name: count - before[name] for name, count in after.items() if count != before[name]}
    return {name: by for name, by in grown.items() if by > 0 or name != REDIS_KEYS}


@asynccontextmanager
async def serving_app(data_dir: Path) -> AsyncGenerator[Served]:
    config = SandboxConfig()
    async with serve_sandbox(config) as sandbox:
        listener = listen("127.0.0.1", 0)
        port = int(listener.getsockname()[1])
        settings = demo_settings(sandbox, config.slack, port=port, data_dir=data_dir)
        async with (
            open_wiring(settings, timings=Timings(red_seconds=0)) as wiring,
            running(wiring, listener=listener, worker=False),
        ):
            await connect_app(sandbox.url, f"http://127.0.0.1:{port}")
            await install_app(sandbox)
            there = sandbox.workspace
            yield Served(settings, wiring, sandbox, there.team_id, there.admin)
