"""Findings on their way to their threads: how many a second, at what cost, and how soon."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitors.model.clock import SystemClock
from monitors.model.codec import encode
from monitors.model.requests import DeliverRequest
from monitors.work.queue import TASK, DocketQueue, open_docket
from tests.bench import floor_jobs, known
from tests.bench.filling import forget
from tests.bench.node_app import enqueue_for_node
from tests.bench.plan import Kind, Load, ServerUsage, Side, StandInLog
from tests.bench.rounds import percentile, turns
from tests.bench.servers import BenchError, Server, Stage, StandIn, send

PATIENCE_SECONDS: Final = 90.0
_LOOK_SECONDS: Final = 0.1
_SHOWN: Final = 5
_FIRST: Final = 20
_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch of findings, each delivered once.

    `cpu_ms` (of the worker's process), `calls`, `statements` and `redis_commands` are for one
    delivery, the redrawing of its card included.
    """

    per_second: float
    waits_ms: Sequence[float]
    cpu_ms: float
    calls: dict[str, float]
    statements: float
    redis_commands: float
    late_ms: float

    def wait_ms(self, share: float) -> float:
        return percentile(list(self.waits_ms), share)


@dataclass(frozen=True, slots=True)
class Batches:
    """All rounds of every side, in the same order."""

    of: dict[Side, list[Batch]]


class Deliveries:
    """Each batch is about the next generation of events, so that no finding comes twice."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._generation = known.OLD
        self._rng = random.Random(1)  # noqa: S311 - the same monitors every time, guards nothing

    def rounds(
        self, *, rounds: int, findings: int, monitors: int, per_second: int | None = None
    ) -> Batches:
        """All sides in turn, each first as often as the others; `monitors` are known.

        With `per_second` the findings arrive as webhooks, each at its appointed moment; without,
        as jobs, all at once. Raises BenchError.
        """
        sides = self._stage.sides
        done = Batches({side: [] for side in sides})
        for side in sides:
            self._batch(
                side, findings=min(findings, _FIRST), monitors=monitors, per_second=per_second
            )
        for number in range(rounds):
            for side in turns(sides, number):
                batch = self._batch(
                    side, findings=findings, monitors=monitors, per_second=per_second
                )
                done.of[side].append(batch)
        return done

    def _batch(self, side: Side, *, findings: int, monitors: int, per_second: int | None) -> Batch:
        stage, door, server = self._stage, self._stage.doors[side], self._stage.workers[side]
        numbers = self._rng.sample(range(monitors), findings)
        asyncio.run(forget(numbers, database_url=stage.database_url, data_dir=stage.data_dir))
        self._generation += 1
        stage.stand_in.generation(self._generation)
        stage.stand_in.take()
        before = server.usage()
        waits_ms: list[float] = []
        late_ms = 0.0
        if per_second is None:
            asyncio.run(_enqueue(server, numbers, generation=self._generation))
            log = _until_done(server, stage.stand_in, numbers)
        else:
            sent = send(_webhooks(door, numbers, self._generation, per_second=per_second))
            late_ms = sent.late_ms
            log = _until_done(server, stage.stand_in, numbers)
            waits_ms = _waits_ms(log, numbers, began=sent.began, per_second=per_second)
        return _batch_of(
            log,
            numbers,
            before=before,
            after=server.usage(),
            waits_ms=waits_ms,
            late_ms=late_ms,
        )


def _webhooks(server: Server, numbers: list[int], generation: int, *, per_second: int) -> Load:
    return Load(
        kind=Kind.FINDING,
        port=server.ready.port,
        path=server.ready.finding_path,
        run=f"finding{generation}",
        seconds=len(numbers) / per_second + 1,
        connections=_CONNECTIONS,
        per_second=per_second,
        numbers=numbers,
        generation=generation,
    )


async def _enqueue(server: Server, numbers: Sequence[int], *, generation: int) -> None:
    """As the door does it, from this process, so that the worker's figure is the worker's."""
    if server.side is Side.NODE:
        enqueue_for_node(server.ready.redis_url, numbers, generation=generation)
        return
    if server.side is Side.FLOOR:
        async with floor_jobs.floor_queue(server.ready.redis_url) as floor:
            floor.docket.register(_done_elsewhere, names=[floor_jobs.TASK])
            for number in numbers:
                await floor.enqueue(known.monitor_id(number), known.group_id(generation, number))
        return
    endpoint_id = server.ready.endpoint_id
    async with open_docket(server.ready.redis_url) as docket:
        docket.register(_done_elsewhere, names=[TASK])
        queue = DocketQueue(docket, clock=SystemClock())
        for number in numbers:
            monitor_id, group_id = known.monitor_id(number), known.group_id(generation, number)
            argument = encode(DeliverRequest(endpoint_id, monitor_id, group_id))
            key = f"deliver:{endpoint_id}:{monitor_id}:{group_id}"
            await queue.enqueue("deliver", argument, key=key)


async def _done_elsewhere(argument: str) -> None:
    """No job runs here: docket takes only those whose name it knows."""


def _until_done(server: Server, stand_in: StandIn, numbers: Sequence[int]) -> StandInLog:
    """Every finding posted, and then no job left: cards are redrawn a little later."""
    calls: dict[str, int] = {}
    posts: list[tuple[int, float]] = []
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        taken = stand_in.take()
        posts += taken.posts
        for name, count in taken.calls.items():
            calls[name] = calls.get(name, 0) + count
        if len(posts) >= len(numbers) and not server.usage().jobs:
            break
        if time.monotonic() > ends:
            raise BenchError(
                f"{server.side}: of {len(numbers)} findings {len(posts)} were posted, "
                f"{server.usage().jobs} jobs are left."
            )
        time.sleep(_LOOK_SECONDS)
    posted = Counter(number for number, _ in posts)
    if posted != Counter(numbers):
        raise BenchError(
            f"{server.side}: what was posted is not what was found, each once: "
            f"too often {sorted((posted - Counter(numbers)).elements())[:_SHOWN]}, "
            f"never {sorted((Counter(numbers) - posted).elements())[:_SHOWN]}."
        )
    return StandInLog(calls=calls, posts=posts)


def _batch_of(  # noqa: PLR0913 - what was seen, by name
    log: StandInLog,
    numbers: Sequence[int],
    *,
    before: ServerUsage,
    after: ServerUsage,
    waits_ms: Sequence[float],
    late_ms: float,
) -> Batch:
    count = len(numbers)
    moments = sorted(at for _, at in log.posts)
    return Batch(
        per_second=(count - 1) / (moments[-1] - moments[0]),
        waits_ms=waits_ms,
        cpu_ms=1000 * (after.cpu_seconds - before.cpu_seconds) / count,
        calls={name: total / count for name, total in sorted(log.calls.items())},
        statements=(after.sql_statements - before.sql_statements) / count,
        redis_commands=(after.redis_commands - before.redis_commands) / count,
        late_ms=late_ms,
    )


def _waits_ms(
    log: StandInLog, numbers: Sequence[int], *, began: float, per_second: int
) -> list[float]:
    """From each webhook's appointed moment until its message arrived."""
    due = {number: began + place / per_second for place, number in enumerate(numbers)}
    return [1000 * (at - due[number]) for number, at in log.posts]
