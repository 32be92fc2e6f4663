"""Real servers that can't be used as they are: each told in one line; and those that can."""

import asyncio
from collections.abc import Generator
from contextlib import aclosing
from pathlib import Path

import pytest
from docket import Docket
from sqlalchemy import Connection, text

from monitors.model.clock import SystemClock
from monitors.storage.database import open_database
from monitors.storage.reach import database_problem, redis_problem
from monitors.storage.redis_client import open_redis, parse_redis_url
from monitors.storage.schema import require_current, upgrade
from monitors.work.queue import TASK, DocketQueue, open_docket, open_worker
from monitors.work.worker import run_worker
from tests.certificates import Certificates, make_certificates
from tests.redis_groups import Watched, running_cluster, running_sentinels
from tests.servers import (
    PostgresServer,
    RedisServer,
    free_port,
    running_pgbouncer,
    running_postgres,
    running_redis,
)

pytestmark = [pytest.mark.servers, pytest.mark.anyio]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def tls_url(certificates: Certificates) -> Generator[str]:
    port = free_port()
    options = (
        *("--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(certificates.certificate)),
        *("--tls-key-file", str(certificates.key)),
        *("--tls-ca-cert-file", str(certificates.authority)),
    )
    with running_redis(*options):
        yield f"rediss://127.0.0.1:{port}/0"


@pytest.fixture(scope="module")
def guarded() -> Generator[RedisServer]:
    """With a password, and users who may do less or all that jobs need."""
    users = (
        *("--requirepass", "secret"),
        *("--user", "narrow", "on", ">pw", "~threadwatch:*", "resetchannels", "+@all"),
        *("--user", "wide", "on", ">pw", "~*", "&*", "+@all"),
    )
    with running_redis(*users) as server:
        yield server


@pytest.fixture(scope="module")
def postgres(certificates: Certificates) -> Generator[PostgresServer]:
    with running_postgres(tls=certificates) as server:
        yield server


async def tried_redis(url: str) -> str | None:
    redis = open_redis(parse_redis_url(url))
    try:
        return await redis_problem(redis)
    finally:
        await redis.aclose()


async def does_a_job(docket: Docket) -> None:
    done = asyncio.Event()

    async def perform(_job: str) -> None:
        done.set()

    docket.register(perform, names=[TASK])
    await DocketQueue(docket, clock=SystemClock()).enqueue("deliver", "{}", key="k")
    async with open_worker(docket, concurrency=1) as worker:
        working = asyncio.create_task(run_worker(worker))
        try:
            async with asyncio.timeout(20):
                await done.wait()
        finally:
            working.cancel()
            await asyncio.wait({working})


async def test_redis_with_a_private_authority(tls_url: str, certificates: Certificates) -> None:
    problem = await tried_redis(tls_url)
    assert problem is not None
    assert "its certificate isn't trusted here: name the authority's file (ssl_ca_certs)" in problem
    trusted = f"{tls_url}?ssl_ca_certs={certificates.authority}"
    assert await tried_redis(trusted) is None
    async with open_docket(parse_redis_url(trusted)) as docket:
        await does_a_job(docket)


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("", "the user name or password isn't accepted"),
        ("username=default&password=wrong", "the user name or password isn't accepted"),
        ("username=narrow&password=pw", "the user may not do all that jobs need"),
    ],
)
async def test_redis_for_a_user_who_may_not(guarded: RedisServer, user: str, words: str) -> None:
    problem = await tried_redis(f"{guarded.url}?{user}")
    assert problem is not None
    assert words in problem
    assert "\n" not in problem


async def test_redis_for_a_user_who_may(guarded: RedisServer) -> None:
    url = f"{guarded.url}?username=wide&password=pw"
    assert await tried_redis(url) is None
    async with open_docket(url) as docket:
        await does_a_job(docket)


@pytest.fixture(scope="module")
def watched() -> Generator[Watched]:
    with running_sentinels() as running:
        yield running


@pytest.fixture(scope="module")
def cluster() -> Generator[tuple[int, ...]]:
    with running_cluster() as ports:
        yield ports


async def is_usable(url: str) -> None:
    async with asyncio.timeout(30):
        while await tried_redis(url) is not None:  # noqa: ASYNC110 - what is asked is Redis
            await asyncio.sleep(0.1)


async def test_sentinels_name_the_primary_and_the_next_one_after_its_death(
    watched: Watched,
) -> None:
    await is_usable(watched.url)
    problem = await tried_redis(f"redis://127.0.0.1:{watched.replica_port}")
    assert problem is not None
    assert "it is a read-only replica: give the primary's address" in problem
    async with open_docket(parse_redis_url(watched.url)) as docket:
        await does_a_job(docket)
        watched.primary.kill()
        await is_usable(watched.url)
        await does_a_job(docket)


async def test_a_cluster_does_jobs_and_scripts(cluster: tuple[int, ...]) -> None:
    url = f"redis+cluster://127.0.0.1:{cluster[0]}"
    await is_usable(url)
    async with open_docket(parse_redis_url(url)) as docket:
        await does_a_job(docket)


async def test_other_servers_than_the_address_says_are_told_apart(
    watched: Watched, cluster: tuple[int, ...]
) -> None:
    node = f"127.0.0.1:{cluster[1]}"
    sentinel = f"127.0.0.1:{watched.sentinel_port}"
    for address, words in (
        (f"redis://{node}", "a node of a Redis Cluster: begin the address with redis+cluster://"),
        (f"redis://{sentinel}", "it is a Sentinel: begin the address with redis+sentinel://"),
        (f"redis+sentinel://{sentinel}/nowhere", "no Sentinel there names a primary"),
        (f"redis+sentinel://{node}/main", "a host is no Sentinel but a server"),
        (f"redis+sentinel://127.0.0.1:{free_port()}/main", "no Sentinel there names a primary"),
        (f"redis+cluster://{sentinel}", "it isn't a Redis Cluster"),
        (f"redis+cluster://127.0.0.1:{free_port()}", "nothing listens there"),
    ):
        problem = await tried_redis(address)
        assert problem is not None
        assert words in problem, (address, problem)
        assert "\n" not in problem


async def test_postgres_as_platforms_give_it(
    postgres: PostgresServer, certificates: Certificates
) -> None:
    common = "channel_binding=prefer&connect_timeout=10&application_name=x"
    for options in (
        *(f"sslmode={mode}&{common}" for mode in ("require", "prefer", "disable")),
        f"sslmode=verify-full&sslrootcert={certificates.authority}",
        f"sslmode=require&channel_binding=require&sslrootcert={certificates.authority}",
    ):
        database = open_database(f"{postgres.tcp_url}?{options}", Path())
        assert await database_problem(database) is None, options
        await database.aclose()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("tests:pw@", "tests:wrong@"), "the user name or password isn't accepted"),
        (("/postgres", "/nowhere"), "there is no such database: create it first"),
        (("?", "?sslmode=verify-full"), "name the authority's file (sslrootcert)"),
        (
            ("?", "?sslmode=require&channel_binding=require"),
            "name the authority's file (sslrootcert)",
        ),
    ],
)
async def test_postgres_that_cannot_be_used(
    postgres: PostgresServer, change: tuple[str, str], words: str
) -> None:
    database = open_database(f"{postgres.tcp_url}?".replace(*change), Path())
    problem = await database_problem(database)
    await database.aclose()
    # The driver has closed what failed; the loop lets go of it in its next turn.
    await asyncio.sleep(0)
    assert problem is not None
    assert words in problem
    assert "\n" not in problem


async def test_postgres_whose_encoding_lacks_characters_is_refused(
    postgres: PostgresServer,
) -> None:
    problems: list[str | None] = []
    for encoding in ("latin1", "sql_ascii"):
        make = text(
            f"CREATE DATABASE {encoding} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        )
        async with aclosing(open_database(postgres.tcp_url, Path())) as database:
            await database.read(lambda connection, make=make: connection.execute(make).close())
        url = postgres.tcp_url.replace("/postgres", f"/{encoding}")
        async with aclosing(open_database(url, Path())) as database:
            problems.append(await database_problem(database))
    assert problems[0] is not None
    assert "the database's encoding is LATIN1, which lacks most characters" in problems[0]
    assert problems[1] is None


async def test_postgres_by_its_socket_and_as_the_second_of_two_hosts(
    postgres: PostgresServer,
) -> None:
    nobody = free_port()
    for address in (
        postgres.socket_url,
        postgres.tcp_url.replace("127.0.0.1", f"127.0.0.1:{nobody},127.0.0.1"),
    ):
        database = open_database(address, Path())
        assert await database_problem(database) is None, address
        await database.aclose()
    # A password that an address must encode.
    database = open_database(postgres.tcp_url.replace(":pw@", ":%70%77@"), Path())
    assert await database_problem(database) is None
    await database.aclose()


async def test_behind_pgbouncer_in_transaction_mode(postgres: PostgresServer) -> None:
    def asked(connection: Connection) -> int:
        return connection.execute(text("SELECT CAST(:n AS INTEGER) + 1"), {"n": 1}).scalar_one()

    with running_pgbouncer(postgres) as url:
        async with aclosing(open_database(f"{url}?pgbouncer=true", Path())) as database:
            assert await database_problem(database) is None
            await upgrade(database)
            await require_current(database)
            for _ in range(10):
                answers = await asyncio.gather(*(database.write(asked) for _ in range(20)))
                assert answers == [2] * 20
