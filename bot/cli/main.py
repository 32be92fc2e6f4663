"""`threadwatch`: every command of the operator."""

import asyncio
import json
import sys
from collections.abc import Coroutine, Iterator
from contextlib import aclosing
from functools import partial
from importlib import metadata
from typing import Annotated, Final, NoReturn, TypeVar

import typer
import uvloop
import yaml
from rich.console import Console

from bot.cli import doctor as doctor_command
from bot.cli import monitors as monitors_command
from bot.cli import redrive as redrive_command
from bot.cli import rekey as rekey_command
from bot.cli import workspace as workspace_command
from bot.slack.manifest import create_link, manifest_for
from bot.slack.one_token import UnusableTokenError
from bot.web.logs import configure_logs
from bot.web.serving import PortTakenError, run_app
from bot.web.working import WorkerEndedError
from bot.wiring.resources import open_sealer
from monitors.model.operator_links import OperatorLinks
from monitors.model.slack_errors import SlackPostError
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.settings_problems import (
    SettingsError,
    address_problems,
    find_problems,
    read_incomplete,
    read_settings,
)
from monitors.storage.data_dir import DataDirError
from monitors.storage.database import open_database
from monitors.storage.embedded import EmbeddedValkeyError
from monitors.storage.engine import parse_url
from monitors.storage.postgres_options import DatabaseUrlError
from monitors.storage.reach import StoresUnusableError, require_stores
from monitors.storage.redis_client import RedisUrlError, parse_redis_url
from monitors.storage.schema import SchemaError, upgrade
from monitors.storage.sealing import SealError
from monitors.texts.problem_texts import explain_slack

USAGE_EXIT: Final = 2
# Each has a message that tells the operator what to do.
_TOLD: Final = (
    PortTakenError,
    DataDirError,
    EmbeddedValkeyError,
    SealError,
    DatabaseUrlError,
    SchemaError,
    UnusableTokenError,
)
_NO_SANDBOX: Final = (
    "The demo is not installed with the app. Run it in a checkout of the repository: make demo"
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
workspace_app = typer.Typer(help="Export or delete one workspace's data.", no_args_is_help=True)
app.add_typer(workspace_app, name="workspace")
T = TypeVar("T")
TeamId = Annotated[
    str,
    typer.Argument(
        metavar="TEAM_ID", help="The Slack ID of a workspace (T…) or an organisation (E…)."
    ),
]
_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False)


def main() -> None:
    app()


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"threadwatch {metadata.version('threadwatch')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Watch the web from Slack: one monitor, one thread, every finding once."""


@app.command()
def serve(
    *, worker: Annotated[bool, typer.Option(help="Run jobs in this process too.")] = True
) -> None:
    """Run the app: answer Slack and Parallel, and run jobs."""
    _run(run_app(_settings(), web=True, worker=worker, say=_err.print))


@app.command()
def worker() -> None:
    """Run jobs only."""
    _run(run_app(_settings(), web=False, worker=True, say=_err.print))


@app.command()
def demo(
    *,
    port: Annotated[int, typer.Option(help="Port for the demo page.", min=0, max=65535)] = 4000,
    speed: Annotated[
        float,
        typer.Option(
            help="How fast time passes, e.g. 60 for a minute per second.", min=0.01, max=100_000
        ),
    ] = 1.0,
) -> None:
    """Run the app with a simulated Slack and Parallel."""
    try:
        from bot.cli.demo import DemoError, run_demo  # noqa: PLC0415 - may not be installed
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("sandbox"):
            raise
        _err.print(_NO_SANDBOX, soft_wrap=True)
        raise typer.Exit(USAGE_EXIT) from None
    configure_logs("warning", None)
    _run(run_demo(port=port, speed=speed, say=Console(highlight=False).print), DemoError)


@app.command()
def migrate() -> None:
    """Update the database schema."""
    settings = _settings()

    async def run() -> None:
        async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
            if settings.database_url is not None:
                await require_stores(None, database)
            await upgrade(database)

    _run(run())
    _err.print("The database is up to date.")


@app.command()
def rekey() -> None:
    """Re-encrypt stored secrets and sign monitors with the first of ENCRYPTION_KEYS."""
    _run_to_end(rekey_command.rekey(_settings(), say=_err.print))


@app.command()
def doctor(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False
) -> None:
    """Check the settings, stores, Slack and Parallel, and say what to fix."""
    settings, problems = read_incomplete()
    problems += [*find_problems(settings), *store_problems(settings)]
    configure_logs(settings.log_level, settings.log_format)
    _run_to_end(
        doctor_command.examine(settings, say=_out.print, as_json=as_json, problems=problems)
    )


@app.command()
def redrive(
    letters: Annotated[
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
    _run_to_end(
        redrive_command.redrive(
            _settings(),
            frozenset(letters or ()),
            every=every,
            team_id=workspace,
            limit=limit,
            say=_out.print,
        )
    )


@app.command()
def monitors(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False
) -> None:
    """List the active monitors of every account, those without a thread among them."""
    say = typer.echo if as_json else Console(highlight=False, markup=False).print
    _run_to_end(monitors_command.show(_settings(), as_json=as_json, say=say))


@app.command()
def adopt(
    monitor_id: Annotated[str, typer.Argument(help="The monitor's ID at Parallel.")],
    *,
    workspace: Annotated[str, typer.Option(help="The workspace, by its Slack ID.")],
    channel: Annotated[str, typer.Option(help="The channel of its new thread, by its Slack ID.")],
    user: Annotated[str, typer.Option(help="Who owns it from now on, by their Slack ID.")] = "",
) -> None:
    """Give a monitor that another program made a card and a thread."""
    place = Workspace(workspace)
    _run_to_end(
        monitors_command.adopt(
            _settings(), monitor_id, place, channel=channel, user_id=user, say=_out.print
        )
    )


@workspace_app.command("remove")
def remove_workspace(team_id: TeamId) -> None:
    """Cancel a workspace's monitors and delete its data, as an uninstall does."""
    _run_to_end(workspace_command.remove(_settings(), team_id, say=_out.print))


@workspace_app.command("export")
def export_workspace(team_id: TeamId) -> None:
    """Print a workspace's data as JSON, without secrets."""
    if not _run(workspace_command.export(_settings(), team_id, write=typer.echo)):
        _err.print(f"No data about {team_id}.", markup=False)
        raise typer.Exit(1)


@workspace_app.command("audit")
def audit_workspace(team_id: TeamId) -> None:
    """Print who did what in a workspace, as CSV, the latest first."""
    _run(workspace_command.audit(_settings(), team_id, write=partial(typer.echo, nl=False)))


@app.command()
def manifest(
    *, as_json: Annotated[bool, typer.Option("--json/--yaml", help="The format.")] = False
) -> None:
    """Print the Slack app manifest for PUBLIC_URL, and a link that creates the app."""
    # Slack credentials only exist once the app has been created.
    settings, problems = read_incomplete()
    problems += address_problems(settings)
    if problems:
        _refuse(problems)
    made = manifest_for(
        settings.public_url,
        prefix=settings.command_prefix,
        sockets=settings.slack_app_token is not None,
        links=OperatorLinks(settings.support_url, settings.privacy_url),
    )
    text = json.dumps(made, indent=2) if as_json else yaml.safe_dump(made, sort_keys=False)
    sys.stdout.write(f"{text.rstrip()}\n")
    if settings.public_url is None:
        _err.print("\nPUBLIC_URL isn't set, so this manifest is for Socket Mode.", soft_wrap=True)
    _err.print(f"\nCreate the app: {create_link(made)}", soft_wrap=True, markup=False)


def _settings() -> Settings:
    try:
        settings = read_settings(more=store_problems)
    except SettingsError as error:
        _refuse(error.problems)
    configure_logs(settings.log_level, settings.log_format)
    return settings


def store_problems(settings: Settings) -> Iterator[str]:
    """Addresses of stores that can't be used, found without connecting."""
    parsers = (settings.redis_url, parse_redis_url), (settings.database_url, parse_url)
    for address, parse in parsers:
        try:
            if address is not None:
                parse(address)
        except (RedisUrlError, DatabaseUrlError) as error:
            yield str(error)
    try:
        if settings.encryption_keys is not None:
            open_sealer(settings)
    except SealError as error:
        yield str(error)


def _refuse(problems: list[str]) -> NoReturn:
    _err.print("Threadwatch can't start:", style="bold")
    for problem in problems:
        _err.print(f"  - {problem}", markup=False)
    raise typer.Exit(USAGE_EXIT)


def _run_to_end(work: Coroutine[object, object, bool]) -> None:
    """Run `work`, which returns False for exit code 1."""
    if not _run(work):
        raise typer.Exit(1)


def _run(work: Coroutine[object, object, T], *told: type[Exception]) -> T:
    """Run `work`; an error meant for the operator is printed as one line, with exit code 1 or 2."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except StoresUnusableError as error:
        _refuse(error.problems)
    except (*_TOLD, *told) as error:
        _refuse([str(error)])
    except WorkerEndedError as error:
        _err.print(str(error), markup=False)
        raise typer.Exit(1) from None
    except SlackPostError as error:
        _err.print(explain_slack(error), markup=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
