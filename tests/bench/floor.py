"""The least that each door would have to do: what the app is compared with.

The webhook's: Starlette, the HMAC, one XADD (or, where it is to be delivered, one docket add). The
command's: Bolt's own app behind its own adapter, which verifies, authorises by a plain function,
and acks. The chatter's: Starlette and Slack's signature; the body is not even parsed.
"""

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Final, cast

from redis.asyncio import Redis
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.floor_jobs import FloorJobs
from tests.bench.signed import PARALLEL_SECRET, SLACK_SECRET, TEAM_ID

WEBHOOK_PATH: Final = "/webhook"
FINDING_PATH: Final = "/finding"
CHATTER_PATH: Final = "/slack/chatter"
COMMAND_PATH: Final = "/slack/events"
STREAM: Final = "bench:floor"
_TOLERANCE_SECONDS: Final = 300

Endpoint = Callable[[Request], Awaitable[Response]]


def create_floor(redis: Redis, jobs: FloorJobs) -> Starlette:
    async def keep(body: bytes) -> None:
        await redis.xadd(STREAM, {"body": body})

    async def enqueue(body: bytes) -> None:
        data = cast("dict[str, dict[str, object]]", json.loads(body))["data"]
        event = cast("dict[str, str]", data["event"])
        await jobs.enqueue(str(data["monitor_id"]), event["event_group_id"])

    return Starlette(
        routes=[
            Route(WEBHOOK_PATH, _webhook_endpoint(keep), methods=["POST"]),
            Route(FINDING_PATH, _webhook_endpoint(enqueue), methods=["POST"]),
            Route(COMMAND_PATH, _bolt_endpoint(), methods=["POST"]),
            Route(CHATTER_PATH, _drop_chatter, methods=["POST"]),
        ]
    )


def _webhook_endpoint(take: Callable[[bytes], Awaitable[None]]) -> Endpoint:
    key = PARALLEL_SECRET.encode()

    async def receive(request: Request) -> Response:
        body = await request.body()
        at = request.headers["webhook-timestamp"]
        signed = f"{request.headers['webhook-id']}.{at}.".encode() + body
        expected = "v1," + b64encode(hmac.digest(key, signed, "sha256")).decode()
        if not _is_fresh(at) or not hmac.compare_digest(
            expected, request.headers["webhook-signature"]
        ):
            return Response(status_code=401)
        await take(body)
        return Response(status_code=202)

    return receive


async def _drop_chatter(request: Request) -> Response:
    body = await request.body()
    at = request.headers["x-slack-request-timestamp"]
    signed = f"v0:{at}:".encode() + body
    expected = "v0=" + hmac.digest(SLACK_SECRET.encode(), signed, "sha256").hex()
    if not _is_fresh(at) or not hmac.compare_digest(expected, request.headers["x-slack-signature"]):
        return Response(status_code=401)
    return Response(status_code=200)


def _is_fresh(at: str) -> bool:
    return abs(time.time() - int(at)) <= _TOLERANCE_SECONDS


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
