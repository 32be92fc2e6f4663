"""`threadwatch redrive`: list failed jobs, or retry them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.running import out, run_to_end, usable_settings
from bot.wiring import open_wiring
from monitors.delivery.redrive import send_again
from monitors.model.dead_letter import DeadLetter


def redrive(
    job_ids: Annotated[
        list[str] | None, typer.Argument(help="The IDs of the jobs to retry.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Retry every failed job.")] = False,
    workspace: Annotated[
        str | None, typer.Option(help="Only this workspace's jobs, by its Slack ID.")
    ] = None,
    limit: Annotated[int, typer.Option(help="The most jobs to list or retry.", min=1)] = 1000,
) -> None:
    """List failed jobs, or retry them."""
    settings, ids = usable_settings(), frozenset(job_ids or ())

    async def retry() -> bool:
        """False if one of the ids doesn't exist."""
        async with open_wiring(settings) as wiring:
            failed = await wiring.services.intents.failed(team_id=workspace, limit=limit)
            if not every and not ids:
                _show(failed)
                return True
            chosen = [each for each in failed if every or each.short_id in ids]
            for letter in chosen:
                await send_again(wiring.services.parts, letter)
                out.print(f"Retrying {letter.short_id}  {letter.kind}")
        missing = ids - {letter.short_id for letter in chosen}
        for letter_id in sorted(missing):
            out.print(f"No such job: {letter_id}")
        return not missing

    run_to_end(retry())


def _show(letters: Sequence[DeadLetter]) -> None:
    if not letters:
        out.print("No failed jobs.")
    for letter in letters:
        out.print(
            f"{letter.short_id}  {letter.failed_at:%Y-%m-%d %H:%M} UTC  {letter.kind}  "
            f"workspace {letter.team_id or 'unknown'}  after {letter.attempts} tries  "
            f"trace {letter.trace_id}\n    {letter.reason}\n    {letter.argument}"
        )
