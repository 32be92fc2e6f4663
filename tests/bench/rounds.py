"""Rounds that alternate between the app and its floor.

Whatever else the machine does falls on both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from tests.bench.plan import Kind, Load, LoadResult, Side
from tests.bench.servers import BenchError, Server, Stage, send

CONNECTIONS: Final = 64
PER_SECOND: Final = 200
# Far above what any server here answers: an unpaced burst ends by time, not for want of requests.
MOST_PER_SECOND: Final = 8_000


@dataclass(frozen=True, slots=True)
class Measure:
    """One row pair of the table. `per_second` None: as fast as the server answers."""

    name: str
    kind: Kind
    per_second: int | None


MEASURES: Final = {
    "ack-monitor": Measure("ack of /monitor", Kind.COMMAND, PER_SECOND),
    "ack-webhook": Measure("ack of a webhook", Kind.WEBHOOK, PER_SECOND),
    "webhooks": Measure("webhooks per second", Kind.WEBHOOK, None),
    "chatter": Measure("chatter per second", Kind.CHATTER, None),
    "monitors": Measure("/monitor per second", Kind.COMMAND, None),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a burst asked of everything behind the door."""

    redis_commands: int
    sql_statements: int
    api_calls: int


@dataclass(frozen=True, slots=True)
class Burst:
    """One round of one side."""

    result: LoadResult
    cpu_seconds: float
    asked: "Asked"

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
    bursts: Mapping[Side, list[Burst]] = field(
        default_factory=lambda: {side: list[Burst]() for side in Side}
    )

    def pooled_ms(self, side: Side, share: float) -> float:
        """A percentile over the requests of every round."""
        waits = [wait for burst in self.bursts[side] for wait in burst.result.waits_ms]
        return percentile(waits, share)

    def median(self, side: Side, figure: Callable[[Burst], float]) -> float:
        return median(figure(burst) for burst in self.bursts[side])

    def ratios(self, figure: Callable[[Burst], float]) -> list[float]:
        """The app's figure over the floor's, a value for each round."""
        pairs = zip(self.bursts[Side.APP], self.bursts[Side.FLOOR], strict=True)
        return sorted(figure(app) / figure(floor) for app, floor in pairs)


def run_rounds(stage: Stage, measure: Measure, *, rounds: int, seconds: float) -> Measured:
    """Floor and app in turn, each first as often as the other. Raises BenchError."""
    measured = Measured(measure)
    for side in Side:
        _burst(stage, side, measure, run=f"warm{side}", seconds=min(1.0, seconds))
    for number in range(rounds):
        order = (Side.FLOOR, Side.APP) if number % 2 == 0 else (Side.APP, Side.FLOOR)
        for side in order:
            burst = _burst(stage, side, measure, run=f"{side}{number}", seconds=seconds)
            measured.bursts[side].append(burst)
    return measured


def _burst(stage: Stage, side: Side, measure: Measure, *, run: str, seconds: float) -> Burst:
    server = stage.servers[side]
    server.wipe()
    stage.stand_in.take()
    before = server.usage()
    most = int(seconds * (measure.per_second or MOST_PER_SECOND))
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
        run=f"{measure.kind}{measure.per_second}{run}",
        seconds=seconds,
        connections=CONNECTIONS,
        per_second=measure.per_second,
        most=most,
    )
    result = send(load)
    after = server.usage()
    _check(server, measure, result, jobs=after.jobs, intents=after.intents - before.intents)
    asked = Asked(
        after.redis_commands - before.redis_commands,
        after.sql_statements - before.sql_statements,
        stage.stand_in.take().total,
    )
    return Burst(result, after.cpu_seconds - before.cpu_seconds, asked)


def _check(
    server: Server, measure: Measure, result: LoadResult, *, jobs: int, intents: int
) -> None:
    """An answer that left nothing behind would be fast, and void."""
    asked = result.answered
    by_app = server.side is Side.APP and measure.kind is Kind.COMMAND
    writes_job = by_app or measure.kind is Kind.WEBHOOK
    expected_jobs = asked if writes_job else 0
    expected_intents = asked if by_app else 0
    if result.refused or (jobs, intents) != (expected_jobs, expected_intents):
        raise BenchError(
            f"{measure.name}, {server.side}: of {asked} answers {result.refused} were refusals; "
            f"{jobs} jobs and {intents} intents were written, not {expected_jobs} and "
            f"{expected_intents}."
        )


def percentile(values: list[float], share: float) -> float:
    """The nearest rank; 0.0 of nothing."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0
