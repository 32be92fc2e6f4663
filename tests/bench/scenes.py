"""The measures that deliver, each on a stage of its own."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from tests.bench.deliveries import Batches, Deliveries
from tests.bench.filling import fill
from tests.bench.memory import measure_memory
from tests.bench.servers import Stage, staged
from tests.bench.tables import deliveries_table, growth_table, latency_table, memory_table

KNOWN: Final = 4_000
FINDINGS: Final = 300
LATENCY_PER_SECOND: Final = 20
LATENCY_FINDINGS: Final = 100
GROWTH: Final = (100, 10_000)
GROWTH_MILLION: Final = (100, 10_000, 1_000_000)
GROWTH_FINDINGS: Final = 100

Database = Callable[[], AbstractContextManager[str | None]]


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the app keeps things; `database` makes an empty one."""

    redis_url: str | None
    database: Database


Scene = Callable[[Stores, int], Table]


def deliveries(stores: Stores, rounds: int) -> Table:
    with ExitStack() as stack:
        stage = _stage(stack, stores, web=False)
        _know(stage, 0, KNOWN)
        return deliveries_table(
            Deliveries(stage).rounds(rounds=rounds, findings=FINDINGS, monitors=KNOWN)
        )


def latency(stores: Stores, rounds: int) -> Table:
    """The one-process mode, web and worker together, on both sides."""
    with ExitStack() as stack:
        stage = _stage(stack, stores, web=True)
        _know(stage, 0, KNOWN)
        batches = Deliveries(stage).rounds(
            rounds=rounds,
            findings=LATENCY_FINDINGS,
            monitors=KNOWN,
            per_second=LATENCY_PER_SECOND,
        )
        return latency_table(batches, per_second=LATENCY_PER_SECOND)


def growth(stores: Stores, rounds: int) -> Table:
    return _growth(stores, GROWTH, rounds)


def growth_million(stores: Stores, rounds: int) -> Table:
    return _growth(stores, GROWTH_MILLION, rounds)


def memory(stores: Stores, _rounds: int) -> Table:
    with stores.database() as database_url:
        return memory_table(
            measure_memory(
                redis_url=stores.redis_url,
                database_url=database_url,
                monitors=KNOWN,
                findings=FINDINGS,
            )
        )


def _growth(stores: Stores, sizes: tuple[int, ...], rounds: int) -> Table:
    """One stage that is filled further, and all rounds for each size; batches of 100, so more."""
    measured: dict[int, Batches] = {}
    with ExitStack() as stack:
        stage = _stage(stack, stores, web=False)
        deliveries, known = Deliveries(stage), 0
        for size in sizes:
            _know(stage, known, size)
            known = size
            measured[size] = deliveries.rounds(
                rounds=2 * rounds, findings=GROWTH_FINDINGS, monitors=size
            )
    return growth_table(measured)


def _stage(stack: ExitStack, stores: Stores, *, web: bool) -> Stage:
    database_url = stack.enter_context(stores.database())
    return stack.enter_context(
        staged(redis_url=stores.redis_url, database_url=database_url, web=web, worker=True)
    )


def _know(stage: Stage, first: int, last: int) -> None:
    asyncio.run(
        fill(
            range(first, last),
            stage.app.ready,
            database_url=stage.database_url,
            data_dir=stage.data_dir,
        )
    )


SCENES: Final[dict[str, Scene]] = {
    "deliveries": deliveries,
    "latency": latency,
    "growth": growth,
    "growth-million": growth_million,
    "memory": memory,
}
