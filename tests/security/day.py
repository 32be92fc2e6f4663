"""One day in the life of a real process, and all that it left behind, to be searched."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import httpx

from bot.cli.demo import demo_settings
from monitors.accounts.store import SqlAccounts
from monitors.model.workspace import Workspace
from monitors.storage.database import open_database
from monitors.storage.schema import upgrade
from monitors.storage.sealing import KEY_FILE, Sealer
from sandbox.demo import DEMO_ACCOUNT, connect_app
from sandbox.parallel import AccountSeed, ParallelSettings
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig, running_sandbox
from tests.flows.signed import SlackSender
from tests.flows.world import Thread, World
from tests.security.leaks import files_below, leaks_in, secrets_of
from tests.security.serving_process import ServingProcess
from tests.servers import free_port

LINKED: Final = AccountSeed(
    name="globex",
    api_key="key-of-globex-3f9a1c77",
    webhook_secret="whsec_" + b64encode(b"the webhook secret of globex").decode(),
)
CONFIG: Final = SandboxConfig(parallel=ParallelSettings(accounts=(DEMO_ACCOUNT, LINKED)))


QUERIES: Final = ("papers on fusion", "answers are lost", "the key is refused")
_SEEN: Final = ("messages", "ephemerals", "homes", "modals")


@dataclass(frozen=True, slots=True)
class Day:
    """What was left behind, by where; and the settings it ran with."""

    written: dict[str, bytes]
    data_dir: Path
    variables: dict[str, str]

    @property
    def secrets(self) -> dict[str, str]:
        return {
            **secrets_of(self.variables),
            "linked key": LINKED.api_key,
            "linked webhook secret": LINKED.webhook_secret,
            "encryption key": (self.data_dir / KEY_FILE).read_text().strip(),
        }

    @property
    def leaks(self) -> list[str]:
        """Secrets in anything, queries in the log."""
        texts = {f"query {text!r}": text for text in QUERIES}
        return leaks_in(self.secrets, self.written) + leaks_in(texts, {"log": self.written["log"]})


def as_variables(sandbox: Sandbox, data_dir: Path) -> dict[str, str]:
    made = demo_settings(sandbox, CONFIG.slack, port=free_port(), data_dir=data_dir)
    told = {name.upper(): value for name, value in made.model_dump(mode="json").items() if value}
    hidden = ("slack_signing_secret", "slack_client_secret", "parallel_api_key")
    for name in (*hidden, "parallel_webhook_secret"):
        told[name.upper()] = getattr(made, name).get_secret_value()
    return {name: str(value) for name, value in told.items()} | {"LOG_LEVEL": "debug"}


async def link(data_dir: Path, team_id: str) -> None:
    async with aclosing(open_database(None, data_dir)) as database:
        await upgrade(database)
        accounts = SqlAccounts(database, Sealer.from_data_dir(data_dir))
        await accounts.connect(Workspace(team_id), LINKED.api_key, [LINKED.webhook_secret])


def live(world: World) -> list[str]:
    """Install, watch, find, ask and cancel, then fail in each way; the pages that a browser saw."""
    world.fault("slack", "drop_after", match="oauth.v2.access", times=1)
    pages = [str(world.install()["body"]), str(world.install()["body"])]
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
    world.until(lambda: any("Couldn't start" in str(card["text"]) for card in world.cards()))
    return pages


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
    with httpx.Client(base_url=world.app_url, trust_env=False, verify=NO_TLS, timeout=60) as client:
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


@contextmanager
def a_day(folder: Path) -> Generator[Day]:
    """What was left behind; the stand-ins go on until the end of the block."""
    data_dir = folder / "data"
    with (
        running_sandbox(CONFIG) as sandbox,
        httpx.Client(base_url=sandbox.url, timeout=30, trust_env=False, verify=NO_TLS) as client,
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
        # What people see alone: the app's own credentials stand beside it in the stand-in's state.
        said = [{name: state[name] for name in _SEEN} for state in slack]
        written = {
            "log": process.written.encode(),
            "pages": "\n".join(pages).encode(),
            "command lines": command_lines,
            "Slack": json.dumps(said).encode(),
            **kept,
            **files_below(data_dir, but=[KEY_FILE]),
        }
        yield Day(written, data_dir, variables)
