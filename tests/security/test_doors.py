"""What each door promises to a sender it does not know, and to one who repeats a request."""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, cast
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from bot.web.guard import BURST, answer_headers, behind_proxies, source_of
from monitors.model.pacing import Pacing
from sandbox.plain_http import NO_TLS
from tests.flows.signed import FORM, SlackSender
from tests.flows.world import Json, World

EVIL: Final = {"host": "evil.example", "x-forwarded-host": "evil.example"}
PATHS: Final = [
    "/",
    "/pages.css",
    "/healthz",
    "/readyz",
    "/metrics",
    "/slack/install",
    "/parallel/connect",
    "/parallel/callback",
    "/none",
]


def get(world: World, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.get(world.app_url + path, headers=headers, trust_env=False, verify=NO_TLS)


@pytest.fixture(scope="module")
def sender(acme: World) -> SlackSender:
    return SlackSender.of(acme)


@pytest.mark.parametrize("path", [*PATHS, "/slack/events", "/webhooks/parallel/x"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_every_answer_forbids_guessing_framing_and_reading_from_elsewhere(
    outside: World, path: str, method: str
) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = httpx.request(
        method, outside.app_url + path, headers=asked, trust_env=False, verify=NO_TLS
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert "server" not in answer.headers


def test_browsers_are_told_to_stay_with_https_where_the_app_is_reached_so() -> None:
    assert "strict-transport-security" in dict(answer_headers("https://threadwatch.example"))
    for plain in ("http://127.0.0.1:3000", None):
        assert "strict-transport-security" not in dict(answer_headers(plain))


@pytest.mark.parametrize("path", [*PATHS, "/healthz/", "/slack/install/", "//evil.example/%2e%2e"])
def test_a_host_that_a_request_claims_leads_nowhere(outside: World, path: str) -> None:
    answer = get(outside, path, EVIL)
    assert "evil.example" not in answer.text
    assert "evil.example" not in str(answer.headers)


def test_an_install_goes_to_slack_and_comes_back_to_the_public_address_alone(
    outside: World, sandbox_host: str
) -> None:
    asked = "/slack/install?redirect_uri=https://evil.example&next=//evil.example"
    answer = get(outside, asked, EVIL)
    assert answer.status_code == 302
    assert urlsplit(answer.headers["location"]).netloc == sandbox_host
    query = dict(httpx.QueryParams(urlsplit(answer.headers["location"]).query))
    assert query["redirect_uri"] == f"{outside.app_url}/slack/oauth_redirect"


@pytest.fixture
def sandbox_host(outside: World) -> str:
    return outside.client.base_url.netloc.decode()


def test_one_source_that_asks_too_often_is_told_when_to_come_back(outside: World) -> None:
    loud, quiet = {"x-forwarded-for": "192.0.2.1"}, {"x-forwarded-for": "192.0.2.2"}
    with httpx.Client(base_url=outside.app_url, trust_env=False, verify=NO_TLS) as client:
        statuses = [client.get("/", headers=loud).status_code for _ in range(BURST)]
        assert set(statuses) == {200}
        refused = client.get("/slack/install", headers=loud)
        while refused.status_code != 429:
            refused = client.get("/slack/install", headers=loud)
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/", headers=quiet).status_code == 200
        assert client.get("/healthz", headers=loud).status_code == 200
        assert client.get("/readyz", headers=loud).status_code == 200
        # Whether it is signed is all that counts at a door.
        assert client.post("/slack/events", headers=loud).status_code == 401
        assert client.post("/webhooks/parallel/x", headers=loud).status_code == 404


def test_a_burst_is_followed_by_a_rate_and_no_source_takes_anothers_place() -> None:
    limits = Pacing(burst=3, per_second=2)
    assert [limits.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limits.take("b", 0.0) == 0
    assert [limits.take("a", 0.5), limits.take("a", 0.5)] == [0, 0.5]
    assert [limits.take("a", 100.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_sources_are_told_apart_by_address_and_ipv6_by_network() -> None:
    assert source_of("127.0.0.1") is None
    assert source_of("::1") is None
    assert source_of("::ffff:127.0.0.1") is None
    assert source_of("192.0.2.1") == source_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff")
    assert source_of("2001:db8::1") != source_of("2001:db8:0:1::1")
    assert source_of("x" * 5000) == source_of("y") == "unreadable"


async def _nothing() -> Message:
    return {"type": "http.request"}


async def _nowhere(_message: Message) -> None:
    pass


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.9", [], "10.0.0.9"),
        ("10.0.0.9", ["198.51.100.7"], "198.51.100.7"),
        # What a visitor wrote stands left of what the proxy added.
        ("10.0.0.9", ["203.0.113.5, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.9", ["203.0.113.5", "198.51.100.7, 10.1.1.1"], "198.51.100.7"),
        ("10.0.0.9", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.9", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.9", ["nonsense"], "nonsense"),
        ("10.0.0.9", ["10.2.2.2"], "10.2.2.2"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        ("::ffff:10.0.0.9", ["198.51.100.7"], "198.51.100.7"),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: list[str], client: str
) -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["client"][0])

    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    scope: Scope = {"type": "http", "client": (peer, 1), "headers": headers}
    behind = behind_proxies(app, ["10.0.0.0/8", "::1"])

    async def meet() -> None:
        await behind(scope, _nothing, _nowhere)

    asyncio.run(meet())
    assert seen == [client]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "", "multipart/form-data"]
)
def test_a_signed_command_of_another_content_type_is_refused(
    sender: SlackSender, content_type: str
) -> None:
    body = urlencode({"command": "/help", "ssl_check": "1"}).encode()
    assert sender.send(body, content_type=content_type).status_code == 415


def test_an_ssl_check_is_answered_when_signed_and_refused_otherwise(sender: SlackSender) -> None:
    body = urlencode({"ssl_check": "1", "token": "x"}).encode()
    assert sender.send(body, content_type=FORM).status_code == 200
    unsigned = httpx.post(
        sender.url, content=body, headers={"content-type": FORM}, trust_env=False, verify=NO_TLS
    )
    assert unsigned.status_code == 401


def replay(sender: SlackSender, body: bytes, content_type: str, *, times: int = 8) -> None:
    """The very same bytes, signature and all, several at once."""
    headers = sender.signature(body)

    def send(_time: int) -> httpx.Response:
        return sender.send(body, content_type=content_type, headers=headers)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(times)))
    assert {answer.status_code for answer in answers} == {200}


def test_a_command_replayed_makes_one_monitor(world: World, sender: SlackSender) -> None:
    fields = {
        "team_id": world.team_id,
        "channel_id": world.channel,
        "user_id": world.user,
        "command": "/monitor",
        "text": "new papers on fusion",
        "trigger_id": f"1.2.{uuid4().hex}",
    }
    body = urlencode(fields).encode()
    replay(sender, body, FORM)
    world.until_watching()
    replay(sender, body, FORM)
    # Jobs run in turn: once a later one is done, a second effect of the first would be there.
    world.watch("something later")
    assert len(world.monitors()) == len(world.cards()) == 2


def test_a_click_replayed_runs_once(world: World, sender: SlackSender) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    mark = world.mark("parallel")
    click: Json = {
        "type": "block_actions",
        "team": {"id": world.team_id},
        "user": {"id": world.user},
        "channel": {"id": world.channel},
        "message": {"ts": thread.ts},
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [{"type": "button", "action_id": "run_now", "value": monitor_id}],
    }
    body = urlencode({"payload": json.dumps(click)}).encode()
    replay(sender, body, FORM)
    world.until(lambda: any("Check" in text for text in world.replies(thread)))
    replay(sender, body, FORM)
    world.watch("something later")
    runs = [each for each in world.requests("parallel", since=mark) if _is_trigger(each)]
    assert len(runs) == 1
    assert sum("Check" in text for text in world.replies(thread)) == 1


def test_a_reply_replayed_is_answered_once(world: World, sender: SlackSender) -> None:
    thread, _ = world.watch("new papers on fusion")
    reply: Json = {
        "type": "message",
        "channel": thread.channel,
        "user": world.user,
        "ts": f"{int(thread.ts.partition('.')[0]) + 1}.000001",
        "thread_ts": thread.ts,
        "text": "status",
    }
    envelope: Json = {
        "type": "event_callback",
        "team_id": world.team_id,
        "event_id": f"Ev{uuid4().hex[:12].upper()}",
        "event_time": 1,
        "event": reply,
    }
    body = json.dumps(envelope).encode()
    replay(sender, body, "application/json")
    world.until(lambda: world.replies(thread))
    replay(sender, body, "application/json")
    world.watch("something later")
    assert len(world.replies(thread)) == 1


def _is_trigger(asked: Json) -> bool:
    return "trigger" in cast("str", asked["path"])
