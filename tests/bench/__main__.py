"""`python -m tests.bench`: measure, print a table, exit 0; see `docs/performance.md`."""

import argparse
import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from monitors.storage.engine import open_engine, parse_url
from monitors.storage.redis_client import open_redis
from monitors.storage.schema import upgrade
from tests.bench.report import open_console, report
from tests.bench.rounds import MEASURES, Measured, run_rounds
from tests.bench.scenes import SCENES, Stores
from tests.bench.servers import BenchError, staged
from tests.servers import fresh_database

_DEFAULT: Final = (
    "ack-monitor",
    "ack-webhook",
    "webhooks",
    "chatter",
    "deliveries",
    "latency",
)
# A round of deliveries is a batch, each until the last card is redrawn: few suffice.
_SCENE_ROUNDS: Final = 3


def main() -> int:
    options = _parser().parse_args()
    rounds, seconds = (2, 1.5) if options.quick else (5, 3.0)
    rounds, seconds = options.rounds or rounds, options.seconds or seconds
    chosen = options.only or list(_DEFAULT)
    console = open_console(stores=_stores(options), rounds=rounds, seconds=seconds)
    try:
        with _redis(options.redis) as redis_url:
            stores = Stores(redis_url, partial(_database, options.database))
            bursts = [name for name in chosen if name in MEASURES]
            if bursts:
                report(console, _bursts(stores, bursts, rounds=rounds, seconds=seconds))
            for name in [name for name in chosen if name in SCENES]:
                console.print(SCENES[name](stores, min(rounds, _SCENE_ROUNDS)))
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _bursts(stores: Stores, names: list[str], *, rounds: int, seconds: float) -> list[Measured]:
    with (
        stores.database() as database_url,
        staged(
            redis_url=stores.redis_url, database_url=database_url, web=True, worker=False
        ) as stage,
    ):
        return [run_rounds(stage, MEASURES[name], rounds=rounds, seconds=seconds) for name in names]


def _stores(options: argparse.Namespace) -> str:
    return "{} and {}".format(
        "REDIS_URL's server" if options.redis else "embedded Valkey (fsync always)",
        "DATABASE_URL's server" if options.database else "SQLite (WAL, synchronous FULL)",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[*MEASURES, *SCENES, []], help="measure these alone"
    )
    parser.add_argument("--quick", action="store_true", help="2 rounds of 1.5 s: about 40 s")
    parser.add_argument("--rounds", type=int, help="rounds for each side")
    parser.add_argument("--seconds", type=float, help="length of a round")
    parser.add_argument("--redis", metavar="REDIS_URL", help="an empty server; it is emptied")
    parser.add_argument(
        "--database",
        metavar="DATABASE_URL",
        help="a PostgreSQL where a database may be made; it is dropped again",
    )
    return parser


@contextmanager
def _database(server: str | None) -> Generator[str | None]:
    if server is None:
        yield None
        return
    with fresh_database(parse_url(server)) as url:
        asyncio.run(_migrate(url))
        yield url


async def _migrate(url: str) -> None:
    engine = open_engine(url, Path())
    await upgrade(engine)
    await engine.dispose()


@contextmanager
def _redis(url: str | None) -> Generator[str | None]:
    """Never a server that somebody uses: every round empties it."""
    if url is not None:
        keys = asyncio.run(_count_keys(url))
        if keys:
            raise BenchError(f"The Redis server holds {keys} keys: give an empty one.")
    yield url


async def _count_keys(url: str) -> int:
    async with open_redis(url) as redis:
        return int(await redis.dbsize())  # pyright: ignore[reportUnknownMemberType] - untyped keyword arguments in redis-py


if __name__ == "__main__":
    sys.exit(main())
