"""`threadwatch redrive`: list failed jobs, or retry them."""

from collections.abc import Callable, Sequence

from bot.wiring import open_wiring
from monitors.delivery.redrive import send_again
from monitors.model.dead_letter import DeadLetter
from monitors.settings import Settings


async def redrive(  # noqa: PLR0913 - which jobs, by name
    settings: Settings,
    ids: frozenset[str],
    *,
    every: bool,
    team_id: str | None,
    limit: int,
    say: Callable[[str], None],
) -> bool:
    """Retry the jobs with these ids, or every one; with neither, only list them.

    Prints what was done; False if one of the ids doesn't exist.
    """
    async with open_wiring(settings) as wiring:
        letters = await wiring.services.intents.failed(team_id=team_id, limit=limit)
        if not every and not ids:
            _show(letters, say)
            return True
        chosen = [each for each in letters if every or each.short_id in ids]
        for letter in chosen:
            await send_again(wiring.services.parts, letter)
            say(f"Retrying {letter.short_id}  {letter.kind}")
        missing = ids - {letter.short_id for letter in chosen}
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
