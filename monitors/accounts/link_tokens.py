"""One-time links, browser sessions and visits to a consent page, each under a random token.

Redis only sees the token's hash, and the value encrypted.
"""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from redis.asyncio import Redis

from monitors.model.codec import decode, encode
from monitors.model.linking import (
    LinkRequest,
    PendingConsent,
    PendingInstall,
    PendingKey,
    Receipt,
    Visitor,
)
from monitors.storage.keys import link_token_key
from monitors.storage.redis_client import redis_errors
from monitors.storage.sealing import Sealer, SealError

# For all but a session; Slack's own limit for an installation's code, too.
LINK_TOKEN_SECONDS: Final = 600
# For all the pages, including the one for the webhook secret.
SESSION_SECONDS: Final = 3600

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
# The one-time link that brings an admin from Slack to the pages, an admitted browser's session,
# visits to Parallel's and Slack's consent pages, a key that waits for a person to confirm, and
# what a browser has just installed.
_KINDS: Final[dict[type, tuple[str, int]]] = {
    LinkRequest: ("ticket", LINK_TOKEN_SECONDS),
    Visitor: ("session", SESSION_SECONDS),
    PendingConsent: ("consent", LINK_TOKEN_SECONDS),
    PendingInstall: ("install", LINK_TOKEN_SECONDS),
    PendingKey: ("confirmation", LINK_TOKEN_SECONDS),
    Receipt: ("receipt", LINK_TOKEN_SECONDS),
}

T = TypeVar("T")


class LinkTokens(Generic[T]):
    """Values of one kind, each under its own token. Raises QueueDownError."""

    def __init__(self, redis: Redis, sealer: Sealer, kind: type[T]) -> None:
        self._redis = redis
        self._sealer = sealer
        self._kind = kind
        self._name, self._seconds = _KINDS[kind]

    async def issue(self, value: T) -> str:
        token = secrets.token_urlsafe(32)
        await self.keep(token, value)
        return token

    async def keep(self, token: str, value: T) -> None:
        sealed = self._sealer.seal(encode(value), context=self._context)
        with redis_errors("link token not kept"):
            await self._redis.set(self._key(token), sealed.encode(), ex=self._seconds)

    async def read(self, token: str) -> T | None:
        """It can still be taken."""
        return await self._opened(token, once=False)

    async def take(self, token: str) -> T | None:
        """GETDEL is one command, so two requests with one token cannot both win."""
        return await self._opened(token, once=True)

    async def _opened(self, token: str, *, once: bool) -> T | None:
        if _SHAPE.fullmatch(token) is None:
            return None
        key = self._key(token)
        with redis_errors("link token not read"):
            sealed = await (self._redis.getdel(key) if once else self._redis.get(key))
        if not isinstance(sealed, bytes):
            return None
        try:
            return decode(self._kind, self._sealer.open(sealed.decode(), context=self._context))
        except SealError:
            # Encrypted with a key that was removed in the meantime: treat it as expired.
            return None

    @property
    def _context(self) -> str:
        return f"link:{self._name}"

    def _key(self, token: str) -> str:
        return link_token_key(self._name, hashlib.sha256(token.encode()).hexdigest())


def connect_url(public_url: str, link_token: str) -> str:
    """The address where an admin connects an account; only for that admin."""
    return f"{public_url}/parallel/connect?{urlencode({'ticket': link_token})}"


def form_csrf(link_token: str, form_id: str) -> str:
    """For the form that opens a session; `form_id` is a cookie of the browser it was shown to."""
    return hashlib.sha256(f"form:{link_token}:{form_id}".encode()).hexdigest()


def session_id_of(link_token: str, form_id: str) -> str:
    """The same for the same form: sent twice, it opens one session."""
    digest = hashlib.sha256(f"session:{link_token}:{form_id}".encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
