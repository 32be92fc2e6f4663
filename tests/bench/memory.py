"""How much memory the web and the worker take, each in a process of its own, as when deployed."""

import asyncio
from dataclasses import dataclass
from typing import Final

from tests.bench.deliveries import Deliveries
from tests.bench.filling import fill
from tests.bench.plan import Side
from tests.bench.servers import Parts, staged

# More than a worker delivers here, so that a queue builds up.
PER_SECOND: Final = 200


@dataclass(frozen=True, slots=True)
class Memory:
    """One process's, in MiB: before any load, and the most of it under load."""

    idle: float
    busy: float


def measure_memory(
    *, redis_url: str | None, database_url: str | None, monitors: int, findings: int
) -> dict[str, dict[Side, Memory]]:
    """By process, then by side. Raises BenchError."""
    parts = Parts(split=True, node=False)
    with staged(redis_url=redis_url, database_url=database_url, parts=parts) as stage:
        asyncio.run(
            fill(
                range(monitors), stage.app.ready, database_url=database_url, data_dir=stage.data_dir
            )
        )
        every = {"web": stage.doors, "worker": stage.workers}
        idle = {
            name: {side: one.settled_mib() for side, one in sides.items()}
            for name, sides in every.items()
        }
        Deliveries(stage).rounds(
            rounds=1, findings=findings, monitors=monitors, per_second=PER_SECOND
        )
        return {
            name: {
                side: Memory(idle[name][side], one.usage().peak_mib) for side, one in sides.items()
            }
            for name, sides in every.items()
        }
