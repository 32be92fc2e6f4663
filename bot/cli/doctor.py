"""`threadwatch doctor`: one line for each check, which says what to fix, or why it wasn't tried."""

import json
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import asdict
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.doctor_accounts import CALL_SECONDS, operators_key
from bot.cli.doctor_slack import slack_socket, slack_token
from bot.cli.doctor_stores import examine_stores
from bot.cli.finding import Finding, fix, ok, skip, warn
from monitors.model.streaks import clock_is_off
from monitors.settings import Settings
from monitors.settings_problems import find_warnings

# Slack and Parallel both refuse what is five minutes off; a clock that is a minute off drifts.
_WARN_SECONDS: Final = 60
_FIX_SECONDS: Final = 300


async def examine(
    settings: Settings,
    *,
    say: Callable[[str], None],
    as_json: bool = False,
    problems: Sequence[str] = (),
) -> bool:
    """Print what was found; True if nothing needs fixing. `problems` are the settings' own."""
    found: list[Finding] = []
    async for finding in _findings(settings, problems):
        found.append(finding)
        if not as_json:
            say(finding.line)
    if as_json:
        say(json.dumps([asdict(each) for each in found], indent=2))
    return all(each.verdict != "fix" for each in found)


async def _findings(settings: Settings, problems: Sequence[str]) -> AsyncGenerator[Finding]:
    for problem in problems:
        yield fix("settings", problem)
    if problems:
        yield skip("everything else", "the settings come first")
        return
    for warning in find_warnings(settings):
        yield warn("settings", warning)
    yield ok("settings", "complete")
    yield _workspaces(settings)
    yield _webhooks(settings)
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        client = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
        async for finding in examine_stores(settings, client):
            yield finding
        yield await _public_address(settings, session)
        yield await _clock(settings, session)
        yield await slack_token(settings, client)
        yield await slack_socket(settings, client)
    yield await operators_key(settings)


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
