"""`threadwatch workspace remove` and `export`: what an uninstall does, and what is held."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Final

from bot.wiring import Wiring, open_wiring
from monitors.model.clock import SystemClock
from monitors.model.outcome import Attempt, Done, Failed, RetryAfter, Suspended
from monitors.model.workspace import Workspace
from monitors.settings import Settings

Say = Callable[[str], None]

# Where Parallel names no time to wait.
_AGAIN_SECONDS: Final = 5.0


async def remove(settings: Settings, named: str, *, say: Say) -> bool:
    """Print what is done; False where nothing is held. Interrupted, a worker finishes it."""
    async with open_wiring(settings) as wiring:
        place = await _place(wiring, named)
        if place.team_id and (await wiring.services.export.run(place)).is_empty:
            say(f"Nothing is held about {named}.")
            return False
        intent_ids = await wiring.services.leaving.removed(place, SystemClock().now())
        ended = await asyncio.gather(*(_finish(wiring, each, say) for each in intent_ids))
    if not all(ended):
        say("A part of it was given up: threadwatch redrive lists it.")
        return False
    say(
        f"{named} is forgotten. In Slack the app stays installed until an admin removes it there; "
        "until it is added again, it answers that it is not installed."
    )
    return True


async def export(settings: Settings, named: str, *, write: Say) -> bool:
    """Write JSON of all that is held; False where nothing is."""
    async with open_wiring(settings) as wiring:
        place = await _place(wiring, named)
        holdings = await wiring.services.export.run(place)
    write(json.dumps(asdict(holdings), indent=2, default=_plain))
    return not holdings.is_empty


async def _place(wiring: Wiring, named: str) -> Workspace:
    """The workspace with the organisation it was served by; E… is an organisation itself."""
    if named.startswith("E"):
        return Workspace("", named)
    return await wiring.organisations.of(Workspace(named))


async def _finish(wiring: Wiring, intent_id: str, say: Say) -> bool:
    number = 1
    while True:
        outcome = await wiring.services.run_intents.run(intent_id, attempt=Attempt(number))
        match outcome:
            case Done():
                return True
            case RetryAfter(reason, seconds):
                say(f"waiting: {reason}")
                await asyncio.sleep(_AGAIN_SECONDS if seconds is None else seconds)
                number += 1
            case Failed(reason) | Suspended(reason):
                say(reason)
                return False


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
