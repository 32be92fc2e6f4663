"""What a process logs: its own lines, and of its libraries what an operator can use."""

from pathlib import Path
from typing import cast

import httpx
from pydantic import SecretStr

from monitors.model.streaks import TELLING
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox
from tests.flows.app_process import process_settings, running_process
from tests.flows.signed import SlackSender
from tests.flows.world import Json


def test_bolts_hints_to_developers_are_not_logged(sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither about the token in the environment, nor with parts of what no listener takes."""
    settings = process_settings(sandbox, tmp_path / "data")
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=NO_TLS) as control:
        made = control.post("/control/slack/tokens", json={"team_id": "T0ACME0001"}).json()
        about = cast("Json", control.get("/control/slack/state").json()["app"])
    token = SecretStr(str(made["access_token"]))
    without_oauth = {"slack_client_id": None, "slack_client_secret": None}
    settings = settings.model_copy(update={"slack_bot_token": token, **without_oauth})
    with running_process(settings, tmp_path) as app:
        address = f"{app.url}/slack/events"
        pressed = {"action_id": "of_older_days", "block_id": "b", "value": "x"}
        body: Json = {
            "type": "block_actions",
            "team": {"id": "T0ACME0001"},
            "user": {"id": "U0ADA00001"},
            "actions": [pressed],
        }
        sender = SlackSender(address, str(about["signing_secret"]))
        assert sender.interaction(body).status_code == 200
        for _ in range(TELLING):
            assert SlackSender(address, "of another app").interaction(body).status_code == 401
        logged = [each["event"] for each in app.log]
    assert logged == ["slack signatures refused"]
