"""`python -m tests.bench`: measure, print a table, exit 0; see `docs/performance.md`."""

import argparse
import asyncio
import sys
from collections.abc import Generator
from contextlib import ExitStack, aclosing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console

from monitors.storage.database import open_database
from monitors.storage.engine import parse_url
from monitors.storage.schema import upgrade
from tests.bench.node_app import install_node
from tests.bench.real_servers import durable_postgres, durable_redis, missing_servers
from tests.bench.report import open_console, report
from tests.bench.rounds import KNOWN_AT_BURST, MEASURES, Measured, run_rounds
from tests.bench.scenes import SCENES, Stores, enter_stage
from tests.bench.servers import BenchError, Parts, staged
from tests.servers import fresh_database

# What docs/performance.md shows first; the rest by name.
_DEFAULT: Final = (
    "ack-monitor",
    "webhooks",
    "busy",
    "deliveries",
    "latency",
    "latency-50",
    "start",
)
_NOT_QUICK: Final = ("webhooks", "latency")
# A round of deliveries is a batch, each until the last card is redrawn: few suffice.
_SCENE_ROUNDS: Final = 3
# Nothing of these depends on the servers behind the app.
_EMBEDDED_ONLY: Final = ("start", "chatter")


def main() -> int:
    options = _parser().parse_args()
    rounds, seconds = (2, 0.7) if options.quick else (3, 1.0)
    rounds, seconds = options.rounds or rounds, options.seconds or seconds
    default = [name for name in _DEFAULT if not options.quick or name not in _NOT_QUICK]
    chosen: list[str] = options.only or default
    console = open_console(rounds=rounds, seconds=seconds)
    without_node, without_servers = install_node(), missing_servers()
    for missing in (without_node, without_servers):
        if missing:
            console.print(missing)
    try:
        if options.set_up != "split":
            stores = Stores(None, partial(_database, None), split=False, node=not without_node)
            console.rule("embedded: one process, Valkey (fsync always), SQLite (synchronous FULL)")
            _measure(console, stores, chosen, rounds=rounds, seconds=seconds)
        if options.set_up != "embedded" and not without_servers:
            console.rule("split: web and worker, Redis (fsync always), PostgreSQL")
            with durable_redis() as redis_url, durable_postgres() as server:
                stores = Stores(
                    redis_url, partial(_database, server), split=True, node=not without_node
                )
                others = [name for name in chosen if name not in _EMBEDDED_ONLY]
                _measure(console, stores, others, rounds=rounds, seconds=seconds)
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _measure(
    console: Console, stores: Stores, chosen: list[str], *, rounds: int, seconds: float
) -> None:
    """Raises BenchError."""
    measures = [MEASURES[name] for name in chosen if name in MEASURES]
    doors = [measure for measure in measures if not measure.with_worker]
    busy = [measure for measure in measures if measure.with_worker]
    measured: list[Measured] = []
    if doors:
        parts = Parts(worker=False, node=stores.node)
        with (
            stores.database() as url,
            staged(redis_url=stores.redis_url, database_url=url, parts=parts) as stage,
        ):
            measured += [run_rounds(stage, each, rounds=rounds, seconds=seconds) for each in doors]
    for measure in busy:
        with ExitStack() as stack:
            stage = enter_stage(stack, stores, web=True, known=KNOWN_AT_BURST)
            measured.append(run_rounds(stage, measure, rounds=rounds, seconds=seconds))
    if measured:
        report(console, measured)
    for name in [name for name in chosen if name in SCENES]:
        console.print(SCENES[name](stores, min(rounds, _SCENE_ROUNDS)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "only", nargs="*", choices=[*MEASURES, *SCENES, []], help="measure these alone"
    )
    parser.add_argument(
        "--quick", action="store_true", help="2 rounds, without the door alone and 20 a second"
    )
    parser.add_argument("--rounds", type=int, help="rounds for each side")
    parser.add_argument("--seconds", type=float, help="length of a round")
    parser.add_argument("--set-up", choices=["embedded", "split"], help="one of the two alone")
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
    async with aclosing(open_database(url, Path())) as database:
        await upgrade(database)


if __name__ == "__main__":
    sys.exit(main())
