"""`threadwatch doctor`: one line for each check, which says what to fix, or why it wasn't tried."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict
from email.utils import parsedate_to_datetime
from typing import Final, cast

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.text import counted
from bot.cli.doctor_stores import examine_stores
from bot.cli.finding import Finding, fix, ok, skip, warn
from bot.slack.manifest import bot_scopes
from monitors.model.account import ParallelAccount
from monitors.model.parallel_errors import BadKeyError, ParallelError
from monitors.model.streaks import clock_is_off
from monitors.parallel.gateway import ParallelGateway
from monitors.parallel.transport import open_http
from monitors.settings import Settings

CALL_SECONDS: Final = 10.0
# Slack and Parallel both refuse what is five minutes off; a clock that is a minute off drifts.
_WARN_SECONDS: Final = 60
_FIX_SECONDS: Final = 300
_TIMEOUT: Final = aiohttp.ClientTimeout(total=CALL_SECONDS)


async def examine(settings: Settings, *, say: Callable[[str], None], as_json: bool = False) -> bool:
    """Print what was found; True if nothing needs fixing."""
    found: list[Finding] = []
    async for finding in _findings(settings):
        found.append(finding)
        if not as_json:
            say(finding.line)
    if as_json:
        say(json.dumps([asdict(each) for each in found], indent=2))
    return all(each.verdict != "fix" for each in found)


async def _findings(settings: Settings) -> AsyncGenerator[Finding]:
    yield ok("settings", "complete")
    yield _workspaces(settings)
    yield _webhooks(settings)
    async for finding in examine_stores(settings):
        yield finding
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        yield await _public_address(settings, session)
        yield await _clock(settings, session)
        client = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
        yield await _slack_token(settings, client)
        yield await _slack_socket(settings, client)
    yield await _parallel(settings)


def _workspaces(settings: Settings) -> Finding:
    if settings.uses_oauth:
        return ok("workspaces", "many, which install the app by OAuth")
    return ok("workspaces", "one, with SLACK_BOT_TOKEN")


def _webhooks(settings: Settings) -> Finding:
    seconds = settings.reconcile_every_seconds
    if settings.public_url is None and settings.slack_app_token is None:
        return fix(
            "webhooks",
            "PUBLIC_URL isn't set, so Slack and Parallel can't reach this app. Set it, or "
            "SLACK_APP_TOKEN for Socket Mode.",
        )
    if settings.public_url is None:
        return ok("webhooks", f"no public address needed: findings are polled every {seconds} s")
    if settings.parallel_api_key is not None and settings.parallel_webhook_secret is None:
        return warn(
            "webhooks",
            "PARALLEL_WEBHOOK_SECRET isn't set, so webhooks can't be verified and only prompt the "
            "app to check Parallel. Copy it from platform.parallel.ai, Settings, Webhooks.",
        )
    return ok("webhooks", f"sent to {settings.public_url}; polled as well every {seconds} s")


async def _public_address(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    name = "public address"
    if settings.public_url is None:
        return skip(name, "PUBLIC_URL isn't set")
    url = f"{settings.public_url}/healthz"
    try:
        async with session.get(url, allow_redirects=False) as answer:
            text = await answer.text()
    except aiohttp.ClientConnectorDNSError:
        return fix(name, f"the host of {url} isn't known. Check PUBLIC_URL and its DNS record.")
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError):
        return fix(name, f"the certificate of {url} isn't valid. Renew it, or fix its chain.")
    except (aiohttp.ClientError, TimeoutError, UnicodeError) as error:
        return warn(
            name,
            f"{url} isn't reached from here ({type(error).__name__}). If the app is running, check "
            "the proxy and the firewall from another network.",
        )
    if answer.status != 200 or '"alive"' not in text:  # noqa: PLR2004 - HTTP's OK
        return fix(
            name,
            f"{url} answers {answer.status}, not from this app. Have the proxy forward it here.",
        )
    return ok(name, f"{url} answers")


async def _clock(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    name = "clock"
    try:
        async with session.get(f"{settings.slack_api_url}api.test") as answer:
            theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (aiohttp.ClientError, TimeoutError):
        return skip(name, "Slack isn't reached from here")
    except ValueError:
        return skip(name, "Slack's answer has no date")
    off = theirs - time.time()
    if abs(off) >= _FIX_SECONDS:
        return fix(name, f"{clock_is_off(off)}. Signed requests are refused.")
    if abs(off) >= _WARN_SECONDS:
        return warn(name, f"{clock_is_off(off)}.")
    return ok(name, "agrees with Slack's")


async def _slack_token(settings: Settings, client: AsyncWebClient) -> Finding:
    name = "Slack token"
    if settings.slack_bot_token is None:
        return skip(name, "each workspace has its own, from OAuth")
    token = settings.slack_bot_token.get_secret_value()
    refused = "Slack rejects SLACK_BOT_TOKEN. Copy it again from OAuth & Permissions."
    answer = await _ask_slack(client, "auth.test", token)
    if not isinstance(answer, dict):
        return _not_asked(name, answer, refused=refused)
    lower = {key.lower(): value for key, value in answer.items()}
    granted = {each.strip() for each in lower.get("x-oauth-scopes", "").split(",")}
    missing = sorted(set(bot_scopes()) - granted)
    if missing:
        return fix(
            name,
            f"it lacks {', '.join(missing)}. Add {'them' if len(missing) > 1 else 'it'} under "
            "OAuth & Permissions, then reinstall the app.",
        )
    return ok(name, "accepted, with every scope of the manifest")


async def _slack_socket(settings: Settings, client: AsyncWebClient) -> Finding:
    """Asks for a WebSocket address but doesn't connect: that would take requests from the app."""
    name = "Socket Mode"
    if settings.slack_app_token is None:
        return skip(name, "SLACK_APP_TOKEN isn't set")
    refused = (
        "Slack rejects SLACK_APP_TOKEN. Create one with the scope connections:write, under Basic "
        "Information, App-Level Tokens."
    )
    token = settings.slack_app_token.get_secret_value()
    answer = await _ask_slack(client, "apps.connections.open", token)
    if not isinstance(answer, dict):
        return _not_asked(name, answer, refused=refused)
    return ok(name, "Slack accepts SLACK_APP_TOKEN")


async def _ask_slack(client: AsyncWebClient, method: str, token: str) -> dict[str, str] | Exception:
    """The headers of its answer, or what went wrong."""
    try:
        answer = await client.api_call(method, json={"token": token})  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        return error
    return {
        str(key): str(value) for key, value in cast("dict[object, object]", answer.headers).items()
    }  # pyright: ignore[reportUnknownMemberType] - likewise


def _not_asked(name: str, error: Exception, *, refused: str) -> Finding:
    if isinstance(error, SlackApiError):
        return fix(name, refused)
    return fix(name, f"Slack can't be reached ({type(error).__name__}). Check the network.")


async def _parallel(settings: Settings) -> Finding:
    name = "Parallel key"
    if settings.parallel_api_key is None:
        return skip(name, "PARALLEL_API_KEY isn't set: each workspace connects its own account")
    async with open_http(timeout_seconds=CALL_SECONDS) as http:
        gateway = ParallelGateway(
            http, base_url=settings.parallel_base_url, webhook_url=lambda _account: None
        )
        account = ParallelAccount("doctor", settings.parallel_api_key.get_secret_value())
        try:
            async with asyncio.timeout(CALL_SECONDS):
                monitors = await gateway.list_monitors(account)
        except BadKeyError:
            return fix(
                name,
                "Parallel rejects PARALLEL_API_KEY. Copy it again from platform.parallel.ai, "
                "API keys.",
            )
        except (ParallelError, TimeoutError) as error:
            return fix(name, f"Parallel can't be used right now ({error or 'no answer'}).")
    return ok(name, f"accepted; {counted(len(monitors), 'active monitor')}")
