"""`threadwatch redrive`: list failed jobs, or retry them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.wiring import open_wiring
from monitors.model.dead_letter import DeadLetter
from monitors.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which failed jobs to retry: those ids, or every one. With neither, they are only listed."""

    letter_ids: frozenset[str]
    every: bool
    team_id: str | None
    limit: int


async def redrive(settings: Settings, wanted: Wanted, *, say: Callable[[str], None]) -> bool:
    """Print what was done; False if one of the ids doesn't exist."""
    async with open_wiring(settings) as wiring:
        letters = await wiring.redrive.waiting(team_id=wanted.team_id, limit=wanted.limit)
        if not wanted.every and not wanted.letter_ids:
            _show(letters, say)
            return True
        chosen = [each for each in letters if wanted.every or each.short_id in wanted.letter_ids]
        for letter in chosen:
            await wiring.redrive.send_again(letter)
            say(f"Retrying {letter.short_id}  {letter.kind}")
        missing = wanted.letter_ids - {letter.short_id for letter in chosen}
        for letter_id in sorted(missing):
            say(f"No such job: {letter_id}")
        return not missing


def _show(letters: Sequence[DeadLetter], say: Callable[[str], None]) -> None:
    if not letters:
        say("No failed jobs.")
    for letter in letters:
        say(
            f"{letter.short_id}  {letter.failed_at:%Y-%m-%d %H:%M} UTC  {letter.kind}  "
            f"workspace {letter.team_id or 'unknown'}  after {letter.attempts} tries  "
            f"trace {letter.trace_id}\n    {letter.reason}\n    {letter.argument}"
        )
