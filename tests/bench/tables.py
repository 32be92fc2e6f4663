"""One table per measure of deliveries: app, floor, ratio."""

from collections.abc import Callable, Mapping
from statistics import median

from rich.table import Table

from tests.bench.deliveries import Batch, Batches
from tests.bench.memory import Memory
from tests.bench.plan import Side
from tests.bench.rounds import percentile

Figure = Callable[[Batch], float]


def rate(batch: Batch) -> float:
    return batch.per_second


def cpu(batch: Batch) -> float:
    return batch.cpu_ms


def share_of(batches: Batches, other: Side, figure: Figure) -> str:
    """The app's over another's: the median over the rounds, and the range."""
    pairs = zip(batches.of[Side.APP], batches.of[other], strict=True)
    ratios = sorted(figure(app) / figure(beside) for app, beside in pairs)
    return f"{median(ratios):.2f} ({ratios[0]:.2f}..{ratios[-1]:.2f})"


def middle(batches: Batches, side: Side, figure: Figure) -> float:
    return median(figure(batch) for batch in batches.of[side])


def pooled_ms(batches: Batches, side: Side, share: float) -> float:
    return percentile([wait for batch in batches.of[side] for wait in batch.waits_ms], share)


def deliveries_table(batches: Batches) -> Table:
    table = _table("deliveries, one worker", *_headings(batches))
    for name, figure, digits in (("per second", rate, 0), ("CPU ms for one", cpu, 2)):
        cells = (f"{middle(batches, side, figure):,.{digits}f}" for side in batches.of)
        table.add_row(name, *cells, *_shares(batches, figure))
    table.caption = "\n".join(_calls(side, batches.of[side][-1]) for side in batches.of)
    return table


def _headings(batches: Batches) -> list[str]:
    sides = list(batches.of)
    return [*sides, *(f"app/{side}" for side in sides if side is not Side.APP)]


def _shares(batches: Batches, figure: Figure) -> list[str]:
    return [share_of(batches, side, figure) for side in batches.of if side is not Side.APP]


def _calls(side: Side, batch: Batch) -> str:
    calls = ", ".join(f"{name} {count:.1f}" for name, count in batch.calls.items())
    stores = f"{batch.statements:.1f} SQL statements, {batch.redis_commands:.0f} Redis commands, "
    return f"for one, {side}: {'' if side is Side.NODE else stores}{calls}"


def latency_table(batches: Batches, *, per_second: int) -> Table:
    table = _table(f"webhook to post, {per_second} a second", *_headings(batches))
    for name, share in (("p50 ms", 0.5), ("p99 ms", 0.99)):
        table.add_row(
            name,
            *(f"{pooled_ms(batches, side, share):.1f}" for side in batches.of),
            *_shares(batches, lambda batch, share=share: batch.wait_ms(share)),
        )
    late = max(batch.late_ms for side in batches.of for batch in batches.of[side])
    table.caption = f"sender late {late:.1f} ms"
    return table


def growth_table(sizes: Mapping[int, Batches]) -> Table:
    table = _table(
        "one delivery, by monitors known", "app CPU ms", "floor", "app/floor", "app ms", "app/floor"
    )
    for size, batches in sizes.items():
        table.add_row(
            f"{size:,}",
            f"{middle(batches, Side.APP, cpu):.2f}",
            f"{middle(batches, Side.FLOOR, cpu):.2f}",
            share_of(batches, Side.FLOOR, cpu),
            f"{1000 / middle(batches, Side.APP, rate):.1f}",
            share_of(batches, Side.FLOOR, lambda batch: 1 / batch.per_second),
        )
    return table


def memory_table(processes: Mapping[str, Mapping[Side, Memory]]) -> Table:
    table = _table("memory, MiB RSS", "app", "floor", "app/floor")
    for name, sides in processes.items():
        app, floor = sides[Side.APP], sides[Side.FLOOR]
        _memory(table, f"{name}, idle", app.idle, floor.idle)
        _memory(table, f"{name}, under load", app.busy, floor.busy)
    return table


def _memory(table: Table, name: str, app: float, floor: float) -> None:
    table.add_row(name, f"{app:.0f}", f"{floor:.0f}", f"{app / floor:.2f}")


def _table(*headings: str) -> Table:
    table = Table()
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table
