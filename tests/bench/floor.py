"""The least that each door would have to do: what the app is compared with.

The webhook's: Starlette, the HMAC, one XADD. The command's: Bolt's own app behind its own adapter,
which verifies, authorises by a plain function, and acks.
"""

import hmac
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Final

from redis.asyncio import Redis
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.signed import PARALLEL_SECRET, SLACK_SECRET, TEAM_ID

WEBHOOK_PATH: Final = "/webhook"
COMMAND_PATH: Final = "/slack/events"
STREAM: Final = "bench:floor"
_TOLERANCE_SECONDS: Final = 300

Endpoint = Callable[[Request], Awaitable[Response]]


def create_floor(redis: Redis) -> Starlette:
    return Starlette(
        routes=[
            Route(WEBHOOK_PATH, _webhook_endpoint(redis), methods=["POST"]),
            Route(COMMAND_PATH, _bolt_endpoint(), methods=["POST"]),
        ]
    )


def _webhook_endpoint(redis: Redis) -> Endpoint:
    key = PARALLEL_SECRET.encode()

    async def receive(request: Request) -> Response:
        body = await request.body()
        at = request.headers["webhook-timestamp"]
        signed = f"{request.headers['webhook-id']}.{at}.".encode() + body
        expected = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
        fresh = abs(time.time() - int(at)) <= _TOLERANCE_SECONDS
        if not fresh or not hmac.compare_digest(expected, request.headers["webhook-signature"]):
            return Response(status_code=401)
        await redis.xadd(STREAM, {"body": body})
        return Response(status_code=202)

    return receive


def _bolt_endpoint() -> Endpoint:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=TEAM_ID,
            bot_token="xoxb-bench",
            bot_id="B0BENCH001",
            bot_user_id="U0BENCHBOT",
        )

    app = AsyncApp(signing_secret=SLACK_SECRET, authorize=authorize)

    async def monitor(ack: AsyncAck) -> None:
        await ack("Setting up your monitor…")

    app.command("/monitor")(monitor)  # pyright: ignore[reportUnknownMemberType] - Bolt's own types
    handler = AsyncSlackRequestHandler(app)

    async def receive(request: Request) -> Response:
        return await handler.handle(request)

    return receive
