"""`threadwatch`: every command of the operator."""

import json
import sys
from contextlib import aclosing
from importlib import metadata
from typing import Annotated, Final

import typer
import yaml
from rich.console import Console

from bot.cli import doctor as doctor_command
from bot.cli import rekey as rekey_command
from bot.cli import running, workspace
from bot.cli.monitors import adopt, show
from bot.cli.redrive import redrive
from bot.cli.server import run_server
from bot.slack.manifest import create_link, manifest_for
from bot.web.logs import configure_logs
from monitors.model.operator_links import OperatorLinks
from monitors.settings_problems import address_problems, find_problems, read_incomplete
from monitors.storage.database import open_database
from monitors.storage.reach import require_stores
from monitors.storage.schema import upgrade

_NO_SANDBOX: Final = (
    "The demo is not installed with the app. Run it in a checkout of the repository: make demo"
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
    run_server(web=True, worker=worker)


@app.command()
def worker() -> None:
    """Run jobs only."""
    run_server(web=False, worker=True)


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
        running.err.print(_NO_SANDBOX)
        raise typer.Exit(running.USAGE_EXIT) from None
    configure_logs("warning", None)
    running.run(run_demo(port=port, speed=speed, say=Console(highlight=False).print), DemoError)


@app.command()
def migrate() -> None:
    """Update the database schema."""
    settings = running.usable_settings()

    async def bring_up_to_date() -> None:
        url, data_dir = settings.database_url, settings.data_dir
        async with aclosing(open_database(url, data_dir, statement_seconds=None)) as database:
            if settings.database_url is not None:
                await require_stores(None, database)
            await upgrade(database)

    running.run(bring_up_to_date())
    running.err.print("The database is up to date.")


@app.command()
def rekey() -> None:
    """Re-encrypt stored secrets and sign monitors with the first of ENCRYPTION_KEYS."""
    running.run_to_end(rekey_command.rekey(running.usable_settings(), say=running.err.print))


@app.command()
def doctor(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False
) -> None:
    """Check the settings, stores, Slack and Parallel, and say what to fix."""
    settings, problems = read_incomplete()
    problems += [*find_problems(settings), *running.store_problems(settings)]
    configure_logs(settings.log_level, settings.log_format)
    running.run_to_end(
        doctor_command.examine(settings, say=running.out.print, as_json=as_json, problems=problems)
    )


@app.command()
def manifest(
    *, as_json: Annotated[bool, typer.Option("--json/--yaml", help="The format.")] = False
) -> None:
    """Print the Slack app manifest for PUBLIC_URL, and a link that creates the app."""
    # Slack credentials only exist once the app has been created.
    settings, problems = read_incomplete()
    problems += address_problems(settings)
    if problems:
        running.refuse(problems)
    made = manifest_for(
        settings.public_url,
        prefix=settings.command_prefix,
        sockets=settings.slack_app_token is not None,
        links=OperatorLinks(settings.support_url, settings.privacy_url),
    )
    text = json.dumps(made, indent=2) if as_json else yaml.safe_dump(made, sort_keys=False)
    sys.stdout.write(f"{text.rstrip()}\n")
    if settings.public_url is None:
        words = "\nPUBLIC_URL isn't set, so this manifest is for Socket Mode."
        running.err.print(words)
    running.err.print(f"\nCreate the app: {create_link(made)}")


# Help lists them in this order, after those above.
app.command()(redrive)
app.command(name="monitors")(show)
app.command()(adopt)
app.add_typer(workspace.app, name="workspace")
