"""Opens a client for `REDIS_URL`, or for the embedded server's address."""

from typing import cast

from redis.asyncio import Redis


def open_redis(url: str) -> Redis:
    """Make a client that answers in bytes; the first command connects.

    A server that is away is noticed within seconds, never waited for.
    """
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its options are untyped
        url, socket_connect_timeout=5, socket_timeout=10, health_check_interval=30
    )


async def ping(redis: Redis) -> bool:
    """Whether it answers. Raises RedisError or OSError when it does not."""
    answer = cast("object", await redis.execute_command("PING"))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
    return answer in {b"PONG", "PONG", True}
