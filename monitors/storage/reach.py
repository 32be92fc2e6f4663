"""Whether the servers in the settings can be used, told at start in words for an operator."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.sentinel import MasterNotFoundError
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterCrossSlotError,
    ClusterDownError,
    ClusterError,
    MovedError,
    NoPermissionError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from monitors.ports import StoreDownError
from monitors.settings_problems import SetupError
from monitors.storage.database import Database

REACH_SECONDS: Final = 15.0
# What jobs need of Redis: to write, to run scripts over two keys, and to listen to a channel.
_PROBE: Final = "redis.call('SET', KEYS[1], '1', 'PX', 1000) return redis.call('EXISTS', KEYS[2])"
_PROBE_KEYS: Final = ("threadwatch:probe", "threadwatch:probe-beside")
_CLUSTER_KEYS: Final = ("{threadwatch}:probe", "{threadwatch}:probe-beside")

# Those of PostgreSQL's that keep any text.
_ENCODINGS: Final = {"UTF8", "SQL_ASCII"}
_NODE: Final = "it is a node of a Redis Cluster: begin the address with redis+cluster://"
# The first that fits is told, so the narrower error comes first.
_REDIS_WORDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (NoPermissionError, "the user may not do all that jobs need: give it ~* &* +@all"),
    (AuthenticationError, "the user name or password isn't accepted"),
    (AuthorizationError, "the user name or password isn't accepted"),
    (ReadOnlyError, "it is a read-only replica: give the primary's address"),
    (
        MasterNotFoundError,
        "no Sentinel there names a primary that is up: check hosts, ports and the service's name",
    ),
    (ClusterCrossSlotError, _NODE),
    (MovedError, _NODE),
    (ClusterDownError, "the cluster is down: not all of its slots are served"),
    (ClusterError, _NODE),
)
_NETWORK_WORDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (socket.gaierror, "its host name isn't known here: check the spelling and the network"),
    (
        ssl.SSLCertVerificationError,
        "its certificate isn't trusted here: name the authority's file ({authority})",
    ),
    (ssl.SSLError, "TLS with it fails: check that its port speaks TLS"),
    (TimeoutError, "it doesn't answer: check host, port and firewall"),
    (asyncio.CancelledError, "it doesn't answer: check host, port and firewall"),
    (ConnectionRefusedError, "nothing listens there: check host and port, and that it runs"),
    (FileNotFoundError, "its socket isn't there: check the path, and that it runs"),
    # Whose cause may be one of those above.
    (
        RedisClusterException,
        "it isn't a Redis Cluster, or none of its nodes answers: check the address",
    ),
)


async def require_stores(redis: Redis | None, database: Database | None) -> None:
    """Try those that are given. Raises SetupError with the problems of all of them."""
    tried = [] if redis is None else [redis_problem(redis)]
    if database is not None:
        tried.append(database_problem(database))
    problems = [problem for problem in await asyncio.gather(*tried) if problem is not None]
    if problems:
        raise SetupError(*problems)


async def redis_problem(redis: Redis) -> str | None:
    """Why jobs can't be done with it; None if they can."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            is_cluster = isinstance(redis, RedisCluster)
            keys = _CLUSTER_KEYS if is_cluster else _PROBE_KEYS
            await redis.eval(_PROBE, len(keys), *keys)
            if is_cluster:
                return None
            async with redis.pubsub() as channel:  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
                await channel.psubscribe("threadwatch:*")
                await channel.get_message(timeout=REACH_SECONDS)
    except (RedisError, OSError) as error:
        words = _words(error, _REDIS_WORDS, authority="ssl_ca_certs")
        return f"REDIS_URL can't be used: {words or _unknown_redis(error)}."
    return None


async def database_problem(database: Database) -> str | None:
    """Why it can't be used; None if it can."""
    import asyncpg  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] - SQLite needs none

    known = (
        (
            asyncpg.InvalidAuthorizationSpecificationError,
            "the user name or password isn't accepted, or the server wants TLS (sslmode=require)",
        ),
        (asyncpg.InvalidCatalogNameError, "there is no such database: create it first"),
        (asyncpg.TooManyConnectionsError, "the server has no connection left: raise its limit"),
        (
            asyncpg.InsufficientPrivilegeError,
            "the user may not use this database: grant it the rights",
        ),
        (
            asyncpg.TargetServerAttributeNotMatched,
            "it takes no writes: give the primary's address, or see whether its disk is full",
        ),
    )
    is_postgres = database.dialect == "postgresql"
    asked = "SHOW server_encoding" if is_postgres else "SELECT 1"
    try:
        async with asyncio.timeout(REACH_SECONDS):
            ((found,),) = await database.rows(text(asked))
    except (
        *(StoreDownError, SQLAlchemyError, OSError),
        *(asyncpg.PostgresError, asyncpg.InterfaceError),
    ) as error:
        words = _words(error, known, authority="sslrootcert")
        return f"DATABASE_URL can't be used: {words or _plain(list(_causes(error))[-1])}."
    if is_postgres and found not in _ENCODINGS:
        return (
            f"DATABASE_URL can't be used: the database's encoding is {found}, which lacks most "
            "characters: create one with ENCODING 'UTF8' TEMPLATE template0."
        )
    return None


def _words(
    error: BaseException, table: tuple[tuple[type[BaseException], str], ...], *, authority: str
) -> str | None:
    causes = list(_causes(error))
    for kind, words in (*table, *_NETWORK_WORDS):
        if any(isinstance(cause, kind) for cause in causes):
            return words.format(authority=authority)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        inner = following.orig if isinstance(following, DBAPIError) else None
        following = inner or following.__cause__ or following.__context__


def _unknown_redis(error: BaseException) -> str:
    said = str(error).lower()
    if isinstance(error, ResponseError) and "cluster" in said:
        return _NODE
    if isinstance(error, ResponseError) and "unknown command 'sentinel'" in said:
        return "a host is no Sentinel but a server: begin the address with redis://"
    if isinstance(error, ResponseError) and "unknown command 'eval'" in said:
        return "it is a Sentinel: begin the address with redis+sentinel://, and end it in /service"
    return _plain(error)


def _plain(error: BaseException) -> str:
    """The server's own words in one line, without a full stop."""
    words = " ".join(str(error).split()).rstrip(".")[:200]
    return f"{words or type(error).__name__}. Check the server and its address"
