"""Everything that the app keeps, to be looked through: every SQL table and every Redis key."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from sqlalchemy import text

from monitors.settings import Settings
from monitors.storage.database import open_database
from monitors.storage.embedded import EmbeddedValkey
from monitors.storage.redis_client import open_redis
from monitors.storage.tables import METADATA

_LASTING = ("ledger:", "slack_installations:", "intents:")
# Each kind of value is read by one of them.
_READS = (
    ("GET",),
    ("HGETALL",),
    ("SMEMBERS",),
    ("LRANGE", "0", "-1"),
    ("ZRANGE", "0", "-1"),
    ("XRANGE", "-", "+"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    settings: Settings

    def naming(self, *words: str) -> list[str]:
        """Where any of the words stands: a row with its table, a key with its value."""
        return asyncio.run(self._naming(words))

    def lasting(self, word: str) -> list[str]:
        """Those of the rows that name it which change with nothing that happens elsewhere."""
        return sorted(each for each in self.naming(word) if each.startswith(_LASTING))

    async def _naming(self, words: tuple[str, ...]) -> list[str]:
        settings = self.settings
        async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
            found = [
                f"{table}: {row}"
                for table in METADATA.tables
                for row in await database.rows(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own tables' names
                if any(word in str(row) for word in words)
            ]
        async with self._redis() as redis:
            return found + [
                f"{key}: {value}"
                async for key, value in _pairs(redis)
                if any(word in f"{key} {value}" for word in words)
            ]

    @asynccontextmanager
    async def _redis(self) -> AsyncGenerator[Redis]:
        embedded = EmbeddedValkey(self.settings.data_dir) if not self.settings.redis_url else None
        redis = open_redis(self.settings.redis_url or (embedded.start() if embedded else ""))
        try:
            yield redis
        finally:
            await redis.aclose()
            if embedded is not None:
                embedded.stop()


async def _pairs(redis: Redis) -> AsyncIterator[tuple[str, str]]:
    keys = cast("AsyncIterator[bytes]", redis.scan_iter())  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
    async for key in keys:
        for command, *arguments in _READS:
            with suppress(ResponseError):
                value = cast("object", await redis.execute_command(command, key, *arguments))  # pyright: ignore[reportUnknownMemberType] - likewise
                yield key.decode(errors="replace"), str(value)
