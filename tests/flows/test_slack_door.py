"""What arrives at Slack's door and is not from Slack, or makes no sense: 4xx, and no trace."""

import json
import socket
from typing import Final, cast
from urllib.parse import urlencode

import httpx
import pytest
import structlog

from sandbox.plain_http import NO_TLS
from tests.flows.signed import FORM, JSON, SlackSender
from tests.flows.world import Json, World

COMMAND: Final[Json] = {
    "team_id": "T0ACME0001",
    "channel_id": "C0RESEARCH",
    "user_id": "U0ADA00001",
    "command": "/monitor",
    "text": "new papers on fusion",
    "trigger_id": "1.2.odd",
}
CLICK: Final[Json] = {
    "type": "block_actions",
    "team": {"id": "T0ACME0001"},
    "user": {"id": "U0ADA00001"},
    "channel": {"id": "C0RESEARCH"},
    "message": {"ts": "1.000001"},
    "trigger_id": "1.2.odd",
    "actions": [{"type": "button", "action_id": "cancel_monitor", "block_id": "b", "value": "x"}],
}
REPLY: Final[Json] = {
    "type": "message",
    "channel": "C0RESEARCH",
    "user": "U0ADA00001",
    "ts": "2.000001",
    "thread_ts": "1.000001",
    "text": "cancelmonitor",
}
ENVELOPE: Final[Json] = {
    "type": "event_callback",
    "team_id": "T0ACME0001",
    "event_id": "Ev0ODD",
    "event_time": 1,
    "event": REPLY,
}


def nested(levels: int) -> bytes:
    return b'{"event":' + b'{"a":[' * levels + b"]}" * levels + b"}"


def without(fields: Json, name: str) -> Json:
    return {key: value for key, value in fields.items() if key != name}


def form_of(fields: Json) -> bytes:
    return urlencode(fields).encode()


def payload_of(value: object) -> bytes:
    return form_of({"payload": json.dumps(value)})


UNREADABLE: Final = {
    "empty": (b"", FORM),
    "empty as JSON": (b"", JSON),
    "not UTF-8": (b"\xff\xfe\xfd", FORM),
    "not UTF-8 as JSON": (b'{"type": "\xff"}', JSON),
    "broken JSON": (b'{"type": "event_callback"', JSON),
    "a list": (b"[1, 2, 3]", JSON),
    "a number": (b"12", JSON),
    "null": (b"null", JSON),
    "nested deep": (nested(20_000), JSON),
    "nested less deep": (nested(300), JSON),
    "a form as JSON": (form_of(COMMAND), JSON),
    "JSON as text": (json.dumps(ENVELOPE).encode(), "text/plain"),
    "multipart": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "no payload in it": (b"payload=", FORM),
    "a payload of words": (b"payload=hello", FORM),
    "a payload that is a list": (payload_of([1]), FORM),
    "a payload that is null": (payload_of(None), FORM),
    "a payload nested deep": (b"payload=" + b"[" * 20_000, FORM),
    "a thousand fields": ("&".join(f"f{n}=1" for n in range(1000)).encode(), FORM),
    "nothing of Slack's": (b"a=b", FORM),
    "an object of nothing": (b"{}", JSON),
    "an infinite number": (b'{"type": "event_callback", "event_time": 1e999}', JSON),
    "a lone surrogate": (b'{"type": "event_callback", "event_id": "\\ud800"}', JSON),
}

WRONG_COMMANDS: Final = {
    **{f"without {name}": without(COMMAND, name) for name in COMMAND if name != "text"},
    "an odd team": {**COMMAND, "team_id": "T0ACME0001'--"},
    "an odd channel": {**COMMAND, "channel_id": "../../x"},
    "an odd person": {**COMMAND, "user_id": "<!channel>"},
    "an odd trigger": {**COMMAND, "trigger_id": "a b\n" * 100},
    "an endless team": {**COMMAND, "team_id": "T" * 10_000},
}

WRONG_CLICKS: Final[dict[str, object]] = {
    **{f"without {name}": without(CLICK, name) for name in ("user", "channel", "message")},
    "without a trigger": without(CLICK, "trigger_id"),
    "no workspace": without(CLICK, "team"),
    "actions that are none": {**CLICK, "actions": "cancel_monitor"},
    "an action that is none": {**CLICK, "actions": ["cancel_monitor"]},
    "no action": {**CLICK, "actions": []},
    "a team that is a word": {**CLICK, "team": "T0ACME0001"},
    "a user that is a list": {**CLICK, "user": ["U0ADA00001"]},
    "a message that is null": {**CLICK, "message": None},
    "an odd ts": {**CLICK, "message": {"ts": "1; DROP TABLE"}},
    "a type that is none": {**CLICK, "type": {"a": 1}},
    "a shortcut without its message": {
        **without(CLICK, "message"),
        "type": "message_action",
        "callback_id": "cancel_monitor",
    },
    "a view of nothing": {"type": "view_submission", "team": {"id": "T0ACME0001"}, "view": None},
}

WRONG_EVENTS: Final[dict[str, Json]] = {
    "no event id": without(ENVELOPE, "event_id"),
    "no workspace": without(ENVELOPE, "team_id"),
    "an event that is a word": {**ENVELOPE, "event": "message"},
    "an event that is a list": {**ENVELOPE, "event": [REPLY]},
    "an event that is null": {**ENVELOPE, "event": None},
    "an event of no type": {**ENVELOPE, "event": without(REPLY, "type")},
    "a type that is a list": {**ENVELOPE, "event": {**REPLY, "type": ["message"]}},
    "no channel": {**ENVELOPE, "event": without(REPLY, "channel")},
    "no user": {**ENVELOPE, "event": without(REPLY, "user")},
    "an odd thread": {**ENVELOPE, "event": {**REPLY, "thread_ts": "now"}},
    "a thread that is a number": {**ENVELOPE, "event": {**REPLY, "thread_ts": 1.5}},
    "a thread that is a list": {**ENVELOPE, "event": {**REPLY, "thread_ts": ["1.5"]}},
    "a direct message of an object": {
        **ENVELOPE,
        "event": {**without(REPLY, "thread_ts"), "channel_type": "im", "user": {}},
    },
    "odd authorizations": {**ENVELOPE, "authorizations": "all"},
    "authorizations of words": {**ENVELOPE, "authorizations": ["all"]},
    "a time that is a word": {**ENVELOPE, "event_time": "soon"},
    "a home of nobody": {**ENVELOPE, "event": {"type": "app_home_opened", "tab": "home"}},
    "an end at no time": {
        **ENVELOPE,
        "event": {"type": "app_uninstalled"},
        "event_time": 10**30,
    },
}


@pytest.fixture(scope="module")
def sender(acme: World) -> SlackSender:
    return SlackSender.of(acme)


def assert_refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:200])
    assert "Traceback" not in answer.text


def assert_harmless(answer: httpx.Response) -> None:
    """Refused, or taken note of and left alone; never a fault of ours."""
    assert answer.status_code < 500, (answer.status_code, answer.text[:200])
    assert "Traceback" not in answer.text


def assert_no_trace(world: World) -> None:
    assert world.messages() == []
    assert world.whispers() == []
    assert world.calls_here() == []


def test_a_streak_of_refused_signatures_is_told_once_with_its_likely_cause(
    outside: World, sender: SlackSender
) -> None:
    """Runs first: each cause is told once an hour, and the tests below are full of both."""
    stranger = SlackSender(sender.url, "another-apps-signing-secret")
    with structlog.testing.capture_logs() as logs:
        for _ in range(20):
            assert stranger.send(b"{}").status_code == 401
        assert sender.command(outside, "/help").status_code == 200
        for _ in range(20):
            late = sender.signature(b"{}", seconds_off=660)
            assert sender.send(b"{}", headers=late).status_code == 401
    told = [each for each in logs if each["event"] == "slack signatures refused"]
    assert [each["log_level"] for each in told] == ["error", "error"]
    secret, clock = [str(each["likely_cause"]) for each in told]
    assert "SLACK_SIGNING_SECRET isn't this Slack app's" in secret
    assert "clock is 11 minutes behind" in clock


@pytest.mark.parametrize(
    "body", [form_of(COMMAND), json.dumps(ENVELOPE).encode(), b"", b"\xff\xfe", nested(20_000)]
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": "v0=é"},
        {"x-slack-request-timestamp": "not a number"},
        {"x-slack-request-timestamp": "99999999999999999999999"},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-signature": ""},
    ],
)
def test_what_is_not_signed_is_refused(
    sender: SlackSender, body: bytes, headers: dict[str, str]
) -> None:
    given = sender.signature(body) | headers if headers else {}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    answer = httpx.post(sender.url, content=body, headers=raw, trust_env=False, verify=NO_TLS)
    assert answer.status_code == 401


@pytest.mark.parametrize("seconds_off", [-330, -3600, 330, 3600])
def test_what_was_signed_at_another_time_is_refused(sender: SlackSender, seconds_off: int) -> None:
    body = form_of(COMMAND)
    stale = sender.signature(body, seconds_off=seconds_off)
    assert sender.send(body, content_type=FORM, headers=stale).status_code == 401


def test_a_changed_body_does_not_fit_its_signature(sender: SlackSender) -> None:
    signature = sender.signature(form_of(COMMAND))
    changed = form_of({**COMMAND, "text": "something else"})
    assert sender.send(changed, content_type=FORM, headers=signature).status_code == 401


def test_a_body_over_a_mebibyte_is_too_large_signed_or_not(sender: SlackSender) -> None:
    body = b"text=" + b"x" * (1024 * 1024)
    assert sender.send(body, content_type=FORM).status_code == 413
    unsigned = httpx.post(sender.url, content=body, trust_env=False, verify=NO_TLS)
    assert unsigned.status_code == 413


def test_a_body_of_unknown_length_is_cut_off_at_a_mebibyte(sender: SlackSender) -> None:
    chunks = (b"x" * 65536 for _ in range(20))
    headers = sender.signature(b"of another body")
    answer = httpx.post(sender.url, content=chunks, headers=headers, trust_env=False, verify=NO_TLS)
    assert answer.status_code == 413


@pytest.mark.parametrize("seconds_off", [None, -330, 330])
def test_what_its_headers_refuse_is_refused_before_its_body_comes(
    sender: SlackSender, seconds_off: int | None
) -> None:
    url, headers = httpx.URL(sender.url), dict[str, str]()
    if seconds_off is not None:
        headers = sender.signature(b"body", seconds_off=seconds_off)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        connection.sendall(
            f"POST /slack/events HTTP/1.1\r\nhost: a\r\n{head}content-length: 1000\r\n\r\n".encode()
        )
        connection.settimeout(5)
        assert connection.recv(1024).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_door_takes_post_alone(sender: SlackSender, method: str) -> None:
    answer = httpx.request(method, sender.url, content=b"x", trust_env=False, verify=NO_TLS)
    assert answer.status_code == 405


@pytest.mark.parametrize("name", UNREADABLE)
def test_signed_bytes_that_are_no_request_are_refused(sender: SlackSender, name: str) -> None:
    body, content_type = UNREADABLE[name]
    assert_refused(sender.send(body, content_type=content_type))


@pytest.mark.parametrize("name", WRONG_COMMANDS)
def test_a_signed_command_that_lacks_something_is_refused(sender: SlackSender, name: str) -> None:
    assert_refused(sender.send(form_of(WRONG_COMMANDS[name]), content_type=FORM))


@pytest.mark.parametrize("name", WRONG_CLICKS)
def test_a_signed_interaction_that_makes_no_sense_is_refused(
    sender: SlackSender, name: str
) -> None:
    assert_refused(sender.interaction(WRONG_CLICKS[name]))


@pytest.mark.parametrize("name", WRONG_EVENTS)
def test_a_signed_event_that_makes_no_sense_is_refused(sender: SlackSender, name: str) -> None:
    assert_refused(sender.send(json.dumps(WRONG_EVENTS[name]).encode()))


def test_news_about_the_app_itself_is_acknowledged(world: World, sender: SlackSender) -> None:
    body = {"type": "app_rate_limited", "team_id": world.team_id, "minute_rate_limited": 1}
    assert sender.send(json.dumps(body).encode()).status_code == 200


@pytest.mark.parametrize("kind", ["channel_rename", "reaction_added", "made_up"])
def test_an_event_that_nobody_asked_for_is_acknowledged(
    world: World, sender: SlackSender, kind: str
) -> None:
    answer = sender.event(world, {"type": kind, "channel": "C0RESEARCH", "user": world.user})
    assert answer.status_code == 200
    assert_no_trace(world)


@pytest.mark.parametrize(
    "subtype", ["message_changed", "message_deleted", "channel_join", "bot_message"]
)
def test_messages_that_no_person_typed_are_acknowledged_and_left_alone(
    world: World, sender: SlackSender, subtype: str
) -> None:
    event = {**REPLY, "subtype": subtype, "hidden": True, "channel": world.channel}
    assert sender.event(world, event).status_code == 200
    assert_no_trace(world)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_home_opened", "tab": None, "view": None},
        {"type": "tokens_revoked", "tokens": {"oauth": None, "bot": None}},
        {"type": "app_mention", "text": None, "ts": "1700000000.000100", "thread_ts": None},
    ],
    ids=lambda event: str(event["type"]),
)
def test_what_is_null_counts_as_absent(world: World, sender: SlackSender, event: Json) -> None:
    about: Json = {"channel": world.channel, "user": world.user}
    assert sender.event(world, about | event).status_code == 200


def test_a_command_of_an_unknown_name_is_acknowledged(world: World, sender: SlackSender) -> None:
    assert_harmless(sender.command(world, "/made-up", "x"))
    assert_no_trace(world)


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "made_up"},
        {"type": "interactive_message", "callback_id": "x", "actions": None},
        {"type": "workflow_step_edit", "callback_id": "x", "workflow_step": None},
        {"type": "dialog_submission", "callback_id": {}},
        {"type": "block_suggestion", "action_id": {}, "block_id": "b"},
        {"type": "view_closed", "view": ""},
    ],
    ids=lambda odd: str(odd["type"]),
)
def test_an_interaction_of_another_kind_is_acknowledged(
    world: World, sender: SlackSender, odd: Json
) -> None:
    assert sender.interaction({**CLICK, **odd}).status_code == 200
    assert_no_trace(world)


def test_what_is_empty_counts_as_absent(world: World, sender: SlackSender) -> None:
    """A form can't say null."""
    answer = sender.command(world, "/help", enterprise_id="", channel_name="", response_url="")
    assert answer.status_code == 200
    assert "Watch the web from Slack" in answer.text
    click = {**CLICK, "view": "", "enterprise": "", "response_url": ""}
    click["actions"] = [{"action_id": "made_up", "block_id": "b", "type": "button"}]
    assert sender.interaction(click).status_code == 200


@pytest.mark.parametrize("kind", ["block_suggestion", "block_actions", "view_closed"])
def test_an_interaction_whose_other_parts_are_null_is_acknowledged(
    world: World, sender: SlackSender, kind: str
) -> None:
    nulls = dict.fromkeys(("view", "message", "enterprise", "response_url", "state"))
    click = {**CLICK, **nulls, "type": kind}
    click["actions"] = [{"action_id": "made_up", "block_id": "b", "type": "button"}]
    assert sender.interaction(click).status_code == 200
    assert_no_trace(world)


def test_slacks_check_of_the_address_gets_its_challenge_back(sender: SlackSender) -> None:
    body = {"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"}
    answer = sender.send(json.dumps(body).encode())
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aB"})
    unsigned = httpx.post(sender.url, json=body, trust_env=False, verify=NO_TLS)
    assert unsigned.status_code == 401


def test_a_command_from_a_workspace_without_the_app_is_told_so(
    world: World, sender: SlackSender
) -> None:
    stranger = world.workspace("Strangers")
    answer = sender.command(stranger, "/monitor", "new papers on fusion")
    assert answer.status_code == 200
    assert "isn't installed" in answer.text
    assert_no_trace(stranger)


def test_none_of_all_this_reached_slack_or_parallel(world: World) -> None:
    """Runs last: what the tests above sent went no further than the door."""
    world.watch("so that the jobs before it had their turn")
    assert len(world.creates()) == 1
    everywhere = cast("dict[str, list[Json]]", world.state()["messages"])
    # The card, and the direct message that welcomes the installer.
    said = [str(each["text"])[:20] for messages in everywhere.values() for each in messages]
    assert len(said) == len(world.slack_calls("chat.postMessage")) == 2
    assert "Thanks for adding me" in said
    assert world.state()["ephemerals"] == []
