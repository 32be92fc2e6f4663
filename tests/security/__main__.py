"""`python -m tests.security`: makes the tables of docs/security.md. Exits 1 on any problem."""

import argparse
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from bot.web.logs import configure_logs
from tests.security.flood import PER_DOOR, SEED, DoorResult, flood
from tests.security.load import LOAD_SECONDS, LOADS, load_table, measured
from tests.security.rows import ROWS, Row


def door_table(results: Sequence[DoorResult]) -> str:
    """In Markdown; a connection that ends unanswered is one that the request broke or gave up."""
    lines = [
        "| door | bad requests | 2xx, 3xx | 4xx | 5xx | no answer | effects |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        tally = result.tally
        taken = tally.of_hundred(2) + tally.of_hundred(3)
        counts = (tally.sent, taken, tally.of_hundred(4), tally.of_hundred(5), tally.unanswered)
        cells = " | ".join(f"{count:,}" for count in counts)
        lines.append(f"| `{result.door}` | {cells} | {sum(result.effects.values())} |")
    return "\n".join(lines)


def row_table(rows: Iterable[Row]) -> str:
    lines = ["| promise | tried | broken |", "|---|---|---:|"]
    lines += [f"| {row.promise} | {row.tried} | {len(row.problems)} |" for row in rows]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Try all that the security of this app rests on.")
    parser.add_argument("--per-door", type=int, default=PER_DOOR)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--doors-only", action="store_true", help="only the bad requests")
    asked = parser.parse_args()
    configure_logs("error", None)
    parts: list[Callable[[], list[str]]] = [partial(_doors, asked.per_door, asked.seed)]
    if not asked.doors_only:
        parts += [_rows, _loads]
    problems: list[str] = []
    for part in parts:
        try:
            problems += part()
        except Exception as error:  # noqa: BLE001 - the other tables are printed all the same
            traceback.print_exc()
            problems.append(f"a table is missing: {error!r}")
        sys.stdout.flush()
    sys.stdout.write(f"\n{len(problems)} problems\n")
    sys.stdout.writelines(f"{problem}\n" for problem in problems[:20])
    return 1 if problems else 0


def _doors(per_door: int, seed: int) -> list[str]:
    results = flood(per_door=per_door, seed=seed)
    seconds = sum(result.seconds for result in results)
    total = sum(result.tally.sent for result in results)
    sys.stdout.write(f"{door_table(results)}\n\n{total:,} bad requests in {seconds:.0f} s\n")
    return [
        f"{result.door}: {problem}"
        for result in results
        for problem in [*result.tally.problems, *map(str, result.effects.items())]
    ]


def _rows() -> list[str]:
    rows = [make() for make in ROWS]
    sys.stdout.write(f"\n{row_table(rows)}\n")
    return [f"{row.promise}: {problem}" for row in rows for problem in row.problems]


def _loads() -> list[str]:
    measures = [measured(load, LOAD_SECONDS) for load in LOADS]
    sys.stdout.write(f"\n{load_table(measures)}\n")
    return [problem for each in measures for problem in each.problems]


if __name__ == "__main__":
    sys.exit(main())
