"""The socket to Slack, with Bolt behind it and the sandbox's Slack before it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.listeners.services import ListenerRegistry
from bot.slack.door import SlackReceiver
from bot.slack.sockets import ADDRESS_SECONDS, MOST_AT_ONCE, Pace, SlackSocket
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig, running_sandbox
from sandbox.slack import SlackSettings

SLACK: Final = SlackSettings(socket_mode=True)
SOON: Final = Pace(connect_seconds=10)
pytestmark = pytest.mark.anyio

# Answers are looked into freely by tests: any JSON.
Json = Any
Listener = Callable[..., Awaitable[None]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxConfig(installed=True, slack=SLACK)) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Slack:
    """People in Slack, and an app that listens by a socket."""

    sandbox: Sandbox
    client: httpx.AsyncClient
    web_client: AsyncWebClient
    app: AsyncApp

    @property
    def on(self) -> ListenerRegistry:
        return cast("ListenerRegistry", self.app)

    def socket(self, *, app_token: str = SLACK.app_token, pace: Pace = SOON) -> SlackSocket:
        receiver = SlackReceiver(self.app, count=lambda _verdict: None)
        return SlackSocket(self.web_client, app_token=app_token, receiver=receiver, pace=pace)

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[SlackSocket]:
        socket = self.socket()
        async with socket.open():
            await until(socket.check)
            yield socket

    async def control(self, method: str, path: str, **body: Json) -> Json:
        answer = await self.client.request(method, f"/control/slack{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def command(self, text: str) -> Json:
        workspace = self.sandbox.workspace
        body = {
            "team_id": workspace.team_id,
            "channel": workspace.research,
            "user": workspace.admin,
        }
        return await self.control("POST", "/commands", command="/monitor", text=text, **body)

    async def open_home(self) -> Json:
        workspace = self.sandbox.workspace
        return await self.control("POST", "/home", team_id=workspace.team_id, user=workspace.admin)

    async def addresses_given(self) -> int:
        answer = await self.client.get("/control/slack/requests?since=0")
        asked: list[Json] = answer.json()["requests"]
        return len([each for each in asked if each["api_method"] == "apps.connections.open"])


@pytest.fixture
async def slack(sandbox: Sandbox) -> AsyncGenerator[Slack]:
    token = sandbox.workspace.bot_token
    web_client = AsyncWebClient(token=token, base_url=sandbox.slack_api_url, retry_handlers=[])
    app = AsyncApp(
        client=web_client, process_before_response=True, request_verification_enabled=False
    )
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(
        base_url=sandbox.url, timeout=30, trust_env=False, verify=NO_TLS, limits=limits
    ) as client:
        made = Slack(sandbox, client, web_client, app)
        yield made
        await made.control("PATCH", "/settings", ack_seconds=3.0, socket_mode=True)
        await made.control("DELETE", "/faults")


async def until(true: Callable[[], Awaitable[Json]], *, seconds: float = 60) -> None:
    """Looks again until it is true; fails after the deadline."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - asked of a stand-in with no event to wait for
            await asyncio.sleep(0.01)


async def test_an_answer_goes_back_with_the_acknowledgement(slack: Slack) -> None:
    async def answer(ack: Listener, command: dict[str, str]) -> None:
        await {"text": lambda: ack("hello"), "nothing": ack}[command["text"]]()

    slack.on.command("/monitor")(answer)
    async with slack.connected():
        text, nothing = await slack.command("text"), await slack.command("nothing")
    assert (text["status"], text["answer"]) == (200, {"text": "hello"})
    assert (nothing["status"], nothing["answer"]) == (200, None)


async def test_what_failed_is_not_acknowledged_and_comes_again(slack: Slack) -> None:
    await slack.control("PATCH", "/settings", ack_seconds=0.3)
    tries: list[Json] = []
    done = asyncio.Event()

    async def open_home(body: Json) -> None:
        tries.append(body["event_id"])
        if len(tries) == 1:
            raise ConnectionError("the store is away")
        done.set()

    slack.on.event("app_home_opened")(open_home)
    async with slack.connected():
        assert (await slack.open_home())["delivered"] is None
        async with asyncio.timeout(60):
            await done.wait()
    assert len(tries) == 2
    assert len(set(tries)) == 1


async def test_only_so_many_are_done_at_once(slack: Slack) -> None:
    await slack.control("PATCH", "/settings", ack_seconds=20.0)
    go_on, under_way, most = asyncio.Event(), 0, 0

    async def answer(ack: Listener) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await go_on.wait()
        under_way -= 1
        await ack()

    async def is_full() -> bool:
        return under_way == MOST_AT_ONCE

    slack.on.command("/monitor")(answer)
    async with slack.connected(), asyncio.TaskGroup() as group:
        typed = [
            group.create_task(slack.command(str(number))) for number in range(MOST_AT_ONCE + 8)
        ]
        await until(is_full)
        go_on.set()
    assert most == MOST_AT_ONCE
    assert {task.result()["status"] for task in typed} == {200}


async def test_closing_takes_no_more_and_finishes_what_is_under_way(slack: Slack) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    seen: list[str] = []

    async def answer(ack: Listener, command: dict[str, str]) -> None:
        seen.append(command["text"])
        begun.set()
        await go_on.wait()
        await ack()

    slack.on.command("/monitor")(answer)
    socket = slack.socket()

    async def is_closing() -> bool:
        return not await socket.check()

    async with asyncio.TaskGroup() as group:
        leave = asyncio.Event()
        group.create_task(stay(socket, leave))
        await until(socket.check)
        early = group.create_task(slack.command("early"))
        await begun.wait()
        leave.set()
        await until(is_closing)
        await slack.control("PATCH", "/settings", ack_seconds=0.3)
        late = await slack.command("late")
        go_on.set()
    assert early.result()["status"] == 200
    assert late["status"] is None
    assert seen == ["early"]


async def stay(socket: SlackSocket, leave: asyncio.Event) -> None:
    async with socket.open():
        await leave.wait()


async def test_a_refused_token_is_told_without_showing_it(slack: Slack) -> None:
    socket = slack.socket(app_token="xapp-wrong")
    with capture_logs() as logs:
        async with socket.open():

            async def is_told() -> bool:
                return bool(logs)

            await until(is_told)
            assert not await socket.check()
    assert logs[0] == {
        "event": "Slack rejected the connection: check SLACK_APP_TOKEN",
        "code": "invalid_auth",
        "log_level": "error",
    }
    assert "xapp-wrong" not in str(logs)


async def test_an_address_that_fails_is_given_up_for_another(slack: Slack) -> None:
    await slack.control("POST", "/faults", match="socket.connect", kind="500", times=1)
    before = await slack.addresses_given()
    socket = slack.socket(pace=Pace(connect_seconds=2))
    async with socket.open():
        await until(socket.check)
    assert await slack.addresses_given() >= before + 2


async def test_with_socket_mode_off_the_app_asks_again_but_not_in_a_rush(slack: Slack) -> None:
    await slack.control("PATCH", "/settings", socket_mode=False)
    before = await slack.addresses_given()

    async def has_asked_thrice() -> bool:
        return await slack.addresses_given() >= before + 3

    began = asyncio.get_running_loop().time()
    socket = slack.socket()
    with capture_logs() as logs:
        async with socket.open():
            await until(has_asked_thrice)
            assert asyncio.get_running_loop().time() - began >= 2 * ADDRESS_SECONDS
            await slack.control("PATCH", "/settings", socket_mode=True)
            await until(socket.check)
    assert "Socket Mode is off: turn it on in the Slack app's settings" in {
        each["event"] for each in logs
    }


@pytest.mark.parametrize(
    "envelope",
    [
        {"type": "slash_commands", "payload": {"command": "/monitor"}},
        {"type": "events_api", "payload": {"event": "no object"}},
        {"type": "interactive", "payload": None},
        {"type": "interactive"},
        {"type": "next_year", "payload": {"what": "nobody knows"}},
        {"type": "next_year", "payload": [1, 2]},
        {"payload": {"type": 3}},
    ],
    ids=str,
)
async def test_what_is_not_understood_is_acknowledged_and_logged(
    slack: Slack, envelope: Json
) -> None:
    with capture_logs() as logs:
        async with slack.connected():
            sent = json.dumps(envelope)
            answer = await slack.control("POST", "/sockets/envelope", envelope=sent)
    assert answer == {"acknowledged": True}
    (said,) = [each for each in logs if each["event"] == "request not understood"]
    assert said["type"] == envelope.get("type")


@pytest.mark.parametrize(
    "fault", ["", "error:invalid_auth", pytest.param("error:next_year", marks=pytest.mark.thorough)]
)
async def test_a_socket_that_stays_closed_is_asked_for_less_and_less(
    slack: Slack, fault: str
) -> None:
    pace = Pace(connect_seconds=10, address_seconds=0.2, ping_seconds=0.1)
    if fault:
        await slack.control("POST", "/faults", match="apps.connections.open", kind=fault)
    else:
        await slack.control("PATCH", "/settings", socket_mode=False)
    before = await slack.addresses_given()

    async def has_asked_often() -> bool:
        return await slack.addresses_given() >= before + 5

    began = asyncio.get_running_loop().time()
    async with slack.socket(pace=pace).open():
        await until(has_asked_often)
        assert asyncio.get_running_loop().time() - began >= 0.2 + 0.2 + 0.4 + 0.8


async def test_an_app_that_cannot_reach_slack_can_be_stopped(slack: Slack) -> None:
    nowhere = AsyncWebClient(base_url="http://127.0.0.1:9/", retry_handlers=[])
    receiver = SlackReceiver(slack.app, count=lambda _verdict: None)
    socket = SlackSocket(nowhere, app_token=SLACK.app_token, receiver=receiver)
    async with asyncio.timeout(60), socket.open():
        assert not await socket.check()
