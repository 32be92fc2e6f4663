"""`threadwatch doctor`: one line for each check, with what to fix if it fails."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
from redis.exceptions import RedisError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.blocks.text import counted
from bot.slack.api import SlackApi
from monitors.model.account import ParallelAccount
from monitors.model.parallel_errors import BadKeyError, ParallelError
from monitors.parallel.gateway import ParallelGateway
from monitors.parallel.transport import open_http
from monitors.settings import Settings
from monitors.storage.engine import open_engine
from monitors.storage.redis_client import open_redis, ping
from monitors.storage.schema import SchemaError, require_current

CALL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` says what is wrong and how to fix it; None if nothing is."""

    what: str
    remedy: str | None = None


async def examine(settings: Settings, *, say: Callable[[str], None]) -> bool:
    """Print what was found; True if nothing needs fixing."""
    well = True
    async for finding in _findings(settings):
        mark = "ok  " if finding.remedy is None else "FIX "
        say(f"{mark}  {finding.what}" + (f": {finding.remedy}" if finding.remedy else ""))
        well = well and finding.remedy is None
    return well


async def _findings(settings: Settings) -> AsyncGenerator[Finding]:
    yield Finding("settings are complete")
    yield _address(settings)
    if settings.redis_url is not None:
        yield await _redis(settings.redis_url)
    if settings.database_url is not None:
        yield await _database(settings)
    if settings.slack_bot_token is not None:
        yield await _slack(settings, settings.slack_bot_token.get_secret_value())
    if settings.slack_app_token is not None:
        yield await _slack_socket(settings, settings.slack_app_token.get_secret_value())
    if settings.parallel_api_key is not None:
        yield await _parallel(settings, settings.parallel_api_key.get_secret_value())


def _address(settings: Settings) -> Finding:
    if settings.public_url is None and settings.slack_app_token is not None:
        seconds = settings.reconcile_every_seconds
        return Finding(f"no public address needed: Socket Mode, findings polled every {seconds} s")
    if settings.public_url is None:
        return Finding(
            "PUBLIC_URL",
            "isn't set, so Slack and Parallel can't reach this app. Set it, or SLACK_APP_TOKEN for "
            "Socket Mode.",
        )
    if settings.parallel_api_key is not None and settings.parallel_webhook_secret is None:
        return Finding(
            "webhooks",
            "PARALLEL_WEBHOOK_SECRET isn't set, so webhooks can't be verified and only prompt the "
            "app to check Parallel. Copy it from platform.parallel.ai, Settings, Webhooks.",
        )
    return Finding(f"public address: {settings.public_url}")


async def _redis(url: str) -> Finding:
    redis = open_redis(url)
    try:
        await ping(redis)
    except (RedisError, OSError) as error:
        return Finding("Redis", f"isn't responding ({type(error).__name__}). Check REDIS_URL.")
    finally:
        await redis.aclose()
    if url.startswith("redis://") and "@" not in url:
        return Finding(
            "Redis",
            "accepts connections without a password, and anyone who can write to it can run code "
            "in this app. Use a password and TLS (rediss://), or a private socket.",
        )
    return Finding("Redis is responding")


async def _database(settings: Settings) -> Finding:
    engine = open_engine(settings.database_url, settings.data_dir)
    try:
        await require_current(engine)
    except SchemaError as error:
        return Finding("database", str(error))
    except (SQLAlchemyError, OSError) as error:
        return Finding(
            "database", f"isn't responding ({type(error).__name__}). Check DATABASE_URL."
        )
    finally:
        await engine.dispose()
    return Finding("database is responding and up to date")


async def _slack(settings: Settings, token: str) -> Finding:
    refused = "rejects SLACK_BOT_TOKEN. Copy it again from OAuth & Permissions."
    return await _ask_slack(settings, "auth.test", token, refused=refused)


async def _slack_socket(settings: Settings, app_token: str) -> Finding:
    """Asks for a WebSocket address but doesn't connect: that would take requests from the app."""
    refused = (
        "rejects SLACK_APP_TOKEN. Create one with the scope connections:write, under Basic "
        "Information, App-Level Tokens."
    )
    return await _ask_slack(settings, "apps.connections.open", app_token, refused=refused)


async def _ask_slack(settings: Settings, method: str, token: str, *, refused: str) -> Finding:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as session:
        client = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
        try:
            await SlackApi(client).write(method, token, {})
        except SlackApiError:
            return Finding("Slack", refused)
        except (aiohttp.ClientError, TimeoutError):
            return Finding("Slack", "can't be reached from here. Check the network.")
    return Finding(f"Slack accepts the token for {method}")


async def _parallel(settings: Settings, api_key: str) -> Finding:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_http(timeout_seconds=CALL_SECONDS))
        gateway = ParallelGateway(
            http, base_url=settings.parallel_base_url, webhook_url=lambda _account: None
        )
        try:
            monitors = await gateway.list_monitors(ParallelAccount("doctor", api_key))
        except BadKeyError:
            return Finding(
                "Parallel",
                "rejects PARALLEL_API_KEY. Copy it again from platform.parallel.ai, API keys.",
            )
        except ParallelError as error:
            return Finding("Parallel", f"can't be used right now ({error}).")
    return Finding(f"Parallel accepts the key; {counted(len(monitors), 'active monitor')}")
