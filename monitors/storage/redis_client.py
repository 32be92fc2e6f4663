"""Opens a client for `REDIS_URL`, or for the embedded server's address."""

from collections.abc import Generator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from docket._redis_sentinel import is_sentinel_url, parse_sentinel_url, sentinel_connection_pool
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException, RedisError

from monitors.ports import QueueDownError
from monitors.settings_problems import SetupError

_ACCEPTED: Final = (
    "Use redis://user:password@host:6379/0, rediss:// for TLS, unix:///path/to/socket, "
    "redis+sentinel://host1:26379,host2:26379/service, or redis+cluster://host:6379."
)
_CONNECT_SECONDS: Final = 5
_SOCKET_SECONDS: Final = 10
_FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# Those of redis-py's options that docket's client and ours both do well with.
_OPTIONS: Final = {
    *("db", "protocol", "username", "password", "ssl_cert_reqs", "ssl_check_hostname"),
    *("ssl_min_version", "client_name", *_FILES),
}
_SCHEMES: Final = {"redis", "rediss", "unix", "redis+cluster", "rediss+cluster"}
_TO_SENTINELS: Final = {"sentinel_username", "sentinel_password"}
# docket hands no others to the node that it listens to.
_CLUSTER_OPTIONS: Final = {"protocol"}
_CERT_REQS: Final = {"none", "optional", "required"}


@contextmanager
def redis_errors(what: str) -> Generator[None]:
    """Turns failures of Redis and the network into QueueDownError."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise QueueDownError(what) from error


def parse_redis_url(text: str) -> str:
    """Read `REDIS_URL`: the address for docket's client and ours. Raises SetupError."""
    if is_sentinel_url(text):
        return _sentinel(text)
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise SetupError(f"REDIS_URL isn't a Redis address. {_ACCEPTED}") from error
    if url.scheme not in _SCHEMES:
        given = f"starts with {url.scheme}://" if "://" in text else "has no redis:// in front"
        raise SetupError(f"REDIS_URL {given}. {_ACCEPTED}")
    if not (url.path if url.scheme == "unix" else url.hostname):
        missing = "socket" if url.scheme == "unix" else "host"
        raise SetupError(f"REDIS_URL names no {missing}. {_ACCEPTED}")
    if url.scheme != "unix" and not (url.path.strip("/") or "0").isdecimal():
        raise SetupError(f"REDIS_URL ends in {url.path}, which isn't a number. {_ACCEPTED}")
    if is_cluster_url(text) and url.path.strip("/0"):
        raise SetupError("REDIS_URL names a database, but a cluster has only number 0.")
    return _with_options(text, allowed=_CLUSTER_OPTIONS if is_cluster_url(text) else _OPTIONS)


def _sentinel(text: str) -> str:
    text = _with_options(text, allowed=_OPTIONS - {"db", "username", "password"} | _TO_SENTINELS)
    try:
        parse_sentinel_url(text)
    except ValueError as error:
        raise SetupError(f"REDIS_URL can't be read ({error}). {_ACCEPTED}") from error
    return text


def _with_options(text: str, *, allowed: AbstractSet[str]) -> str:
    address, _, query = text.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    options = _options(given, scheme=address.partition("://")[0], allowed=allowed)
    return address + (f"?{urlencode(options, safe='/')}" if options else "")


def _options(given: Mapping[str, str], *, scheme: str, allowed: AbstractSet[str]) -> dict[str, str]:
    unknown = sorted(set(given) - allowed)
    if unknown:
        raise SetupError(f"REDIS_URL has the unknown option {', '.join(unknown)}: remove it.")
    if not scheme.startswith("rediss") and (
        tls := sorted(name for name in given if name.startswith("ssl_"))
    ):
        raise SetupError(
            f"REDIS_URL has {', '.join(tls)}, which needs TLS: begin it with rediss://."
        )
    for name in ("db", "ssl_min_version"):
        if not given.get(name, "0").isdecimal():
            raise SetupError(f"REDIS_URL has {name}={given[name]}, which isn't a number.")
    for name in _FILES:
        if name in given and not Path(given[name]).is_file():
            raise SetupError(f"REDIS_URL's {name} names {given[name]}, which isn't a file.")
    # docket reads answers in the form of protocol 2.
    options = {name: value for name, value in given.items() if name != "protocol"}
    if "ssl_cert_reqs" in options:
        wanted = options["ssl_cert_reqs"].lower().removeprefix("cert_")
        if wanted not in _CERT_REQS:
            raise SetupError("REDIS_URL has an ssl_cert_reqs other than required or none.")
        options["ssl_cert_reqs"] = wanted
        if wanted == "none":
            options["ssl_check_hostname"] = "false"
    return options


class _Cluster(RedisCluster):
    """One whose nodes are all away is an outage like any other."""

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as redis-py has it
        try:
            return await super().execute_command(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped in redis-py
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error


def open_redis(url: str) -> Redis:
    """Create a client that returns bytes; the first command connects.

    It fails within seconds if the server isn't responding. Each script's keys share a slot, so that
    a cluster does what a single server does.
    """
    if is_sentinel_url(url):
        return Redis.from_pool(
            sentinel_connection_pool(
                url,
                decode_responses=False,
                socket_timeout=_SOCKET_SECONDS,
                socket_connect_timeout=_CONNECT_SECONDS,
            )
        )
    if is_cluster_url(url):
        cluster = _Cluster.from_url(  # pyright: ignore[reportUnknownMemberType] - its options are untyped
            url.replace("+cluster", "", 1),
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_SOCKET_SECONDS,
        )
        return cast("Redis", cluster)
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - likewise
        url,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_SOCKET_SECONDS,
        health_check_interval=30,
    )


def is_cluster_url(url: str) -> bool:
    return url.partition("://")[0].endswith("+cluster")


async def ping(redis: Redis) -> bool:
    """Check that it responds. Raises RedisError or OSError if it doesn't."""
    answer = cast("object", await redis.execute_command("PING"))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
    return answer in {b"PONG", "PONG", True}
