"""A real process lives through a day of its life, and nothing that it wrote gives a secret away."""

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.demo import demo_settings
from monitors.domain.workspace import Workspace
from monitors.store.sealing import KEY_FILE, Sealer
from monitors.store.sql.accounts import SqlAccounts
from monitors.store.sql.engine import open_engine
from monitors.store.sql.schema import upgrade
from sandbox.demo import DEMO_ACCOUNT, connect_app
from sandbox.parallel import AccountSeed, ParallelSettings
from sandbox.server import RunningSandbox, SandboxConfig
from tests.flows.conftest import free_port
from tests.flows.signed import SlackSender
from tests.flows.world import Thread, World
from tests.security.leaks import files_below, leaks_in, secrets_of
from tests.security.serving_process import ServingProcess, run

LINKED: Final = AccountSeed(
    name="globex",
    api_key="key-of-globex-3f9a1c77",
    webhook_secret="whsec_" + b64encode(b"the webhook secret of globex").decode(),
)
CONFIG: Final = SandboxConfig(parallel=ParallelSettings(accounts=(DEMO_ACCOUNT, LINKED)))


@dataclass(frozen=True, slots=True)
class Day:
    """What was left behind, by where; and the settings it ran with."""

    written: dict[str, bytes]
    data_dir: Path
    variables: dict[str, str]


def secrets_in_use(day: Day) -> dict[str, str]:
    return {
        **secrets_of(day.variables),
        "linked key": LINKED.api_key,
        "linked webhook secret": LINKED.webhook_secret,
        "encryption key": (day.data_dir / KEY_FILE).read_text().strip(),
    }


def as_variables(sandbox: RunningSandbox, data_dir: Path) -> dict[str, str]:
    made = demo_settings(sandbox.sandbox, CONFIG.slack, port=free_port(), data_dir=data_dir)
    told = {name.upper(): value for name, value in made.model_dump(mode="json").items() if value}
    hidden = ("slack_signing_secret", "slack_client_secret", "parallel_api_key")
    for name in (*hidden, "parallel_webhook_secret"):
        told[name.upper()] = getattr(made, name).get_secret_value()
    return {name: str(value) for name, value in told.items()} | {"LOG_LEVEL": "debug"}


async def link(data_dir: Path, team_id: str) -> None:
    engine = open_engine(None, data_dir)
    try:
        await upgrade(engine)
        accounts = SqlAccounts(engine, Sealer.from_data_dir(data_dir))
        await accounts.link(Workspace(team_id), LINKED.api_key, [LINKED.webhook_secret])
    finally:
        await engine.dispose()


def live(world: World) -> list[str]:
    """Install, watch, find, ask and cancel, then fail in each way; the page that a browser saw."""
    page = str(world.install()["body"])
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))
    world.command("/help")
    world.say("status", thread=thread)
    world.until(lambda: len(world.replies(thread)) > 1)
    world.fault("parallel", "drop_after", match="POST /v1/monitors", times=1)
    world.watch("while answers are lost")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: "cancelled" in world.card_text(thread).lower())
    world.fault("parallel", "status:401", match="POST /v1/monitors", times=1)
    world.command("/monitor", "while the key is refused")
    world.until(lambda: not ordered(world, "parallel"))
    world.until(lambda: any("Not made" in str(card["text"]) for card in world.cards()))
    return [page]


def lose(world: World) -> None:
    """Slack takes the token no more: the installation's end."""
    (card,) = [each for each in world.cards() if "Watching" in str(each["text"])]
    world.fault("slack", "error:token_revoked", match="chat.*", times=1)
    world.say("status", thread=Thread(world.channel, str(card["ts"])))
    world.until(lambda: not ordered(world, "slack"))


def ordered(world: World, side: str) -> list[object]:
    """The faults still to come."""
    return cast("list[object]", world.get(f"/control/{side}/faults")["faults"])


def knock(world: World) -> list[str]:
    """What outsiders are told."""
    sender = SlackSender.of(world)
    with httpx.Client(base_url=world.app_url, trust_env=False, timeout=20) as client:
        answers = [
            client.get("/"),
            client.get("/metrics"),
            client.get("/readyz"),
            client.get("/slack/oauth_redirect?code=x&state=y"),
            client.get("/slack/oauth_redirect?error=<script>"),
            client.post("/slack/events", content=b"x"),
            client.post("/webhooks/parallel/x", content=b"{}"),
            sender.send(b"\xff"),
            sender.send(json.dumps({"type": "event_callback"}).encode()),
        ]
    return [f"{answer.headers}\n{answer.text}" for answer in answers]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    folder = tmp_path_factory.mktemp("secrets")
    data_dir = folder / "data"
    with (
        RunningSandbox(CONFIG) as sandbox,
        httpx.Client(base_url=sandbox.url, timeout=30, trust_env=False) as client,
    ):
        variables = as_variables(sandbox, data_dir)
        acme = World(client=client, app_url=variables["PUBLIC_URL"])
        globex = acme.workspace("Globex")
        asyncio.run(link(data_dir, globex.team_id))
        with ServingProcess(folder, variables) as process:
            asyncio.run(connect_app(sandbox.url, process.url))
            pages = [*live(acme), *live(globex), *knock(acme)]
            lose(acme)
            command_lines = process.command_lines()
            kept = files_below(data_dir, but=[KEY_FILE])
        slack = [acme.get(f"/control/slack/state?team={w.team_id}") for w in (acme, globex)]
        # Messages alone: the app's own credentials stand beside them in the stand-in's state.
        said = [{k: state[k] for k in ("messages", "ephemerals")} for state in slack]
        written = {
            "log": process.written.encode(),
            "pages": "\n".join(pages).encode(),
            "command lines": command_lines,
            "Slack": json.dumps(said).encode(),
            **kept,
            **files_below(data_dir, but=[KEY_FILE]),
        }
        yield Day(written, data_dir, variables)


def test_no_secret_is_in_anything_that_was_written(day: Day) -> None:
    assert leaks_in(secrets_in_use(day), day.written) == []


def test_all_of_it_was_looked_at(day: Day) -> None:
    log = day.written["log"].decode()
    assert "Threadwatch answers on" in log
    assert '"level": "debug"' in log or "debug" in log
    assert b"bot\0serve" in day.written["command lines"]
    assert b"valkey" in day.written["command lines"]
    assert b"Watching" in day.written["Slack"]
    assert any(name.endswith("threadwatch.db") for name in day.written)
    assert any("aof" in name.lower() for name in day.written)


def test_a_query_is_in_no_log_line(day: Day) -> None:
    assert b"papers on fusion" not in day.written["log"]
    assert b"answers are lost" not in day.written["log"]


def test_data_dir_and_everything_in_it_is_closed_to_others(day: Day) -> None:
    day.data_dir.chmod(0o755)
    (day.data_dir / "threadwatch.db").chmod(0o644)
    code, _ = run("rekey", day.data_dir.parent, day.variables)
    assert code == 0
    assert day.data_dir.stat().st_mode & 0o777 == 0o700
    open_files = [
        path
        for path in day.data_dir.iterdir()
        if path.is_file() and path.stat().st_mode & 0o077 and not path.is_symlink()
    ]
    assert open_files == []


def test_a_wrong_key_at_start_is_one_clear_error(day: Day) -> None:
    wrong = Fernet.generate_key().decode()
    code, said = run("serve", day.data_dir.parent, {**day.variables, "ENCRYPTION_KEYS": wrong})
    assert code == 2
    assert said.startswith("Threadwatch cannot start:")
    assert "ENCRYPTION_KEYS opens none of the" in " ".join(said.split())
    assert "Traceback" not in said
    assert wrong not in said


def test_keys_are_rotated_by_one_command(day: Day) -> None:
    old = (day.data_dir / KEY_FILE).read_text().strip()
    new = Fernet.generate_key().decode()
    folder = day.data_dir.parent
    code, said = run("rekey", folder, {**day.variables, "ENCRYPTION_KEYS": f"{new},{old}"})
    assert code == 0, said
    assert "sealed with the first" in " ".join(said.split())
    with ServingProcess(folder, {**day.variables, "ENCRYPTION_KEYS": new}) as process:
        assert httpx.get(f"{process.url}/readyz", trust_env=False).is_success
    code, _ = run("serve", folder, {**day.variables, "ENCRYPTION_KEYS": old})
    assert code == 2


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_data_dir_that_others_share_is_refused(day: Day, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    code, said = run("serve", tmp_path, {**day.variables, "DATA_DIR": str(shared)})
    assert code == 2
    assert "shared between users" in " ".join(said.split())
