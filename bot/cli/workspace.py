"""`threadwatch workspace`: delete one workspace's data, or export it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Final

from bot.wiring import Wiring, open_wiring
from monitors.model.clock import SystemClock
from monitors.model.outcome import Done, Failed, RetryAfter, Suspended
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.work.audit import MOST_ACTIONS, audit_csv

Say = Callable[[str], None]

# How long to wait if Parallel doesn't say.
_AGAIN_SECONDS: Final = 5.0


async def remove(settings: Settings, named: str, *, say: Say) -> bool:
    """Print what is done; False if there is no data. A worker finishes it if interrupted."""
    async with open_wiring(settings) as wiring:
        place = await _place(wiring, named)
        if place.team_id and (await wiring.services.export.run(place)).is_empty:
            say(f"No data about {named}.")
            return False
        intent_ids = await wiring.services.uninstall.delete(place, SystemClock().now())
        ended = await asyncio.gather(*(_finish(wiring, each, say) for each in intent_ids))
    if not all(ended):
        say("Some of it failed. List what with: threadwatch redrive")
        return False
    say(
        f"{named} is deleted. In Slack, the app stays installed until an admin removes it; until "
        "it is added again, it replies that it isn't installed."
    )
    return True


async def export(settings: Settings, named: str, *, write: Say) -> bool:
    """Write its data as JSON; False if there is none."""
    async with open_wiring(settings) as wiring:
        place = await _place(wiring, named)
        holdings = await wiring.services.export.run(place)
    write(json.dumps(asdict(holdings), indent=2, default=_plain))
    return not holdings.is_empty


async def audit(settings: Settings, named: str, *, write: Say) -> None:
    """Write who did what, as CSV."""
    async with open_wiring(settings) as wiring:
        actions = await wiring.services.audit.of(await _place(wiring, named), limit=MOST_ACTIONS)
    write(audit_csv(actions))


async def _place(wiring: Wiring, named: str) -> Workspace:
    """The workspace, with its organisation if it has one; an id E… is an organisation itself."""
    if named.startswith("E"):
        return Workspace("", named)
    return await wiring.organisations.of(Workspace(named))


async def _finish(wiring: Wiring, intent_id: str, say: Say) -> bool:
    number = 1
    while True:
        outcome = await wiring.runner.attempt_intent(intent_id, number)
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
