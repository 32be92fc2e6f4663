"""Prove the promises by breaking everything else: `python -m tests.chaos`.

The same seed plans the same run; what the machine's timing adds differs. `CHAOS_FINDINGS` is the
nightly size.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from tests.chaos.plan import Mode, Plan, Size, make_plan
from tests.chaos.report import problems_text, table_of
from tests.chaos.run import Outcome, run_plan

# One process does all, so it is given less, over long enough to be struck a few times.
SINGLE = Size(threads=40, findings=400, findings_per_second=8.0)


def size_of(mode: Mode, findings: int | None) -> Size:
    """What CI runs, unless a number is given here or by `CHAOS_FINDINGS`."""
    asked = findings or int(os.environ.get("CHAOS_FINDINGS") or 0)
    size = Size() if mode is Mode.SPLIT else SINGLE
    return replace(size, findings=asked or size.findings)


def perform(plan: Plan, *, keep: bool = False) -> tuple[Outcome, str]:
    """Run a plan, and say what is wrong; the logs stay where something is."""
    folder = Path(tempfile.mkdtemp(prefix="tw-chaos-"))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcome = runner.run(_until_told(plan, folder))
    except BaseException:
        sys.stderr.write(f"The run broke off. The logs are in {folder}\n")
        raise
    problems = problems_text(outcome, str(folder))
    if keep:
        sys.stderr.write(f"The logs are in {folder}; slowest: {outcome.verdict.slowest}\n")
    elif not problems:
        shutil.rmtree(folder)
    return outcome, problems


async def _until_told(plan: Plan, folder: Path) -> Outcome:
    """SIGTERM ends a run as Ctrl-C does: with every process of it."""
    task = asyncio.ensure_future(run_plan(plan, folder))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main(
    *,
    seed: Annotated[int | None, typer.Option(help="What is planned; else a new one.")] = None,
    findings: Annotated[int | None, typer.Option(help="How many, in each mode.")] = None,
    keep: Annotated[bool, typer.Option(help="Keep the logs of a clean run too.")] = False,
    mode: Annotated[Mode | None, typer.Option(help="Else both, one after the other.")] = None,
) -> None:
    """Kill the app's processes and its Redis, and see that no finding is lost or repeated."""
    chosen = SystemRandom().randrange(1_000_000) if seed is None else seed
    console, failed = Console(highlight=False), False
    for each in [mode] if mode else list(Mode):
        plan = make_plan(size_of(each, findings), each, chosen)
        console.print(f"chaos, {each}: seed {chosen}, {plan.size.findings} findings…")
        try:
            outcome, problems = perform(plan, keep=keep)
        except asyncio.CancelledError:
            # SIGTERM, and every process is ended.
            raise typer.Exit(143) from None
        console.print(table_of(outcome))
        if problems:
            console.print(problems, markup=False, soft_wrap=True)
            failed = True
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
