"""Headers for every answer, and rate limits per source for unsigned requests."""

import ipaddress
import math
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

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


class TrustedProxies:
    """The proxies in front of this process, whose `X-Forwarded-For` is believed."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(each, strict=False) for each in networks]

    def client(self, scope: Scope) -> str | None:
        """The right-most address that isn't a trusted proxy's: what stands left of it is anyone's.

        None for this machine itself.
        """
        peer: tuple[str, int] | None = scope["client"]
        address = None if peer is None else peer[0]
        named = [
            part.strip()
            for name, value in scope["headers"]
            if name == b"x-forwarded-for"
            for part in value.decode("latin-1").split(",")
        ]
        while named and (address is None or self._is_trusted(address)):
            address = _without_port(named.pop())
        return address

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


class Guard:
    """Limits sources on every path except those that `is_free` names.

    The paths of signed requests are free, because a signature can only be checked after reading the
    request. This machine itself isn't limited either. The source is the connection's other end;
    behind one of `proxies`, what the proxy names.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_free: Callable[[str], bool],
        proxies: TrustedProxies,
        monotonic_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._is_free = is_free
        self._proxies = proxies
        self._limits = Pacing(burst=BURST, per_second=PER_SECOND)
        self._monotonic_seconds = monotonic_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_free(scope["path"]):
            source = source_of(self._proxies.client(scope))
            now = self._monotonic_seconds()
            wait = 0.0 if source is None else self._limits.take(source, now)
            if wait > 0:
                await _too_many(send, wait)
                return
        await self._app(scope, receive, send)


def source_of(client: str | None) -> str | None:
    """The key a source is counted under; None for this machine itself."""
    if client is None:
        return None
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
