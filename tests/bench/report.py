"""The table, and whether the aims are met."""

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench.plan import Kind, Side
from tests.bench.rounds import CONNECTIONS, Burst, Measured

ACK_P99_MS: Final = 25.0
LEAST_OF_FLOOR: Final = {Kind.WEBHOOK: 0.5, Kind.CHATTER: 0.6}
# A sender this late had no processor to run on: what it then measures is the machine.
LATEST_MS: Final = 5.0
_PARTS: Final = ("uvicorn", "starlette", "slack-bolt", "pydocket", "redis", "SQLAlchemy")

_Figure = Callable[[Burst], float]


def open_console(*, rounds: int, seconds: float) -> Console:
    console = Console(width=132, highlight=False)
    _facts(console, rounds=rounds, seconds=seconds)
    return console


def report(console: Console, every: list[Measured]) -> None:
    table = Table()
    for heading in ("", "", "per second", "p50 ms", "p99 ms", "CPU µs/request", "sender"):
        table.add_column(heading, justify="left" if not heading else "right")
    for measured in every:
        _rows(table, measured)
        table.add_section()
    console.print(table)
    for measured in every:
        for line in _verdicts(measured):
            console.print(line)
    if _was_crowded(every):
        console.print("The machine was busy with other things: trust the ratios, not the times.")


def _facts(console: Console, *, rounds: int, seconds: float) -> None:
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    parts = ", ".join(f"{part} {version(part)}" for part in _PARTS)
    console.print(f"{os.cpu_count()} cores, load {load}, {platform.system()}")
    console.print(f"Python {sys.version.split()[0]}, {parts}")
    console.print(
        f"{rounds} rounds of {seconds:g} s for each side, alternating; {CONNECTIONS} connections"
    )


def _rows(table: Table, measured: Measured) -> None:
    for side in measured.bursts:
        table.add_row(
            measured.measure.name if side is Side.APP else "",
            side.value,
            f"{measured.median(side, _rate):,.0f}",
            f"{measured.pooled_ms(side, 0.5):.2f}",
            f"{measured.pooled_ms(side, 0.99):.2f}",
            f"{measured.median(side, _cpu):,.0f}",
            _sender(measured, side),
        )
    for side in measured.bursts:
        if side is not Side.APP:
            ratios = [_ratio(measured, side, figure) for figure in (_rate, _p50, _p99, _cpu)]
            table.add_row("", f"app/{side}", *ratios, "")


def _ratio(measured: Measured, other: Side, figure: _Figure) -> str:
    """The median over the rounds, and the range."""
    ratios = measured.ratios(other, figure)
    return f"{median(ratios):.2f} ({ratios[0]:.2f}..{ratios[-1]:.2f})"


def _sender(measured: Measured, side: Side) -> str:
    results = [burst.result for burst in measured.bursts[side]]
    busy = max(result.busy for result in results)
    if measured.measure.per_second is None:
        return f"busy {busy:.0%}"
    return f"late {max(result.late_ms for result in results):.1f} ms"


def _verdicts(measured: Measured) -> list[str]:
    name = measured.measure.name
    if measured.measure.per_second is None:
        share, least = (
            median(measured.ratios(Side.FLOOR, _rate)),
            LEAST_OF_FLOOR.get(measured.measure.kind),
        )
        aim = f" (aim: at least {least})" if least else ""
        return [f"{name}: {share:.2f} of the floor{aim}", *_asked(measured), *_worked(measured)]
    p99 = measured.pooled_ms(Side.APP, 0.99)
    return [f"{name}: p99 {p99:.1f} ms (aim: under {ACK_P99_MS:.0f})"]


def _asked(measured: Measured) -> list[str]:
    """What chatter asked of everything behind the door: nothing, or it says what."""
    if measured.measure.kind is not Kind.CHATTER:
        return []
    bursts = measured.bursts[Side.APP]
    messages = sum(burst.result.answered for burst in bursts)
    redis = sum(burst.asked.redis_commands for burst in bursts)
    sql = sum(burst.asked.sql_statements for burst in bursts)
    calls = sum(burst.asked.api_calls for burst in bursts)
    counted = f"{redis} Redis commands, {sql} SQL statements, {calls} calls to Slack or Parallel"
    return [f"chatter: {messages:,} messages asked for {counted}"]


def _worked(measured: Measured) -> list[str]:
    """How much was posted while the door was under load: it may not be all the door's."""
    if not measured.measure.with_worker:
        return []
    rates = (f"{side} {measured.median(side, _posts_per_second):.0f}" for side in measured.bursts)
    return [f"worker at work: posted a second meanwhile: {', '.join(rates)}"]


def _was_crowded(every: list[Measured]) -> bool:
    bursts = [
        burst for measured in every for side in measured.bursts for burst in measured.bursts[side]
    ]
    return any(burst.result.late_ms > LATEST_MS for burst in bursts)


def _rate(burst: Burst) -> float:
    return burst.per_second


def _posts_per_second(burst: Burst) -> float:
    return burst.asked.posts / burst.result.seconds


def _p50(burst: Burst) -> float:
    return burst.wait_ms(0.5)


def _p99(burst: Burst) -> float:
    return burst.wait_ms(0.99)


def _cpu(burst: Burst) -> float:
    return burst.cpu_micros
