"""One-time links, browser sessions and consents, each stored under a random token.

Redis only sees the token's hash, and the value encrypted.
"""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from typing import Final
from urllib.parse import urlencode

from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitors.model.codec import decode, encode
from monitors.model.linking import (
    LinkRequest,
    LinkSession,
    PendingConsent,
    PendingKey,
    Receipt,
    Visitor,
)
from monitors.model.workspace import Workspace
from monitors.ports import QueueDownError
from monitors.storage.keys import LinkTokenKind, link_token_key
from monitors.storage.sealing import Sealer, SealError
from monitors.storage.tenancy import team_of

# For a one-time link, and for a visit to Parallel's consent page.
LINK_TOKEN_SECONDS: Final = 600
# For all the pages, including the one for the webhook secret.
SESSION_SECONDS: Final = 3600

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class RedisTokens:
    """Encrypted texts, each with its own token. Raises QueueDownError if Redis isn't responding."""

    def __init__(self, redis: Redis, sealer: Sealer, *, kind: LinkTokenKind, seconds: int) -> None:
        self._redis = redis
        self._sealer = sealer
        self._kind: LinkTokenKind = kind
        self._seconds = seconds

    async def issue(self, text: str) -> str:
        token = secrets.token_urlsafe(32)
        await self.keep(token, text)
        return token

    async def keep(self, token: str, text: str) -> None:
        sealed = self._sealer.seal(text, context=self._context)
        try:
            await self._redis.set(self._key(token), sealed.encode(), ex=self._seconds)
        except (RedisError, OSError) as error:
            raise QueueDownError("link token not kept") from error

    async def read(self, token: str) -> str | None:
        return await self._opened(token, once=False)

    async def take(self, token: str) -> str | None:
        """GETDEL is one command, so two requests with one token cannot both win."""
        return await self._opened(token, once=True)

    async def _opened(self, token: str, *, once: bool) -> str | None:
        if _SHAPE.fullmatch(token) is None:
            return None
        key = self._key(token)
        try:
            sealed = await (self._redis.getdel(key) if once else self._redis.get(key))
        except (RedisError, OSError) as error:
            raise QueueDownError("link token not read") from error
        if not isinstance(sealed, bytes):
            return None
        try:
            return self._sealer.open(sealed.decode(), context=self._context)
        except SealError:
            # Encrypted with a key that was removed in the meantime: treat it as expired.
            return None

    @property
    def _context(self) -> str:
        return f"link:{self._kind}"

    def _key(self, token: str) -> str:
        return link_token_key(self._kind, hashlib.sha256(token.encode()).hexdigest())


class RedisLinkTokens:
    """The one-time links that bring an admin from Slack to the pages. Raises QueueDownError."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._tokens = RedisTokens(redis, sealer, kind="ticket", seconds=LINK_TOKEN_SECONDS)

    async def issue(self, workspace: Workspace, user_id: str) -> str:
        """A token that works once, for ten minutes. Only for a person who is an admin right now."""
        team_of(workspace)
        return await self._tokens.issue(encode(LinkRequest(workspace, user_id)))

    async def read(self, link_token: str) -> LinkRequest | None:
        """Whom it is for; it can still be taken."""
        text = await self._tokens.read(link_token)
        return None if text is None else decode(LinkRequest, text)

    async def take(self, link_token: str) -> LinkRequest | None:
        text = await self._tokens.take(link_token)
        return None if text is None else decode(LinkRequest, text)


class RedisLinkSessions:
    """The sessions of admitted browsers. Raises QueueDownError."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._tokens = RedisTokens(redis, sealer, kind="session", seconds=SESSION_SECONDS)

    async def open(self, visitor: Visitor, session_id: str) -> None:
        team_of(visitor.link_request.workspace)
        await self._tokens.keep(session_id, encode(visitor))

    async def find(self, session_id: str) -> LinkSession | None:
        text = await self._tokens.read(session_id)
        if text is None:
            return None
        return LinkSession(decode(Visitor, text), session_id, _csrf(session_id))

    async def end(self, session: LinkSession) -> None:
        await self._tokens.take(session.session_id)


class RedisReceipts:
    """What a browser has just installed. Raises QueueDownError."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._tokens = RedisTokens(redis, sealer, kind="receipt", seconds=LINK_TOKEN_SECONDS)

    async def issue(self, receipt: Receipt) -> str:
        return await self._tokens.issue(encode(receipt))

    async def read(self, token: str) -> Receipt | None:
        text = await self._tokens.read(token)
        return None if text is None else decode(Receipt, text)


class RedisLinkConsents:
    """Visits to Parallel's consent page, each finished once. Raises QueueDownError."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._tokens = RedisTokens(redis, sealer, kind="consent", seconds=LINK_TOKEN_SECONDS)

    async def begin(self, consent: PendingConsent) -> str:
        return await self._tokens.issue(encode(consent))

    async def read(self, state: str) -> PendingConsent | None:
        text = await self._tokens.read(state)
        return None if text is None else decode(PendingConsent, text)

    async def end(self, state: str) -> PendingConsent | None:
        text = await self._tokens.take(state)
        return None if text is None else decode(PendingConsent, text)


class RedisConfirmations:
    """Keys that wait for a person to confirm, each used once. Raises QueueDownError."""

    def __init__(self, redis: Redis, sealer: Sealer) -> None:
        self._tokens = RedisTokens(redis, sealer, kind="confirmation", seconds=LINK_TOKEN_SECONDS)

    async def ask(self, pending: PendingKey) -> str:
        return await self._tokens.issue(encode(pending))

    async def take(self, token: str) -> PendingKey | None:
        text = await self._tokens.take(token)
        return None if text is None else decode(PendingKey, text)


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


def _csrf(session_id: str) -> str:
    """Derived from the cookie, which can't be derived from it."""
    return hashlib.sha256(f"csrf:{session_id}".encode()).hexdigest()
