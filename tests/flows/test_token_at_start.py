"""SLACK_BOT_TOKEN at start: what can never work is refused; what may work later loses nothing."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from bot.cli.demo import demo_settings
from monitors.settings import Settings
from monitors.settings_problems import SetupError
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig
from tests.first import first
from tests.flows.app import RunningApp
from tests.flows.conftest import free_port
from tests.flows.operator import operate
from tests.flows.signed import SlackSender
from tests.flows.world import Json, World

TEAM: Final = "T0ACME0001"
WITHOUT_OAUTH: Final = {"slack_client_id": None, "slack_client_secret": None}


@pytest.fixture
def client(sandbox: Sandbox) -> Generator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=120, trust_env=False, verify=NO_TLS) as client:
        yield client
        assert client.delete("/control/slack/faults").is_success


def settings_with(sandbox: Sandbox, token: str, folder: Path) -> Settings:
    made = demo_settings(sandbox, SandboxConfig().slack, port=free_port(), data_dir=folder / "data")
    return made.model_copy(update={**WITHOUT_OAUTH, "slack_bot_token": SecretStr(token)})


def token_of(client: httpx.Client, team_id: str = TEAM, **more: object) -> str:
    made = client.post("/control/slack/tokens", json={"team_id": team_id, **more})
    return str(made.json()["access_token"])


def of_an_organisation(client: httpx.Client) -> str:
    team: Json = {"name": "Grid", "enterprise_id": f"E{uuid4().hex[:9].upper()}"}
    made = client.post("/control/slack/teams", json=team).json()
    return token_of(client, made["team_id"], enterprise_wide=True)


def without_a_scope(client: httpx.Client) -> str:
    made = client.post("/control/slack/teams", json={"name": "Narrow"}).json()
    return token_of(client, made["team_id"], scopes=["commands", "chat:write"])


def revoked(client: httpx.Client) -> str:
    del client
    return "xoxb-revoked"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (of_an_organisation, "belongs to a whole organisation"),
        (without_a_scope, "lacks the scope users:read"),
        (revoked, "is rejected by Slack (invalid_auth)"),
    ],
)
def test_a_token_that_can_never_work_is_refused_in_one_line(
    sandbox: Sandbox,
    client: httpx.Client,
    tmp_path: Path,
    make: Callable[[httpx.Client], str],
    says: str,
) -> None:
    settings = settings_with(sandbox, make(client), tmp_path)
    with pytest.raises(SetupError) as refused, RunningApp(settings):
        pass
    assert says in str(refused.value)


def test_the_command_ends_with_2_and_says_why(
    sandbox: Sandbox, client: httpx.Client, tmp_path: Path
) -> None:
    settings = settings_with(sandbox, of_an_organisation(client), tmp_path)
    ended = operate(settings, "serve")
    said = " ".join(ended.err.split())
    assert ended.code == 2, said
    assert "Threadwatch can't start: - SLACK_BOT_TOKEN belongs to a whole organisation" in said


@pytest.mark.parametrize("method", ["auth.test", "bots.info"])
@pytest.mark.parametrize("kind", first(1, ["status:503", "429", "error:internal_error"]))
def test_while_slack_cannot_say_whose_token_it_is_nothing_is_acknowledged_and_lost(
    sandbox: Sandbox, client: httpx.Client, tmp_path: Path, method: str, kind: str
) -> None:
    settings = settings_with(sandbox, token_of(client), tmp_path)
    fault: Json = {"match": method, "kind": kind, "seconds": 0.0}
    assert client.post("/control/slack/faults", json=fault).is_success
    with RunningApp(settings) as app:
        world = World(client=client, app_url=app.url).room()
        sender = SlackSender.of(world)
        reply: Json = {
            "type": "message",
            "channel": world.channel,
            "user": world.user,
            "team": TEAM,
            "text": "cancelmonitor",
            "ts": "1700000001.000100",
            "thread_ts": "1700000000.000100",
        }
        for answer in (
            sender.command(world, "/monitor", "new papers on fusion"),
            sender.command(world, "/help"),
            sender.event(world, reply),
        ):
            assert answer.status_code >= 500, answer.text
        world.calm()
        trigger = {"trigger_id": f"1.2.{uuid4().hex}"}
        answer = sender.command(world, "/monitor", "new papers on fusion", **trigger)
        assert answer.status_code == 200
        thread, _ = world.until_watching()
        assert sender.event(world, reply | {"thread_ts": thread.ts}).status_code == 200
        world.until(lambda: "Cancelled" in "".join(world.replies(thread)))
    (monitor,) = world.monitors()
    assert cast("Json", monitor["metadata"])["slack_app_id"] == "A0SANDBOX01"
