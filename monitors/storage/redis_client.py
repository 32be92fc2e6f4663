"""Opens a client for `REDIS_URL`, or for the embedded server's address."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis.asyncio import Redis

_ACCEPTED: Final = (
    "Use redis://user:password@host:6379/0, rediss:// for TLS, or unix:///path/to/socket."
)
_FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# Those of redis-py's options that docket's client and ours both do well with.
_OPTIONS: Final = {
    *("db", "protocol", "username", "password", "ssl_cert_reqs", "ssl_check_hostname"),
    *("ssl_min_version", "client_name", *_FILES),
}
_CERT_REQS: Final = {"none", "optional", "required"}


class RedisUrlError(ValueError):
    """`REDIS_URL` can't be used; the text says why and never shows a password."""


def parse_redis_url(text: str) -> str:
    """Read `REDIS_URL`: the address for docket's client and ours.

    Raises:
        RedisUrlError: see there.
    """
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise RedisUrlError(f"REDIS_URL isn't a Redis address. {_ACCEPTED}") from error
    if "sentinel" in url.scheme or "cluster" in url.scheme:
        raise RedisUrlError(
            f"REDIS_URL starts with {url.scheme}://, but Redis Sentinel and Redis Cluster aren't "
            "supported. Give the address of one server, or of a proxy in front of them."
        )
    if url.scheme not in {"redis", "rediss", "unix"}:
        given = f"starts with {url.scheme}://" if "://" in text else "has no redis:// in front"
        raise RedisUrlError(f"REDIS_URL {given}. {_ACCEPTED}")
    if not (url.path if url.scheme == "unix" else url.hostname):
        missing = "socket" if url.scheme == "unix" else "host"
        raise RedisUrlError(f"REDIS_URL names no {missing}. {_ACCEPTED}")
    if url.scheme != "unix" and not (url.path.strip("/") or "0").isdecimal():
        raise RedisUrlError(f"REDIS_URL ends in {url.path}, which isn't a number. {_ACCEPTED}")
    options = _options(dict(parse_qsl(url.query, keep_blank_values=True)), scheme=url.scheme)
    return text.partition("?")[0] + (f"?{urlencode(options, safe='/')}" if options else "")


def _options(given: Mapping[str, str], *, scheme: str) -> dict[str, str]:
    unknown = sorted(set(given) - _OPTIONS)
    if unknown:
        raise RedisUrlError(f"REDIS_URL has the unknown option {', '.join(unknown)}: remove it.")
    if scheme != "rediss" and (tls := sorted(name for name in given if name.startswith("ssl_"))):
        raise RedisUrlError(
            f"REDIS_URL has {', '.join(tls)}, which needs TLS: begin it with rediss://."
        )
    for name in ("db", "ssl_min_version"):
        if not given.get(name, "0").isdecimal():
            raise RedisUrlError(f"REDIS_URL has {name}={given[name]}, which isn't a number.")
    for name in _FILES:
        if name in given and not Path(given[name]).is_file():
            raise RedisUrlError(f"REDIS_URL's {name} names {given[name]}, which isn't a file.")
    # docket reads answers in the form of protocol 2.
    options = {name: value for name, value in given.items() if name != "protocol"}
    if "ssl_cert_reqs" in options:
        wanted = options["ssl_cert_reqs"].lower().removeprefix("cert_")
        if wanted not in _CERT_REQS:
            raise RedisUrlError("REDIS_URL has an ssl_cert_reqs other than required or none.")
        options["ssl_cert_reqs"] = wanted
        if wanted == "none":
            options["ssl_check_hostname"] = "false"
    return options


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
