"""`python -m tests.security`: the tables of docs/security.md, made anew. Exits 1 on any problem."""

import argparse
import sys
from collections.abc import Iterable, Sequence

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
    results = flood(per_door=asked.per_door, seed=asked.seed)
    sys.stdout.write(f"{door_table(results)}\n")
    problems = [
        f"{result.door}: {problem}"
        for result in results
        for problem in [*result.tally.problems, *map(str, result.effects.items())]
    ]
    if not asked.doors_only:
        rows = [make() for make in ROWS]
        sys.stdout.write(f"\n{row_table(rows)}\n")
        problems += [f"{row.promise}: {problem}" for row in rows for problem in row.problems]
        measures = [measured(load, LOAD_SECONDS) for load in LOADS]
        sys.stdout.write(f"\n{load_table(measures)}\n")
        problems += [problem for each in measures for problem in each.problems]
    seconds = sum(result.seconds for result in results)
    total = sum(result.tally.sent for result in results)
    sys.stdout.write(f"\n{total:,} bad requests in {seconds:.0f} s, {len(problems)} problems\n")
    sys.stdout.writelines(f"{problem}\n" for problem in problems[:20])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
