"""Socket Mode, with slack_sdk's own client on the other end."""

import asyncio
import queue
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import pytest
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from sandbox.slack import SlackSettings
from tests.sandbox.slack.driver import App, Json, Slack, wait_until

TOKEN = SlackSettings().app_token
BUTTON: Json = {
    "type": "actions",
    "elements": [
        {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
    ],
}
VIEW: Json = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Form"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "about",
            "label": {"type": "plain_text", "text": "About"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@dataclass(slots=True)
class Listener:
    """An app behind a firewall: keeps what it hears, acknowledges with what it is told to."""

    client: SocketModeClient
    heard: "queue.Queue[SocketModeRequest]" = field(default_factory=queue.Queue[SocketModeRequest])
    said: "queue.Queue[Json]" = field(default_factory=queue.Queue[Json])
    answer: Json = None
    acknowledges: bool = True

    def hear(self, _: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.put(request)
        if self.acknowledges:
            response = SocketModeResponse(request.envelope_id, self.answer)
            self.client.send_socket_mode_response(response)  # pyright: ignore[reportUnknownMemberType] - slack_sdk leaves its dict arguments untyped

    def see(self, _: BaseSocketModeClient, message: Json, __: str | None) -> None:
        self.said.put(message)

    def next(self) -> SocketModeRequest:
        return self.heard.get(timeout=60)

    def payload(self) -> Json:
        return cast("Json", self.next().payload)  # pyright: ignore[reportUnknownMemberType] - an untyped dict


@pytest.fixture
def slack(slack: Slack) -> Iterator[Slack]:
    """In Socket Mode."""
    slack.control("PATCH", "/settings", socket_mode=True)
    yield slack
    slack.control("PATCH", "/settings", socket_mode=False, ack_seconds=3.0)
    slack.client.delete("/control/slack/faults")


@pytest.fixture
def opened(slack: Slack) -> Iterator[list[SocketModeClient]]:
    """Closes what a test opened; Slack hangs up first, or slack_sdk waits seconds for it."""
    clients: list[SocketModeClient] = []
    yield clients
    for client in clients:
        client.auto_reconnect_enabled = False
    slack.control("POST", "/sockets/drop")
    for client in clients:
        close(client)
    wait_until(lambda: connections(slack) == 0)


def close(client: SocketModeClient) -> None:
    try:
        client.close()
    except AttributeError:
        # slack_sdk's own thread took the socket away between its look and its call.
        client.close()


@pytest.fixture
def listener(slack: Slack, opened: list[SocketModeClient]) -> Listener:
    return listening(slack, opened)


def listening(slack: Slack, opened: list[SocketModeClient]) -> Listener:
    client = SocketModeClient(
        TOKEN, web_client=WebClient(base_url=f"{slack.url}/slack/api/"), ping_interval=0.2
    )
    opened.append(client)
    listener = Listener(client)
    client.message_listeners.append(listener.see)  # pyright: ignore[reportUnknownMemberType] - likewise
    client.socket_mode_request_listeners.append(listener.hear)
    client.connect()
    return listener


def connections(slack: Slack) -> int:
    return slack.client.get("/control/slack/sockets").json()["connections"]


def attempts(slack: Slack, since: int) -> Json:
    return slack.client.get("/control/slack/sent", params={"since": since}).json()["requests"]


def mark(slack: Slack) -> int:
    return slack.client.get("/control/slack/sent").json()["next"]


def test_slack_greets_each_connection(
    slack: Slack, listener: Listener, opened: list[SocketModeClient]
) -> None:
    hello = listener.said.get(timeout=60)
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": SlackSettings().app_id}
    assert listening(slack, opened).said.get(timeout=60)["num_connections"] == 2


def test_a_command_comes_by_socket_alone_and_its_answer_is_shown(
    slack: Slack, app: App, listener: Listener
) -> None:
    listener.answer = {"text": "Setting up…", "response_type": "ephemeral"}
    outcome = slack.command("latest AI research papers")
    assert (outcome["status"], outcome["answer"]) == (200, listener.answer)
    request = listener.next()
    assert (request.type, request.accepts_response_payload) == ("slash_commands", True)
    payload = cast("Json", request.payload)  # pyright: ignore[reportUnknownMemberType] - an untyped dict
    assert payload["text"] == "latest AI research papers"
    assert payload["trigger_id"] == outcome["trigger_id"]
    assert [each["text"] for each in slack.state()["ephemerals"]] == ["Setting up…"]
    assert app.heard == []


def test_a_click_is_acknowledged_and_a_form_is_answered(slack: Slack, listener: Listener) -> None:
    posted = slack.post(slack.acme.research, blocks=[BUTTON])["ts"]
    listener.answer = {"text": "not asked for"}
    outcome = slack.act(channel=slack.acme.research, message_ts=posted, action_id="go")
    assert (outcome["status"], outcome["answer"]) == (200, None)
    request = listener.next()
    assert (request.type, request.accepts_response_payload) == ("interactive", False)
    view = slack.api("views.open", trigger_id=outcome["trigger_id"], view=VIEW)["view"]
    listener.answer = {"response_action": "errors", "errors": {"about": "Too short"}}
    values = {"about": {"text": {"value": "x"}}}
    path = f"/views/{view['id']}/submit"
    outcome = slack.control("POST", path, user=slack.acme.admin, values=values)
    assert outcome["response_action"] == "errors"
    assert listener.payload()["type"] == "view_submission"


def test_an_event_that_is_not_acknowledged_is_sent_again(slack: Slack, listener: Listener) -> None:
    slack.control("PATCH", "/settings", ack_seconds=0.2)
    listener.acknowledges = False
    assert slack.say(slack.acme.direct_message, "hello")["delivered"] is None
    first = listener.next()
    listener.acknowledges = True
    again = listener.next()
    assert (first.type, first.retry_attempt, first.retry_reason) == ("events_api", 0, "")
    assert (again.retry_attempt, again.retry_reason) == (1, "timeout")
    assert first.envelope_id != again.envelope_id
    assert first.payload["event_id"] == again.payload["event_id"]  # pyright: ignore[reportUnknownMemberType] - an untyped dict


def test_an_event_waits_for_an_app_that_is_away(
    slack: Slack, opened: list[SocketModeClient]
) -> None:
    since = mark(slack)
    assert slack.say(slack.acme.direct_message, "hello")["delivered"] is None
    wait_until(lambda: len(attempts(slack, since)) == 2)
    assert {each["reason"] for each in attempts(slack, since)} == {"no_connection"}
    listener = listening(slack, opened)
    slack.clock.advance(61)
    assert listener.payload()["event"]["text"] == "hello"


def test_a_command_without_a_connection_fails(slack: Slack) -> None:
    outcome = slack.command("nobody listens")
    assert outcome["answer_error"] == "dispatch_failed"


def test_several_connections_take_turns(
    slack: Slack, listener: Listener, opened: list[SocketModeClient]
) -> None:
    other = listening(slack, opened)
    wait_until(lambda: connections(slack) == 2)
    slack.command("one")
    slack.command("two")
    assert {listener.payload()["text"], other.payload()["text"]} == {"one", "two"}


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_an_app_that_is_asked_to_opens_another_connection(
    slack: Slack, listener: Listener, reason: str
) -> None:
    before = listener.client.session_id()
    assert slack.control("POST", "/sockets/disconnect", reason=reason) == {"asked": 1}
    wait_until(lambda: listener.client.session_id() != before and connections(slack) == 1)
    wait_until(lambda: slack.command("still here")["status"] == 200)
    assert listener.payload()["text"] == "still here"


def test_a_dropped_connection_is_gone(slack: Slack, listener: Listener) -> None:
    before = listener.client.session_id()
    assert slack.control("POST", "/sockets/drop") == {"dropped": 1}
    wait_until(lambda: listener.client.session_id() != before and connections(slack) == 1)


@pytest.mark.parametrize(("kind", "heard"), [("drop_before", 0), ("drop_after", 1)])
def test_an_envelope_or_its_acknowledgement_is_lost_on_order(
    slack: Slack, listener: Listener, kind: str, heard: int
) -> None:
    rule = {"match": "socket.slash_commands", "kind": kind, "times": 1}
    slack.control("POST", "/faults", **rule)
    assert slack.command("lost")["answer_error"] == "operation_timeout"
    assert listener.heard.qsize() == heard


def test_each_side_answers_the_others_pings(slack: Slack, listener: Listener) -> None:
    session = listener.client.current_session
    assert session is not None
    wait_until(lambda: session.last_ping_pong_time is not None)
    assert connections(slack) == 1


def test_an_address_is_good_for_one_connection(slack: Slack) -> None:
    url = slack.api("apps.connections.open", token=TOKEN)["url"]
    address = url.replace("ws://", "http://")
    statuses = [slack.client.get(address).status_code for _ in range(2)]
    assert statuses == [400, 404]


def test_only_the_apps_own_token_opens_connections(slack: Slack) -> None:
    assert slack.refused("apps.connections.open") == "not_allowed_token_type"
    assert slack.refused("apps.connections.open", token="xapp-1-wrong") == "invalid_auth"
    anyone = slack.client.post("/slack/api/apps.connections.open").json()
    assert anyone["error"] == "not_authed"


def test_no_more_than_ten_connections(slack: Slack) -> None:
    assert first_words(slack, 11)[-2:] == ["hello", "too_many_websockets"]


def test_without_socket_mode_a_connection_is_refused(slack: Slack) -> None:
    slack.control("PATCH", "/settings", socket_mode=False)
    assert first_words(slack, 1) == ["link_disabled"]


def first_words(slack: Slack, count: int) -> list[Json]:
    """What Slack says to so many connections, side by side: hello, or why not."""

    async def open_all() -> list[Json]:
        said: list[Json] = []
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            for _ in range(count):
                url = slack.api("apps.connections.open", token=TOKEN)["url"]
                socket = await stack.enter_async_context(session.ws_connect(url))
                message = await socket.receive_json()
                said.append(message.get("reason", message["type"]))
        return said

    return asyncio.run(open_all())
