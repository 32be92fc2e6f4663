"""Opens a client for `REDIS_URL`, or for the embedded server's address."""

from typing import cast

from redis.asyncio import Redis


def open_redis(url: str) -> Redis:
    """Create a client that returns bytes; the first command connects.

    It fails within seconds if the server isn't responding.
    """
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its options are untyped
        url, socket_connect_timeout=5, socket_timeout=10, health_check_interval=30
    )


async def ping(redis: Redis) -> bool:
    """Check that it responds. Raises RedisError or OSError if it doesn't."""
    answer = cast("object", await redis.execute_command("PING"))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
    return answer in {b"PONG", "PONG", True}
