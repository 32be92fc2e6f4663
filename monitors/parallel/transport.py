"""The SDK's HTTP client: httpx's interface on aiohttp, at a third of the processor time."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.request import getproxies

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

MOST_CONNECTIONS: Final = 100
# Longer than the pauses between calls in a busy hour, shorter than load balancers allow.
KEEP_ALIVE_SECONDS: Final = 55.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take: each step, and in total.

    Only the total limits an answer that arrives byte by byte.
    """

    steps: httpx.Timeout
    deadline_seconds: float


# Shorter than an intent is held for one attempt (monitors.work.intent_store.HOLD_SECONDS).
PATIENCE: Final = Patience(httpx.Timeout(connect=5, read=20, write=10, pool=10), 30.0)


class _NoCookies(httpx.Cookies):
    """Always empty."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep nothing of the answer."""


class _Client(httpx.AsyncClient):
    """httpx would send a cookie that one account's answer set with every other account's call."""

    @property
    def cookies(self) -> httpx.Cookies:  # pyright: ignore[reportIncompatibleMethodOverride] - nobody sets them
        return _NO_COOKIES


_NO_COOKIES: Final = _NoCookies()


@asynccontextmanager
async def open_http(*, timeout_seconds: float) -> AsyncGenerator[httpx.AsyncClient]:
    """One client for every account. It keeps no cookies, so nothing passes between accounts."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=MOST_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        # With it, each call asks two threads for the environment's proxies and passwords.
        trust_env=bool(getproxies().keys() - {"no"}),
    )
    # The transport closes the session, whose connector verifies certificates. For a context that it
    # never uses, the transport would read a bundle of its own; this one trusts nobody.
    unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    transport = AiohttpTransport(verify=unused, client=session)
    async with _Client(transport=transport, timeout=timeout_seconds) as http:
        yield http
