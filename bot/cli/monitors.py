"""`threadwatch monitors` lists what runs on the accounts; `threadwatch adopt` takes one over."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Annotated, Final

import typer

from bot.cli.running import err, finish, out, run_to_end, usable_settings
from bot.wiring import Wiring, open_wiring
from monitors.model.account import ParallelAccount
from monitors.model.monitor import Monitor
from monitors.model.outcome import Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.price import monthly_price
from monitors.model.requests import ThreadlessRequest
from monitors.model.workspace import Workspace
from monitors.watching import threadless

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


def show(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the active monitors of every account, including those without a thread."""
    settings = usable_settings()

    async def run() -> bool:
        found: list[Listed] = []
        unread: list[str] = []
        async with open_wiring(settings) as wiring:
            async for account, monitors in _read(wiring):
                if monitors is None:
                    unread.append(account.team_id or "the operator")
                else:
                    found += [_listed(account, each) for each in monitors]
        if as_json:
            typer.echo(json.dumps([asdict(each) for each in found], indent=2))
        else:
            out.print("\n".join(map(_in_words, found)) or "No active monitors.")
        for whose in unread:
            err.print(f"Parallel didn't answer for the account of {whose}.")
        return not unread

    run_to_end(run())


def adopt(
    monitor_id: Annotated[str, typer.Argument(help="The monitor's ID at Parallel.")],
    *,
    workspace: Annotated[str, typer.Option(help="The workspace, by its Slack ID.")],
    channel: Annotated[str, typer.Option(help="The channel of its new thread, by its Slack ID.")],
    user: Annotated[str, typer.Option(help="Who owns it from now on, by their Slack ID.")] = "",
) -> None:
    """Give a monitor that another program made a card and a thread."""
    settings = usable_settings()

    async def run() -> bool:
        async with open_wiring(settings) as wiring:
            place = await wiring.services.organisations.of(Workspace(workspace))
            request = ThreadlessRequest(place, monitor_id, user, channel)

            async def attempt(_number: int) -> Outcome:
                return await threadless.adopt(wiring.services.parts, request)

            refused = await finish(attempt)
        words = f"Not adopted: {refused}" if refused else f"{monitor_id} has a thread in {channel}"
        out.print(words if refused else f"{words} now.")
        return refused is None

    run_to_end(run())


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
        last_run_at=monitor.last_run_at.isoformat(timespec="seconds")
        if monitor.last_run_at
        else "",
    )


def _in_words(each: Listed) -> str:
    """On lines of its own: the ID stays whole in any terminal, for `adopt` takes it."""
    thread = f"channel {each.channel}, thread {each.thread}" if each.thread else "no thread"
    facts = [
        f"every {each.frequency}",
        each.costs,
        f"last checked {each.last_run_at}" if each.last_run_at else "not checked yet",
        f"workspace {each.workspace or 'unknown'}",
        thread,
    ]
    query = " ".join(each.query.split())[:_QUERY_CHARACTERS]
    return f"{each.monitor_id}  {query}\n    {', '.join(filter(None, facts))}"
