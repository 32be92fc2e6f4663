"""`threadwatch redrive`: what was given up, listed or sent again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.wiring import open_wiring
from monitors.model.dead_letter import DeadLetter
from monitors.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters: by id, or every one that is listed; none of both only lists them."""

    letter_ids: frozenset[str]
    every: bool
    team_id: str | None
    limit: int


async def redrive(settings: Settings, wanted: Wanted, *, say: Callable[[str], None]) -> bool:
    """Print what was done; False when a letter that was named is not there."""
    async with open_wiring(settings) as wiring:
        letters = await wiring.redrive.waiting(team_id=wanted.team_id, limit=wanted.limit)
        if not wanted.every and not wanted.letter_ids:
            _show(letters, say)
            return True
        chosen = [each for each in letters if wanted.every or each.short_id in wanted.letter_ids]
        for letter in chosen:
            await wiring.redrive.send_again(letter)
            say(f"sent again  {letter.short_id}  {letter.kind}")
        missing = wanted.letter_ids - {letter.short_id for letter in chosen}
        for letter_id in sorted(missing):
            say(f"not there   {letter_id}  (threadwatch redrive lists what is)")
        return not missing


def _show(letters: Sequence[DeadLetter], say: Callable[[str], None]) -> None:
    if not letters:
        say("Nothing was given up.")
    for letter in letters:
        say(
            f"{letter.short_id}  {letter.failed_at:%Y-%m-%d %H:%M} UTC  {letter.kind}  "
            f"workspace {letter.team_id or 'unknown'}  after {letter.attempts} tries  "
            f"trace {letter.trace_id}\n    {letter.reason}\n    {letter.argument}"
        )
