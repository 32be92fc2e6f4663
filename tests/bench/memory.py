"""How much memory the web and the worker take, each in a process of its own, as when deployed."""

import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.deliveries import Deliveries
from tests.bench.filling import fill
from tests.bench.plan import ServerOrder, Side
from tests.bench.servers import Stage, beside, server, stand_in

# More than a worker delivers here, so that a queue builds up.
PER_SECOND: Final = 200


@dataclass(frozen=True, slots=True)
class Memory:
    """One process's, in MiB: before any load, and the most of it under load."""

    idle: float
    busy: float


class Deployment:
    """Web and worker of both sides, each a process."""

    def __init__(
        self, stack: ExitStack, *, redis_url: str | None, database_url: str | None
    ) -> None:
        data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="tw-bench-"))
        calls = stack.enter_context(stand_in(data_dir))
        web = ServerOrder(
            side=Side.APP,
            data_dir=data_dir,
            redis_url=redis_url,
            database_url=database_url,
            stand_in=calls.url,
        )
        worker = web.model_copy(update={"web": False, "worker": True})
        app_web = stack.enter_context(server(web))
        self.web = {
            Side.APP: app_web,
            Side.FLOOR: stack.enter_context(server(beside(web, app_web))),
        }
        self.worker = {
            Side.APP: stack.enter_context(server(worker)),
            Side.FLOOR: stack.enter_context(server(beside(worker, app_web))),
        }
        self.stage = Stage(app_web, self.web[Side.FLOOR], calls, Path(data_dir), database_url)


def measure_memory(
    *, redis_url: str | None, database_url: str | None, monitors: int, findings: int
) -> dict[str, dict[Side, Memory]]:
    """By process, then by side. Raises BenchError."""
    with ExitStack() as stack:
        deployment = Deployment(stack, redis_url=redis_url, database_url=database_url)
        stage = deployment.stage
        asyncio.run(
            fill(
                range(monitors),
                stage.app.ready,
                database_url=database_url,
                data_dir=stage.data_dir,
            )
        )
        every = {"web": deployment.web, "worker": deployment.worker}
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
