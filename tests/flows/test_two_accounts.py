"""Two workspaces with an account each: no webhook of one has an effect in the other."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

import httpx
import pytest

from monitors.settings import Settings
from sandbox.plain_http import NO_TLS
from tests.flows.connecting import Account, browser, open_account, words_of
from tests.flows.signed import ParallelSender
from tests.flows.world import Json, Thread, World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


@dataclass(frozen=True, slots=True)
class Side:
    """A workspace with its own account, and one monitor that it watches."""

    world: World
    account: Account
    thread: Thread
    monitor_id: str

    @property
    def sender(self) -> ParallelSender:
        """Who knows this account's secret, and the address of its webhooks."""
        monitor = next(m for m in self.world.monitors() if m["monitor_id"] == self.monitor_id)
        return ParallelSender(str(cast("Json", monitor["webhook"])["url"]), self.account.secret)


def side(outside: World, *, with_secret: bool) -> Side:
    world, account = outside.workspace(f"w{uuid4().hex[:8]}"), open_account(outside)
    with browser(world) as admin:
        admin.install_and_start()
        admin.link(account)
        if with_secret:
            admin.post("/parallel/webhook", {"secret": account.secret})
    return Side(world, account, *world.watch("new papers on fusion"))


@pytest.fixture(scope="module")
def signed(outside: World) -> Side:
    return side(outside, with_secret=True)


@pytest.fixture
def hinted(outside: World) -> Generator[Side]:
    """One whose account has no webhook secret."""
    yield side(outside, with_secret=False)
    outside.calm()


def detected(monitor_id: str, group_id: str, team_id: str) -> bytes:
    metadata = {"slack_team_id": team_id}
    event = {"event_group_id": group_id}
    data: Json = {"monitor_id": monitor_id, "event": event, "metadata": metadata}
    return json.dumps({"type": "monitor.event.detected", "data": data}).encode()


def counted(world: World, metric: str) -> int:
    text = world.client.get(f"{world.app_url}/metrics").text
    lines = [line for line in text.splitlines() if line.startswith(f"{metric} ")]
    return int(float(lines[0].rpartition(" ")[2])) if lines else 0


FOREIGN = 'threadwatch_hints_dropped_total{reason="unknown_monitor"}'
HINTS = 'threadwatch_webhooks_total{verdict="hint"}'


def test_a_webhook_that_claims_another_accounts_monitor_has_no_effect_and_is_counted(
    signed: Side, hinted: Side
) -> None:
    """Truly signed with one's own secret, or unsigned where there is none."""
    found = str(signed.world.run(signed.monitor_id, webhook="lost")["event_group_id"])
    theirs = str(hinted.world.run(hinted.monitor_id, webhook="lost")["event_group_id"])
    mark, dropped = signed.world.mark("parallel"), counted(signed.world, FOREIGN)

    claim = detected(signed.monitor_id, found, signed.world.team_id)
    assert (
        httpx.post(hinted.sender.url, content=claim, trust_env=False, verify=NO_TLS).status_code
        == 202
    )
    claim = detected(hinted.monitor_id, theirs, hinted.world.team_id)
    assert signed.sender.send(claim).status_code == 202

    signed.world.until(lambda: counted(signed.world, FOREIGN) == dropped + 2)
    assert signed.world.replies(signed.thread) == []
    assert hinted.world.replies(hinted.thread) == []
    keys_by_monitor = {
        (str(each["path"]).split("/")[3], str(each["token_or_key"]))
        for each in signed.world.requests("parallel", since=mark)
        if str(each["path"]).startswith("/v1/monitors/")
    }
    # Beside its own account's, each was looked for with the key of the account that it came for.
    own = {(side.monitor_id, side.account.api_key[-4:]) for side in (signed, hinted)}
    assert keys_by_monitor - own == {
        (signed.monitor_id, hinted.account.api_key[-4:]),
        (hinted.monitor_id, signed.account.api_key[-4:]),
    }


def test_a_webhook_signed_with_another_accounts_secret_is_refused(
    signed: Side, hinted: Side
) -> None:
    group = str(signed.world.run(signed.monitor_id, webhook="lost")["event_group_id"])
    forger = ParallelSender(signed.sender.url, hinted.account.secret)
    claim = detected(signed.monitor_id, group, signed.world.team_id)
    assert forger.send(claim).status_code == 401
    with httpx.Client(trust_env=False, verify=NO_TLS) as client:
        assert client.post(signed.sender.url, content=claim).status_code == 401


def test_without_a_secret_a_webhook_is_a_hint_and_what_it_says_is_not_believed(
    hinted: Side,
) -> None:
    """It makes the app look: what Parallel has is posted, what was claimed is not."""
    before = counted(hinted.world, HINTS)
    true = str(hinted.world.run(hinted.monitor_id, webhook="lost")["event_group_id"])
    for claimed in ("mevtgrp_made_up", true):
        body = detected(hinted.monitor_id, claimed, hinted.world.team_id)
        answer = httpx.post(hinted.sender.url, content=body, trust_env=False, verify=NO_TLS)
        assert answer.status_code == 202
    hinted.world.until(lambda: hinted.world.replies(hinted.thread))
    assert counted(hinted.world, HINTS) >= before + 2
    assert len(hinted.world.replies(hinted.thread)) == 1


def test_an_account_without_a_secret_says_so(hinted: Side) -> None:
    with browser(hinted.world) as admin:
        admin.install_and_start()
        assert "double-checks each message" in words_of(admin.get("/parallel/done"))
        assert "double-checks each message" in words_of(admin.get("/parallel/webhook"))
    assert "can't be verified" in str(hinted.world.command("/help")["answer"])
