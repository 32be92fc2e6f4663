"""One workspace by SLACK_BOT_TOKEN, without OAuth."""

from typing import cast

import httpx
import pytest
from pydantic import SecretStr

from monitors.settings import Settings
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox
from tests.flows.world import Json, World


@pytest.fixture(scope="module")
def settings(settings: Settings, sandbox: Sandbox) -> Settings:
    order = {"team_id": "T0ACME0001"}
    made = httpx.post(
        f"{sandbox.url}/control/slack/tokens", json=order, trust_env=False, verify=NO_TLS
    )
    token = SecretStr(str(made.json()["access_token"]))
    without_oauth = {"slack_client_id": None, "slack_client_secret": None}
    return settings.model_copy(update={"slack_bot_token": token, **without_oauth})


@pytest.fixture(scope="module")
def acme(outside: World) -> World:
    """Installed by its token alone."""
    return outside


def test_the_whole_job_works_by_one_token(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: len(world.replies(thread)) == 2)
    (monitor,) = world.monitors()
    assert monitor["status"] == "cancelled"
    assert cast("Json", monitor["metadata"])["slack_app_id"] == "A0SANDBOX01"


def test_slack_is_asked_once_whose_token_it_is(world: World) -> None:
    for query in ("new papers on fusion", "new papers on fission"):
        world.watch(query)
    assert len(world.slack_calls("auth.test")) == 1
    assert len(world.slack_calls("bots.info")) == 1


def test_there_is_nothing_to_install_and_the_page_says_so(world: World) -> None:
    for path in ("/slack/install", "/slack/oauth_redirect"):
        assert httpx.get(world.app_url + path, trust_env=False, verify=NO_TLS).status_code == 404
    page = httpx.get(world.app_url, trust_env=False, verify=NO_TLS)
    assert page.status_code == 200
    assert "Add to Slack" not in page.text
