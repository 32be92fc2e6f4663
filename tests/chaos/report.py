"""The table of a run."""

from collections.abc import Iterator

from rich.table import Table

from tests.chaos.run import Outcome

_SHOWN = 30


def table_of(outcome: Outcome) -> Table:
    size, plan = outcome.plan.size, outcome.plan
    title = f"chaos, {plan.mode}, seed {plan.seed}, {outcome.database}"
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("how many", justify="right")
    table.add_row("workspaces, threads", f"{size.workspaces}, {size.threads}")
    table.add_row("findings made", str(outcome.made))
    for name, count in sorted(plan.webhooks.items()):
        table.add_row(f"webhooks {name}", str(count))
    table.add_section()
    for name, count in _caused(outcome):
        table.add_row(name, str(count))
    table.add_section()
    verdict = outcome.verdict
    table.add_row("lost", str(len(verdict.lost)))
    table.add_row("repeated", str(len(verdict.repeated)))
    table.add_row("out of order", str(len(verdict.out_of_order)))
    table.add_row("in a wrong place", str(len(verdict.misplaced)))
    table.add_row("cards or monitors wrong", str(len(verdict.cards)))
    table.add_row("secrets written in clear", str(len(outcome.leaks.secrets)))
    table.add_row("queries or findings in logs", str(len(outcome.leaks.texts)))
    table.add_row("bytes of logs searched", f"{outcome.leaks.searched:,}")
    table.add_section()
    delays = sorted(verdict.delays) or [0.0]
    table.add_row("median delivery", f"{delays[len(delays) // 2]:.1f} s")
    table.add_row("95 of 100 deliveries within", f"{delays[len(delays) * 95 // 100]:.1f} s")
    table.add_row("slowest delivery", f"{verdict.slowest[0]:.1f} s")
    table.add_row("duration", f"{outcome.seconds:.0f} s")
    return table


def _caused(outcome: Outcome) -> Iterator[tuple[str, int]]:
    yield from sorted(outcome.blows.items())
    yield from sorted(outcome.faults.items())
    for error, count in sorted(outcome.errors_typed.items()):
        yield f"commands answered by {error}", count
    for name, codes in outcome.deaths.items():
        yield f"{name} ended by itself ({', '.join(map(str, codes))})", len(codes)
    for words, count in sorted(outcome.logged.items()):
        yield f"logged: {words}", count


def problems_text(outcome: Outcome, folder: str) -> str:
    """What is wrong and where the logs are; empty when nothing is."""
    problems = outcome.problems()
    if not problems:
        return ""
    more = len(problems) - _SHOWN
    lines = [*problems[:_SHOWN], *([f"… and {more} more"] if more > 0 else [])]
    again = f"python -m tests.chaos --mode {outcome.plan.mode} --seed {outcome.plan.seed}"
    return "\n".join([*lines, f"The logs are in {folder}", f"Again: {again}"])
