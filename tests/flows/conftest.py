"""The whole of it for the flows: sandbox, app, and the stores that the environment names.

A file of tests shares one sandbox and one app; each test has a channel of its own in it. A file
that needs other settings overrides `settings`. By default the stores are the embedded ones;
`TEST_REDIS_URL` and `TEST_DATABASE_URL` put Debian's Redis and PostgreSQL in their place
(`.ci/run` runs the flows both ways).
"""

import asyncio
import os
from collections.abc import Generator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.cli.demo import demo_settings
from monitors.delivery.ledger import Ledger, Taken
from monitors.model.ledger import Post
from monitors.model.message import Message
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from monitors.storage.database import open_database
from monitors.storage.engine import parse_url
from monitors.storage.statements import utc_now
from monitors.watching.first_contact import CONTACT, FIRST_MONITOR
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig, running_sandbox
from sandbox.slack import SlackSettings
from tests.flows.app import RunningApp
from tests.flows.promises import broken_promises
from tests.flows.world import World
from tests.migrated import begin_with, migrate
from tests.servers import empty_redis, free_port, fresh_database


@pytest.fixture(scope="module")
def sandbox() -> Generator[Sandbox]:
    # A busy machine is no app that keeps Slack waiting: tests/security/load.py measures that.
    unhurried = replace(SlackSettings(), ack_seconds=60.0, trigger_seconds=60.0)
    with running_sandbox(SandboxConfig(slack=unhurried)) as running:
        yield running


@pytest.fixture(scope="module")
def settings(
    sandbox: Sandbox, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Settings]:
    """What an operator would set, the sandbox in the place of Slack and Parallel."""
    data_dir = tmp_path_factory.mktemp("app") / "data"
    made = demo_settings(sandbox, SandboxConfig().slack, port=free_port(), data_dir=data_dir)
    server = os.environ.get("TEST_REDIS_URL")
    if server:
        # A database for each process of pytest-xdist, so that none empties another's.
        redis_url = f"{server}?db={os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"
        asyncio.run(empty_redis(redis_url))
        made = made.model_copy(update={"redis_url": redis_url})
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        begin_with(migrated, data_dir)
        yield made
        return
    with fresh_database(parse_url(server)) as database_url:
        asyncio.run(migrate(database_url, data_dir))
        key = SecretStr(Fernet.generate_key().decode())
        yield made.model_copy(update={"database_url": database_url, "encryption_keys": key})


@pytest.fixture(scope="module")
def app(settings: Settings, sandbox: Sandbox) -> Generator[RunningApp]:
    """Running, and known to the sandbox's Slack; not installed anywhere yet."""
    with RunningApp(settings) as running:
        asyncio.run(connect_app(sandbox.url, running.url))
        yield running


@pytest.fixture(scope="module")
def outside(app: RunningApp, sandbox: Sandbox) -> Generator[World]:
    """A workspace that has not installed the app.

    At the end of the file everything that the app sent, to Slack and to Parallel, is held against
    what every flow promises.
    """
    with httpx.Client(base_url=sandbox.url, timeout=120, trust_env=False, verify=NO_TLS) as client:
        world = World(client=client, app_url=app.url)
        yield world
        assert broken_promises(world) == []


@pytest.fixture(scope="module")
def acme(outside: World, app: RunningApp) -> World:
    """The workspace with the app installed by OAuth; its first monitor has explained itself."""
    assert outside.install()["status"] == httpx.codes.OK
    asyncio.run(_explained(app.settings, Workspace(outside.team_id)))
    return outside


async def _explained(settings: Settings, workspace: Workspace) -> None:
    post = Post.notice(CONTACT, FIRST_MONITOR, Message(""))
    told = Taken(workspace, CONTACT, post.message_key, utc_now())
    async with aclosing(open_database(settings.database_url, settings.data_dir)) as database:
        ledger = Ledger(database)
        assert await ledger.take(told, post, channel="", at=utc_now())
        await ledger.posted(told, ts="")


@pytest.fixture
def world(acme: World) -> Generator[World]:
    """The workspace, seen from a new public channel; faults that a test ordered end with it."""
    yield acme.room()
    acme.calm()
