"""What arrives at Parallel's door and is not from Parallel: 4xx, and no trace in Slack."""

import base64
import json
from dataclasses import dataclass
from typing import Final, cast

import httpx
import pytest

from monitors.settings import Settings
from sandbox.plain_http import NO_TLS
from tests.flows.signed import ParallelSender
from tests.flows.world import Json, Thread, World

SIGNED_BUT_SENSELESS: Final = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe",
    "broken": b'{"type": "monitor.event.detected"',
    "a list": b"[]",
    "null": b"null",
    "no type": b'{"data": {}}',
    "no data": b'{"type": "monitor.event.detected"}',
    "nested deep": b'{"type": "monitor.event.detected", "data": ' + b"[" * 50_000,
    "an odd id": b'{"type": "monitor.execution.failed", "data": {"monitor_id": "../../x"}}',
    "an id of another kind": b'{"type": "monitor.execution.failed", "data": {"monitor_id": 1}}',
    "no group": b'{"type": "monitor.event.detected", "data": {"monitor_id": "monitor_1"}}',
}


@dataclass(frozen=True, slots=True)
class Watched:
    """A monitor in a thread of its own."""

    world: World
    thread: Thread
    monitor_id: str

    def detected(self, group_id: str) -> bytes:
        event = {"event_group_id": group_id}
        data: Json = {"monitor_id": self.monitor_id, "event": event, "metadata": None}
        return json.dumps({"type": "monitor.event.detected", "data": data}).encode()


@pytest.fixture(scope="module")
def watched(acme: World) -> Watched:
    world = acme.room()
    return Watched(world, *world.watch("new papers on fusion"))


@pytest.fixture(scope="module")
def sender(watched: Watched, settings: Settings) -> ParallelSender:
    (monitor,) = watched.world.monitors()
    assert settings.parallel_webhook_secret is not None
    return ParallelSender(
        str(cast("Json", monitor["webhook"])["url"]),
        settings.parallel_webhook_secret.get_secret_value(),
    )


def test_what_is_not_signed_or_signed_wrongly_is_refused(
    sender: ParallelSender, watched: Watched
) -> None:
    group = str(watched.world.run(watched.monitor_id, webhook="lost")["event_group_id"])
    body = watched.detected(group)
    genuine, jobs = sender.signature(body), watched.world.jobs("deliver")
    for headers in (
        {},
        {**genuine, "webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()},
        {**genuine, "webhook-signature": "v2," + genuine["webhook-signature"][3:]},
        {**genuine, "webhook-signature": "nonsense"},
        {**genuine, "webhook-id": "msg_2"},
        {**genuine, "webhook-timestamp": "soon"},
        sender.signature(body, seconds_off=-330),
        sender.signature(body, seconds_off=330),
        sender.signature(b"another body"),
    ):
        assert sender.send(body, headers).status_code == 401, headers
    assert watched.world.jobs("deliver") == jobs
    assert watched.world.replies(watched.thread) == []


@pytest.mark.parametrize("name", SIGNED_BUT_SENSELESS)
def test_a_signed_body_that_makes_no_sense_is_refused(sender: ParallelSender, name: str) -> None:
    assert sender.send(SIGNED_BUT_SENSELESS[name]).status_code == 400


def test_a_body_over_a_mebibyte_is_too_large(sender: ParallelSender) -> None:
    assert sender.send(b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_door_takes_post_alone(sender: ParallelSender, method: str) -> None:
    assert httpx.request(method, sender.url, trust_env=False, verify=NO_TLS).status_code == 405


@pytest.mark.parametrize("endpoint", ["unknown", "..%2F..%2Fx", "%00", "x" * 5000, "%FF"])
def test_an_address_that_is_nobodys_is_unknown(
    sender: ParallelSender, watched: Watched, endpoint: str
) -> None:
    elsewhere = ParallelSender(
        f"{watched.world.app_url}/webhooks/parallel/{endpoint}", sender.secret
    )
    assert elsewhere.send(watched.detected("mevtgrp_1")).status_code == 404


@pytest.mark.parametrize("group_id", ["mevtgrp_made_up", "test_made_up"])
def test_a_signed_webhook_about_a_group_that_parallel_does_not_know_says_nothing(
    sender: ParallelSender, watched: Watched, group_id: str
) -> None:
    assert sender.send(watched.detected(group_id)).status_code == 202


def test_a_signed_webhook_about_a_monitor_that_parallel_does_not_know_says_nothing(
    sender: ParallelSender, watched: Watched
) -> None:
    unknown = Watched(watched.world, watched.thread, "monitor_made_up")
    world = watched.world
    body = unknown.detected("mevtgrp_1")
    world.until_done("deliver", lambda: sender.send(body), about=unknown.monitor_id)


def test_a_kind_of_webhook_that_this_version_does_not_know_is_taken(sender: ParallelSender) -> None:
    body = b'{"type": "monitor.budget.exceeded", "data": {"monitor_id": "monitor_1"}}'
    assert sender.send(body).status_code == 202


def found_by(world: World, monitor_id: str) -> int:
    return next(
        int(str(monitor["events"]))
        for monitor in world.monitors()
        if monitor["monitor_id"] == monitor_id
    )


def test_none_of_all_this_left_a_trace_in_slack(sender: ParallelSender, watched: Watched) -> None:
    """Runs last. One genuine webhook, after all of the above, is the first that says anything."""
    world = watched.world
    group = str(world.run(watched.monitor_id, webhook="lost")["event_group_id"])
    assert sender.send(watched.detected(group)).status_code == 202
    world.until(lambda: world.replies(watched.thread))
    # The card, and what Parallel truly found, each once: the catch-up brings that with it.
    world.until(lambda: len(world.messages()) == 1 + found_by(world, watched.monitor_id))
