"""`threadwatch workspace`: delete one workspace's data, or export it."""

import asyncio
import json
import re
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated, Final

import typer

from bot.cli.running import err, finish, out, run, run_to_end, usable_settings
from bot.wiring import Wiring, open_wiring
from monitors.model.clock import SystemClock
from monitors.model.workspace import Workspace
from monitors.work.audit import MOST_ACTIONS, audit_csv
from monitors.workspaces.export import Holdings

app = typer.Typer(help="Export or delete one workspace's data.", no_args_is_help=True)
_STAYS_INSTALLED: Final = (
    "In Slack, the app stays installed until an admin removes it; until it is added again, it "
    "replies that it isn't installed."
)
_STAYS_SERVED: Final = (
    "The app keeps serving the workspace of SLACK_BOT_TOKEN: to stop that, unset it and restart."
)
_ID: Final = re.compile(r"[TE][A-Z0-9]{1,40}")


def _slack_id(typed: str) -> str:
    if _ID.fullmatch(typed) is None:
        raise typer.BadParameter("Slack's IDs look like T0123ABCD, or E0123ABCD for organisations.")
    return typed


TeamId = Annotated[
    str,
    typer.Argument(
        metavar="TEAM_ID",
        help="The Slack ID of a workspace (T…) or an organisation (E…).",
        callback=_slack_id,
    ),
]


@app.command()
def remove(team_id: TeamId) -> None:
    """Cancel a workspace's monitors and delete its data, as an uninstall does."""
    settings = usable_settings()

    async def delete() -> bool:
        """A worker finishes it if interrupted."""
        async with open_wiring(settings) as wiring:
            place = await _place(wiring, team_id)
            if place.team_id and (await wiring.services.export.run(place)).is_empty:
                out.print(f"No data about {team_id}.")
                return False
            intent_ids = await wiring.services.uninstall.delete(place, SystemClock().now())
            out.print("This takes about a minute: what is under way for it has to end first.")
            attempts = [partial(wiring.runner.attempt_intent, each) for each in intent_ids]
            failures = await asyncio.gather(*map(finish, attempts))
        for reason in filter(None, failures):
            out.print(reason)
        if any(failures):
            out.print("Some of it failed. List what with: threadwatch redrive")
            return False
        after = _STAYS_SERVED if settings.slack_bot_token else _STAYS_INSTALLED
        out.print(f"{team_id} is deleted. {after}")
        return True

    run_to_end(delete())


@app.command()
def export(team_id: TeamId) -> None:
    """Print a workspace's data as JSON, without secrets."""
    settings = usable_settings()

    async def read() -> Holdings:
        async with open_wiring(settings) as wiring:
            return await wiring.services.export.run(await _place(wiring, team_id))

    holdings = run(read())
    typer.echo(json.dumps(asdict(holdings), indent=2, default=_plain))
    if holdings.is_empty:
        err.print(f"No data about {team_id}.")
        raise typer.Exit(1)


@app.command()
def audit(team_id: TeamId) -> None:
    """Print who did what in a workspace, as CSV, the latest first."""
    settings = usable_settings()

    async def read() -> str:
        async with open_wiring(settings) as wiring:
            place = await _place(wiring, team_id)
            return audit_csv(await wiring.services.audit.of(place, limit=MOST_ACTIONS))

    typer.echo(run(read()), nl=False)


async def _place(wiring: Wiring, named: str) -> Workspace:
    """The workspace, with its organisation if it has one; an id E… is an organisation itself."""
    if named.startswith("E"):
        return Workspace("", named)
    return await wiring.services.organisations.of(Workspace(named))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
