"""`python -m tests.security`: the table of docs/security.md, made anew. Exits 1 on any problem."""

import argparse
import sys
from collections.abc import Sequence

from bot.logs import configure_logs
from tests.security.flood import PER_DOOR, SEED, DoorResult, flood


def table(results: Sequence[DoorResult]) -> str:
    """In Markdown; a connection that ends unanswered is one that the request broke or gave up."""
    lines = [
        "| door | requests | 2xx, 3xx | 4xx | 5xx | no answer | effects |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for result in results:
        tally = result.tally
        taken = tally.of_hundred(2) + tally.of_hundred(3)
        counts = (tally.sent, taken, tally.of_hundred(4), tally.of_hundred(5), tally.unanswered)
        cells = " | ".join(f"{count:,}" for count in counts)
        lines.append(f"| `{result.door}` | {cells} | {sum(result.effects.values())} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Bad requests for every door.")
    parser.add_argument("--per-door", type=int, default=PER_DOOR)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    configure_logs("error", None)
    results = flood(per_door=asked.per_door, seed=asked.seed)
    sys.stdout.write(f"{table(results)}\n")
    problems = [
        f"{result.door}: {problem}"
        for result in results
        for problem in [*result.tally.problems, *map(str, result.effects.items())]
    ]
    seconds = sum(result.seconds for result in results)
    sys.stdout.write(f"\n{seconds:.0f} seconds, {len(problems)} problems\n")
    sys.stdout.writelines(f"{problem}\n" for problem in problems[:20])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
