"""Rounds that alternate between the app and its floor.

Whatever else the machine does falls on both.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.bench.plan import Kind, Load, LoadResult, Side
from tests.bench.servers import BenchError, Server, Stage, send

CONNECTIONS: Final = 64
PER_SECOND: Final = 200
# Far above what any server here answers: an unpaced burst ends by time, not for want of requests.
MOST_PER_SECOND: Final = 16_000
# While the worker works each request is about a monitor of its own.
KNOWN_AT_BURST: Final = 20_000
_FURTHER: Final = 1_000
_FEW: Final = 20
_NOTICE_SECONDS: Final = 30.0
_NODE_KINDS: Final = (Kind.COMMAND, Kind.WEBHOOK, Kind.FINDING)


@dataclass(frozen=True, slots=True)
class Measure:
    """One row pair of the table. `per_second` None: as fast as the server answers."""

    name: str
    kind: Kind
    per_second: int | None
    with_worker: bool = False


MEASURES: Final = {
    "ack-monitor": Measure("ack of /monitor", Kind.COMMAND, PER_SECOND),
    "busy": Measure("… worker at work", Kind.FINDING, None, with_worker=True),
    "ack-webhook": Measure("ack of a webhook", Kind.WEBHOOK, PER_SECOND),
    "webhooks": Measure("webhooks a second", Kind.WEBHOOK, None),
    "chatter": Measure("chatter a second", Kind.CHATTER, None),
    "monitors": Measure("/monitor a second", Kind.COMMAND, None),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a burst asked of everything behind the door."""

    redis_commands: int
    sql_statements: int
    api_calls: int
    posts: int


@dataclass(frozen=True, slots=True)
class Burst:
    """One round of one side."""

    result: LoadResult
    cpu_seconds: float
    asked: Asked

    @property
    def per_second(self) -> float:
        return self.result.answered / self.result.seconds

    @property
    def cpu_micros(self) -> float:
        """The server process's processor time for one request."""
        return self.cpu_seconds * 1e6 / self.result.answered

    def wait_ms(self, share: float) -> float:
        return percentile(self.result.waits_ms, share)


@dataclass(frozen=True, slots=True)
class Measured:
    """All rounds of one measure, both sides in the same order."""

    measure: Measure
    bursts: Mapping[Side, list[Burst]]

    def pooled_ms(self, side: Side, share: float) -> float:
        """A percentile over the requests of every round."""
        waits = [wait for burst in self.bursts[side] for wait in burst.result.waits_ms]
        return percentile(waits, share)

    def median(self, side: Side, figure: Callable[[Burst], float]) -> float:
        return median(figure(burst) for burst in self.bursts[side])

    def ratios(self, other: Side, figure: Callable[[Burst], float]) -> list[float]:
        """The app's figure over another's, a value for each round."""
        pairs = zip(self.bursts[Side.APP], self.bursts[other], strict=True)
        return sorted(figure(app) / figure(beside) for app, beside in pairs)


def turns(sides: list[Side], number: int) -> list[Side]:
    """Each side first as often as the others."""
    first = number % len(sides)
    return sides[first:] + sides[:first]


def run_rounds(stage: Stage, measure: Measure, *, rounds: int, seconds: float) -> Measured:
    """All sides in turn. Raises BenchError."""
    sides = [side for side in stage.sides if side is not Side.NODE or measure.kind in _NODE_KINDS]
    measured = Measured(measure, {side: [] for side in sides})
    for side in sides:
        _burst(stage, side, measure, number=-1, seconds=seconds / 2)
    for number in range(rounds):
        for side in turns(sides, number):
            burst = _burst(stage, side, measure, number=number, seconds=seconds)
            measured.bursts[side].append(burst)
    return measured


def _burst(stage: Stage, side: Side, measure: Measure, *, number: int, seconds: float) -> Burst:
    server = stage.doors[side]
    stage.wipe()
    generation = number + 2
    stage.stand_in.generation(generation)
    path = {
        Kind.WEBHOOK: server.ready.webhook_path,
        Kind.FINDING: server.ready.finding_path,
        Kind.COMMAND: server.ready.command_path,
        Kind.CHATTER: server.ready.chatter_path,
    }[measure.kind]
    load = Load(
        kind=measure.kind,
        port=server.ready.port,
        path=path,
        run=f"{measure.kind}{measure.per_second}{side}{number}",
        seconds=seconds,
        connections=CONNECTIONS,
        per_second=measure.per_second,
        most=int(seconds * (measure.per_second or MOST_PER_SECOND)),
        numbers=_numbers(number) if measure.with_worker else [],
        generation=generation,
    )
    if measure.with_worker:
        _set_to_work(stage, load)
    stage.stand_in.take()
    before = server.usage()
    result = send(load)
    after = server.usage()
    log = stage.stand_in.take()
    _check(server, measure, result, jobs=after.jobs, intents=after.intents - before.intents)
    asked = Asked(
        after.redis_commands - before.redis_commands,
        after.sql_statements - before.sql_statements,
        log.total,
        len(log.posts),
    )
    return Burst(result, after.cpu_seconds - before.cpu_seconds, asked)


def _set_to_work(stage: Stage, load: Load) -> None:
    """A worker whose Redis was emptied takes a while to notice. Raises BenchError."""
    few = {"numbers": load.numbers[-_FEW:], "run": f"{load.run}first"}
    send(load.model_copy(update=few))
    ends = time.monotonic() + _NOTICE_SECONDS
    while not stage.stand_in.take().posts:
        if time.monotonic() > ends:
            raise BenchError(f"{load.run}: the worker posted nothing in {_NOTICE_SECONDS:.0f} s.")
        time.sleep(0.05)


def _numbers(burst: int) -> list[int]:
    """Every monitor once, none of those first that the burst before began with."""
    first = _FURTHER * (burst + 1) % KNOWN_AT_BURST
    return [*range(first, KNOWN_AT_BURST), *range(first)]


def _check(
    server: Server, measure: Measure, result: LoadResult, *, jobs: int, intents: int
) -> None:
    """An answer that left nothing behind would be fast, and void."""
    asked = result.answered
    commanded = measure.kind is Kind.COMMAND
    writes_job = measure.kind is Kind.WEBHOOK or (commanded and server.side is not Side.FLOOR)
    expected_jobs = asked if writes_job else 0
    expected_intents = asked if commanded and server.side is Side.APP else 0
    if measure.with_worker:
        # Some of them are done by now.
        expected_jobs = jobs
    if result.refused or (jobs, intents) != (expected_jobs, expected_intents):
        raise BenchError(
            f"{measure.name}, {server.side}: of {asked} answers {result.refused} were refusals; "
            f"{jobs} jobs and {intents} intents were written, not {expected_jobs} and "
            f"{expected_intents}."
        )


def percentile(values: list[float], share: float) -> float:
    """The nearest rank; 0.0 of nothing."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0
