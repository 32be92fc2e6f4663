"""`threadwatch demo`: the real app with a simulated Slack and Parallel.

Nothing is bypassed: requests are signed, the app is installed by OAuth, webhooks are verified.
"""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.slack.manifest import manifest_for
from bot.web.serving import listen, running, stop_signal
from bot.wiring import open_wiring
from monitors.settings import Settings
from monitors.storage.data_dir import private_directory
from monitors.storage.embedded import end_orphan
from monitors.storage.file_lock import FileLock
from sandbox.demo import (
    DEMO_ACCOUNT,
    DemoError,
    Sandbox,
    add_second_workspace,
    connect_app,
    demo_config,
    install_app,
    serve_sandbox,
)
from sandbox.slack import SlackSettings

HOST: Final = "127.0.0.1"
DATA_DIR: Final = Path(".data/demo")
# Stopping what a killed demo left behind takes a second at most.
TURN_SECONDS: Final = 30
# How soon a finding comes whose webhook was lost; the page says so too.
RECONCILE_SECONDS: Final = 5


class DemoSettings(Settings):
    """Ignores the environment: the demo must not use a real REDIS_URL or DATABASE_URL."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def page_settings(settings: Settings, sandbox: Sandbox) -> Settings:
    """For the page: the second workspace has to connect an account of its own."""
    own = {"operator_account_for": sandbox.workspace.team_id}
    return settings.model_copy(update={**own, "reconcile_seconds": RECONCILE_SECONDS})


def demo_settings(sandbox: Sandbox, slack: SlackSettings, *, port: int, data_dir: Path) -> Settings:
    """What an operator would set, with the sandbox in place of Slack and Parallel."""
    return DemoSettings(
        host=HOST,
        port=port,
        public_url=f"http://{HOST}:{port}",
        data_dir=data_dir,
        slack_signing_secret=SecretStr(slack.signing_secret),
        slack_client_id=slack.client_id,
        slack_client_secret=SecretStr(slack.client_secret),
        slack_api_url=sandbox.slack_api_url,
        slack_authorize_url=sandbox.slack_authorize_url,
        parallel_api_key=SecretStr(DEMO_ACCOUNT.api_key),
        parallel_webhook_secret=SecretStr(DEMO_ACCOUNT.webhook_secret),
        operator_account_for="any",
        parallel_base_url=sandbox.parallel_url,
        parallel_platform_url=sandbox.parallel_url,
    )


async def run_demo(*, port: int, speed: float, say: Callable[[str], None]) -> None:
    """Until SIGINT or SIGTERM. Raises DemoError."""
    stopping = stop_signal()
    config = demo_config(speed=speed)
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(serve_sandbox(config, host=HOST, port=port))
        except OSError as error:
            raise DemoError(
                f"Port {port} can't be used ({error.strerror}). If the demo is already running, "
                f"open http://{HOST}:{port}/; otherwise choose another port with --port."
            ) from error
        data_dir = stack.enter_context(fresh_data_dir(DATA_DIR))
        await _run_beside(sandbox, config.slack, data_dir, stopping=stopping, say=say)


async def _run_beside(
    sandbox: Sandbox,
    slack: SlackSettings,
    data_dir: Path,
    *,
    stopping: asyncio.Event,
    say: Callable[[str], None],
) -> None:
    listener = listen(HOST, 0)
    port = listener.getsockname()[1]
    settings = demo_settings(sandbox, slack, port=port, data_dir=data_dir)
    settings = page_settings(settings, sandbox)
    async with (
        open_wiring(settings) as wiring,
        running(wiring, listener=listener, worker=True) as readiness,
    ):
        manifest = manifest_for(settings.public_url, prefix=settings.command_prefix)
        await connect_app(sandbox.url, settings.public_url or "", manifest=manifest)
        await install_app(sandbox)
        await add_second_workspace(sandbox)
        say(f"\n  Threadwatch demo: open [bold]{sandbox.url}/[/bold]   (Ctrl-C to stop)\n")
        await readiness.until(stopping)
        say("  Stopping the demo…")


@contextmanager
def fresh_data_dir(parent: Path) -> Generator[Path]:
    """A folder for one demo, deleted when it stops, as the sandbox keeps nothing either.

    First deletes what killed demos left in `parent`, and stops a server still running there.
    Several demos can run at once. Raises SetupError, DemoError.
    """
    private_directory(parent)
    with FileLock(parent / "turn.lock") as turn:
        if not turn.take(within_seconds=TURN_SECONDS):
            raise DemoError(f"Another demo has been starting in {parent} for too long.")
        for left in [path for path in parent.iterdir() if path.is_dir()]:
            _remove_unused(left)
        path = private_directory(parent / secrets.token_hex(4))
        in_use = FileLock(path / "demo.lock")
        in_use.take()
    try:
        yield path
    finally:
        shutil.rmtree(path)
        in_use.close()


def _remove_unused(left: Path) -> None:
    with FileLock(left / "demo.lock") as in_use:
        if in_use.take() and end_orphan(left):
            shutil.rmtree(left)
