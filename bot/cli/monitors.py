"""`threadwatch monitors` lists what runs on the accounts; `threadwatch adopt` takes one over."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from typing import Final

from rich.table import Table

from bot.wiring import Wiring, open_wiring
from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.price import monthly_price
from monitors.model.requests import ThreadlessRequest
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.watching import threadless

_AGAIN_SECONDS: Final = 2.0
_QUERY_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Listed:
    """Without a `thread` it was made by another program, and nothing is posted for it."""

    monitor_id: str
    workspace: str
    channel: str
    thread: str
    query: str
    frequency: str
    costs: str
    last_run_at: str


async def show(settings: Settings, *, as_json: bool, say: Callable[[object], None]) -> bool:
    """False if an account could not be read."""
    async with open_wiring(settings) as wiring:
        found: list[Listed] = []
        unread: list[str] = []
        async for account, monitors in _read(wiring):
            if monitors is None:
                unread.append(account.team_id or "the operator")
            else:
                found += [_listed(account, each) for each in monitors]
    if as_json:
        say(json.dumps([asdict(each) for each in found], indent=2))
    else:
        say(_table(found) if found else "No active monitors.")
    for whose in unread:
        say(f"Parallel didn't answer for the account of {whose}.")
    return not unread


async def adopt(  # noqa: PLR0913 - whose thread is to be where, by name
    settings: Settings,
    monitor_id: str,
    place: Workspace,
    *,
    channel: str,
    user_id: str,
    say: Callable[[object], None],
) -> bool:
    """Print what was done; False if it was not taken over."""
    async with open_wiring(settings) as wiring:
        workspace = await wiring.organisations.of(place)
        number = 1
        while True:
            request = ThreadlessRequest(workspace, monitor_id, user_id, channel)
            outcome = await threadless.adopt(wiring.services.parts, request, Attempt(number))
            if isinstance(outcome, Done):
                say(f"{monitor_id} has a thread in {channel} now.")
                return True
            if not isinstance(outcome, RetryAfter):
                say(f"Not adopted: {outcome.reason}")
                return False
            say(f"waiting: {outcome.reason}")
            await asyncio.sleep(outcome.seconds or _AGAIN_SECONDS)
            number += 1


async def _read(wiring: Wiring) -> AsyncIterator[tuple[ParallelAccount, list[Monitor] | None]]:
    """None for an account that Parallel did not list."""
    for account in await wiring.accounts.accounts():
        try:
            yield account, list(await wiring.services.gateway.list_monitors(account))
        except ParallelError:
            yield account, None


def _listed(account: ParallelAccount, monitor: Monitor) -> Listed:
    home = monitor.home
    return Listed(
        monitor_id=monitor.monitor_id,
        workspace=home.team_id if home else account.team_id or "",
        channel=home.thread.channel if home else "",
        thread=home.thread.ts if home else "",
        query=monitor.query,
        frequency=monitor.frequency_when_on,
        costs=monthly_price(monitor.frequency, monitor.processor),
        last_run_at=monitor.last_run_at.isoformat() if monitor.last_run_at else "",
    )


def _table(found: list[Listed]) -> Table:
    table = Table("Monitor", "Workspace", "Thread", "Query", "Checks", "Costs", "Last checked")
    for each in found:
        thread = f"{each.channel} {each.thread}".strip() or "none"
        query = " ".join(each.query.split())[:_QUERY_CHARACTERS]
        table.add_row(
            each.monitor_id,
            each.workspace,
            thread,
            query,
            each.frequency,
            each.costs,
            each.last_run_at or "never",
        )
    return table
