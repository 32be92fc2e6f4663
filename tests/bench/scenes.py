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
from tests.bench.servers import Parts, Stage, staged
from tests.bench.start import measure_start, start_table
from tests.bench.tables import deliveries_table, growth_table, latency_table, memory_table

KNOWN: Final = 4_000
FINDINGS: Final = 300
LATENCY_SECONDS: Final = 2
GROWTH: Final = (100, 10_000)
GROWTH_MILLION: Final = (100, 10_000, 1_000_000)
GROWTH_FINDINGS: Final = 100

Database = Callable[[], AbstractContextManager[str | None]]


@dataclass(frozen=True, slots=True)
class Stores:
    """One set-up: where the app keeps things (`database` makes an empty one), and its processes."""

    redis_url: str | None
    database: Database
    split: bool
    node: bool


Scene = Callable[[Stores, int], Table]


def deliveries(stores: Stores, rounds: int) -> Table:
    with ExitStack() as stack:
        stage = enter_stage(stack, stores, web=False, known=KNOWN)
        return deliveries_table(
            Deliveries(stage).rounds(rounds=rounds, findings=FINDINGS, monitors=KNOWN)
        )


def latency(stores: Stores, rounds: int) -> Table:
    return _latency(stores, rounds, per_second=20)


def latency_50(stores: Stores, rounds: int) -> Table:
    return _latency(stores, rounds, per_second=50)


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


def start(_stores: Stores, rounds: int) -> Table:
    """Always the embedded set-up: with others somebody else starts the servers."""
    return start_table(measure_start(rounds=rounds))


def _latency(stores: Stores, rounds: int, *, per_second: int) -> Table:
    with ExitStack() as stack:
        stage = enter_stage(stack, stores, web=True, known=KNOWN)
        batches = Deliveries(stage).rounds(
            rounds=rounds,
            findings=per_second * LATENCY_SECONDS,
            monitors=KNOWN,
            per_second=per_second,
        )
        return latency_table(batches, per_second=per_second)


def _growth(stores: Stores, sizes: tuple[int, ...], rounds: int) -> Table:
    """One stage that is filled further, and all rounds for each size; batches of 100, so more."""
    measured: dict[int, Batches] = {}
    with ExitStack() as stack:
        stage = enter_stage(stack, stores, web=False, known=0)
        deliveries, known = Deliveries(stage), 0
        for size in sizes:
            know(stage, known, size)
            known = size
            measured[size] = deliveries.rounds(
                rounds=2 * rounds, findings=GROWTH_FINDINGS, monitors=size
            )
    return growth_table(measured)


def enter_stage(stack: ExitStack, stores: Stores, *, web: bool, known: int) -> Stage:
    """With a worker."""
    database_url = stack.enter_context(stores.database())
    parts = Parts(web=web, split=web and stores.split, node=stores.node)
    stage = stack.enter_context(
        staged(redis_url=stores.redis_url, database_url=database_url, parts=parts)
    )
    know(stage, 0, known)
    return stage


def know(stage: Stage, first: int, last: int) -> None:
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
    "latency-50": latency_50,
    "start": start,
    "growth": growth,
    "growth-million": growth_million,
    "memory": memory,
}
