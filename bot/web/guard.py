"""Headers for every answer, and rate limits per source for unsigned requests."""

import ipaddress
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from monitors.model.pacing import Pacing

# Of each source.
BURST: Final = 120
PER_SECOND: Final = 5.0
# One household or machine has a whole /64 of IPv6 addresses.
_IPV6_BITS: Final = 64
_UNREADABLE: Final = "unreadable"


def answer_headers(public_url: str | None) -> list[tuple[str, str]]:
    """For every answer, even to a malformed request. Pages add a Content-Security-Policy."""
    headers = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ]
    if public_url is not None and public_url.startswith("https://"):
        headers.append(("strict-transport-security", "max-age=31536000"))
    return headers


def behind_proxies(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """The client is the right-most address that isn't one of these: what stands left is anyone's.

    A socket that serves IPv4 over IPv6, too, names an IPv4 peer by its mapped address.
    """
    networks = [ipaddress.ip_network(each, strict=False) for each in proxies]
    mapped = [
        f"::ffff:{each.network_address}/{96 + each.prefixlen}"
        for each in networks
        if isinstance(each, ipaddress.IPv4Network)
    ]
    trusted = [*map(str, networks), *mapped]
    # uvicorn's types are its own, of the same shape.
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), trusted))


@dataclass(frozen=True, slots=True)
class Guard:
    """Limits sources on every path except those that `is_free` names.

    The paths of signed requests are free, because a signature can only be checked after reading the
    request. This machine itself isn't limited either.
    """

    app: ASGIApp
    is_free: Callable[[str], bool]
    monotonic_seconds: Callable[[], float] = time.monotonic
    _limits: Pacing = field(
        default_factory=lambda: Pacing(burst=BURST, per_second=PER_SECOND), init=False
    )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.is_free(scope["path"]):
            peer: tuple[str, int] | None = scope["client"]
            source = None if peer is None else source_of(peer[0])
            now = self.monotonic_seconds()
            wait = 0.0 if source is None else self._limits.take(source, now)
            if wait > 0:
                await _too_many(send, wait)
                return
        await self.app(scope, receive, send)


def source_of(client: str) -> str | None:
    """The key a source is counted under; None for this machine itself."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        # A proxy that passes on what its visitor wrote: all of them count as one.
        return _UNREADABLE
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = int(address) >> (128 - _IPV6_BITS)
            return None if address.is_loopback else f"{network:x}/64"
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)


async def _too_many(send: Send, wait_seconds: float) -> None:
    headers = [
        (b"content-length", b"0"),
        (b"retry-after", str(math.ceil(wait_seconds)).encode()),
    ]
    status = HTTPStatus.TOO_MANY_REQUESTS.value
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
