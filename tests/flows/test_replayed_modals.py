"""A modal that is submitted again, once its effect was undone, changes nothing and says so."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

import httpx
import pytest

from tests.flows.connecting import Account, browser, open_account, words_of
from tests.flows.home import Home
from tests.flows.signed import SlackSender
from tests.flows.world import Json, World


@dataclass(frozen=True, slots=True)
class Submitted:
    """What Slack sent the app for a modal, to be sent again."""

    world: World
    view: Json

    def again(self) -> Json:
        payload: Json = {
            "type": "view_submission",
            "team": {"id": self.world.team_id},
            "user": {"id": self.world.user, "team_id": self.world.team_id},
            "api_app_id": "A0SANDBOX01",
            "view": self.view,
        }
        answer = SlackSender.of(self.world).interaction(payload)
        assert answer.status_code == httpx.codes.OK
        return cast("Json", answer.json())


@pytest.fixture
def world(outside: World) -> Generator[World]:
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    assert world.install()["status"] == 200
    yield world
    world.calm()


@pytest.fixture
def home(world: World) -> Home:
    home = Home(world, world.user)
    home.open()
    return home


def submit(home: Home, values: Mapping[str, str]) -> Submitted:
    view = home.modal()
    assert view is not None
    assert home.submit(values)["response_action"] == "update"
    state = {name: {name: {"type": "plain_text_input", "value": v}} for name, v in values.items()}
    return Submitted(home.world, {**view, "type": "modal", "state": {"values": state}})


def paste(home: Home, account: Account) -> Submitted:
    home.press("Connect your own account")
    home.until_modal("Paste an API key")
    home.press("Paste an API key")
    home.until_modal("I test it with Parallel")
    assert home.submit({"api_key": "wrong"})["response_action"] == "errors"
    submitted = submit(home, {"api_key": account.api_key})
    home.until_modal("Parallel is connected")
    home.close()
    return submitted


def disconnect(home: Home) -> Submitted:
    home.until("Disconnect")
    home.press("Disconnect")
    home.until_modal("Disconnect the account?")
    submitted = submit(home, {})
    home.close()
    return submitted


def connected(world: World) -> str:
    with browser(world) as admin:
        admin.install_and_start()
        return words_of(admin.get("/parallel/done"))


def test_a_pasted_key_does_not_come_back(world: World, home: Home) -> None:
    """A wrong key before it does not count: the form can be corrected."""
    pasted = paste(home, open_account(world))
    disconnect(home)
    home.until("Connect your own account")
    answer = pasted.again()
    assert answer["response_action"] == "errors"
    assert "already submitted" in str(answer["errors"])
    assert "shared Parallel account" in connected(world)


def test_a_disconnect_does_not_end_the_next_account(world: World, home: Home) -> None:
    account = open_account(world)
    paste(home, account)
    disconnected = disconnect(home)
    home.until("Connect your own account")
    paste(home, account)
    answer = disconnected.again()
    assert "already submitted" in str(answer["view"])
    assert f"key …{account.api_key[-4:]}" in connected(world)


def test_an_old_webhook_secret_does_not_become_the_newest(world: World, home: Home) -> None:
    paste(home, open_account(world))
    home.until("Add webhook secret")
    home.press("Add webhook secret")
    home.until_modal("Webhook secret")
    first = submit(home, {"secret": "whsec_first"})
    home.close()
    home.until("Rotate webhook secret")
    home.press("Rotate webhook secret")
    home.until_modal("Webhook secret")
    submit(home, {"secret": "whsec_second"})
    home.close()
    answer = first.again()
    assert "already submitted" in str(answer["errors"])


def test_a_confirmation_does_not_bring_its_key_back(world: World, home: Home) -> None:
    world.watch("new papers on fusion")
    home.press("Connect your own account")
    home.until_modal("Paste an API key")
    home.press("Paste an API key")
    home.until_modal("I test it with Parallel")
    pasted = submit(home, {"api_key": open_account(world).api_key})
    home.until_modal("cancels it for good")
    confirmed = submit(home, {})
    home.until_modal("Parallel is connected")
    home.close()
    disconnect(home)
    home.until("Connect your own account")
    assert "already used" in str(confirmed.again()["view"])
    assert "already submitted" in str(pasted.again()["errors"])
    assert "shared Parallel account" in connected(world)
