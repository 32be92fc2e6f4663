"""The Web API's door: tokens, forms, faults, logs; and that nonsense never breaks it."""

import json
import threading

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.slack.web_api.methods import METHODS
from tests.sandbox.slack.driver import App, Json, Slack, wait_until


def test_tokens_are_read_from_header_form_and_query(slack: Slack) -> None:
    client = slack.client
    header = {"authorization": f"Bearer {slack.token}"}
    for answer in (
        client.post("/slack/api/auth.test", headers=header),
        client.post("/slack/api/auth.test", data={"token": slack.token}),
        client.get("/slack/api/auth.test", params={"token": slack.token}),
    ):
        assert answer.json()["user_id"] == slack.acme.bot_user_id
        assert "chat:write" in answer.headers["x-oauth-scopes"]


def test_calls_without_a_good_token_are_refused(slack: Slack) -> None:
    assert slack.client.post("/slack/api/auth.test").json()["error"] == "not_authed"
    assert slack.refused("auth.test", token="xoxb-wrong") == "invalid_auth"
    assert slack.refused("no.such.method") == "unknown_method"
    assert slack.refused("apps.connections.open") == "not_allowed_token_type"
    assert slack.api("auth.revoke")["revoked"] is True
    assert slack.refused("auth.test") == "token_revoked"


def test_a_missing_scope_is_named(slack: Slack) -> None:
    team = slack.control("POST", "/teams", name="Other")["team_id"]
    token = slack.control("POST", "/tokens", team_id=team, scopes=["commands"])["access_token"]
    answer = slack.api("chat.postMessage", token=token, channel="C0", text="x")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")


def test_bots_and_users_are_described(slack: Slack) -> None:
    bot_id = slack.api("auth.test")["bot_id"]
    assert slack.api("bots.info", bot=bot_id)["bot"]["app_id"] == "A0SANDBOX01"
    assert slack.refused("bots.info", bot="B0") == "bot_not_found"
    assert slack.api("users.info", user=slack.acme.admin)["user"]["is_admin"] is True


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b'{"text": NaN}', "application/json", "invalid_json"),
        (b'{"text": 1e999}', "application/json", "invalid_json"),
        (b'{"text": "\\ud800"}', "application/json", "invalid_json"),
        (b'{"text":' + b"[" * 400 + b"]" * 400 + b"}", "application/json", "invalid_json"),
        (b"\xff=\xfe", "application/x-www-form-urlencoded", "invalid_form_data"),
        (b"x", "text/plain", "invalid_post_type"),
    ],
)
def test_bodies_that_cannot_be_read_are_refused(
    slack: Slack, body: bytes, kind: str, error: str
) -> None:
    headers = {"content-type": kind}
    answer = slack.client.post("/slack/api/chat.postMessage", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (200, error)


def test_odd_insides_of_blocks_are_walked_safely(slack: Slack) -> None:
    image: Json = {"type": "image", "alt_text": "a", "slack_file": {"type": [], "id": {}}}
    assert slack.post(slack.acme.research, blocks=[image])["ok"]


def test_requests_are_logged_without_their_secrets(slack: Slack) -> None:
    start = slack.client.get("/control/slack/requests").json()["next"]
    slack.post(slack.acme.research)
    slack.client.post("/slack/api/auth.test", data={"token": slack.token})
    log = slack.client.get("/control/slack/requests", params={"since": start}).json()
    first, second = log["requests"]
    assert (first["api_method"], first["team_id"]) == ("chat.postMessage", slack.acme.team_id)
    assert first["token_or_key"] == slack.token[-4:]
    assert first["answer"]["ok"] is True
    assert second["body"] == {"token": "…"}
    assert slack.token not in json.dumps(log)


def test_faults_are_played_as_ordered(slack: Slack) -> None:
    def order(**rule: Json) -> None:
        slack.control("POST", "/faults", match="chat.postMessage", times=1, **rule)

    def post() -> httpx.Response:
        return slack.client.post(
            "/slack/api/chat.postMessage",
            json={"channel": slack.acme.research, "text": "x"},
            headers={"authorization": f"Bearer {slack.token}"},
        )

    order(kind="429", seconds=7)
    limited = post()
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    order(kind="500")
    assert post().status_code == 500
    order(kind="error:internal_error")
    assert post().json() == {"ok": False, "error": "internal_error"}
    assert slack.messages(slack.acme.research) == []
    order(kind="drop_before")
    with pytest.raises(httpx.TransportError):
        post()
    assert slack.messages(slack.acme.research) == []
    order(kind="drop_after")
    with pytest.raises(httpx.TransportError):
        post()
    assert len(slack.messages(slack.acme.research)) == 1


def test_changes_are_streamed(slack: Slack) -> None:
    notices: list[str] = []

    def listen() -> None:
        with slack.client.stream("GET", "/control/slack/stream") as stream:
            for line in stream.iter_lines():
                notices.append(line)
                if "messages" in line:
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    wait_until(lambda: notices)
    slack.post(slack.acme.research)
    listener.join(timeout=60)
    assert 'data: {"changed": "messages"}' in notices


def test_a_reset_goes_back_to_the_beginning_and_drops_what_was_to_be_retried(
    slack: Slack, app: App
) -> None:
    app.status = 500
    slack.say(slack.acme.direct_message, "hello")
    app.wait_for(2)
    slack.post(slack.acme.research)
    slack.control("POST", "/reset")
    assert slack.messages(slack.acme.research) == []
    assert slack.api("auth.test")["ok"]
    slack.clock.advance(400)
    slack.say(slack.acme.direct_message, "again")
    app.wait_for(4)
    texts = [heard.payload["event"]["text"] for heard in app.heard]
    assert texts == ["hello", "hello", "again", "again"]
    slack.control("POST", "/reset", installed=False)
    assert slack.state()["teams"][0]["installed"] is False
    assert slack.refused("auth.test") == "invalid_auth"
    slack.control("POST", "/reset", installed=True)


def test_control_requests_that_cannot_be_done_say_why(slack: Slack, app: App) -> None:
    wrong: list[tuple[str, str, Json, int]] = [
        ("POST", "/teams", {}, 400),
        ("POST", "/teams", {"name": "x", "team_id": slack.acme.team_id}, 409),
        ("POST", "/users", {"team_id": "T0", "name": "x"}, 404),
        ("POST", "/channels", {"team_id": slack.acme.team_id, "name": "x", "kind": "y"}, 400),
        ("PATCH", "/channels/C0", {"archived": True}, 404),
        ("PATCH", "/channels/" + slack.acme.general, {"archived": "yes"}, 400),
        ("DELETE", "/messages/C0/1.0", {}, 404),
        ("PATCH", "/settings", {"nonsense": 1}, 404),
        ("PATCH", "/settings", {"message_burst": "many"}, 422),
        ("POST", "/configure", {"request_url": app.url, "nonsense": 1}, 400),
        ("POST", "/views/V0/submit", {}, 404),
        ("POST", "/install", {"team_id": "T0", "user_id": "U0"}, 404),
        ("POST", "/uninstall", {"team_id": "T0"}, 404),
    ]
    for method, path, fields, status in wrong:
        answer = slack.ask(method, path, **fields)
        assert (path, answer.status_code) == (path, status)
        assert answer.json()["error"]
    assert slack.client.get("/control/slack/state", params={"team": "T0"}).status_code == 404
    assert slack.client.get("/control/slack/channels/C0").status_code == 404
    assert slack.client.get("/control/slack/requests", params={"since": "x"}).status_code == 400
    assert slack.client.post("/control/slack/teams", content=b"[").status_code == 400


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = (
    "channel text blocks metadata thread_ts ts user users view view_id trigger_id hash limit "
    "cursor types oldest attachments token code redirect_uri team_id user_id bot"
)
ARGUMENTS = st.dictionaries(st.sampled_from(NAMES.split()), JSON_VALUES, max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(sorted(set(METHODS) - {"auth.revoke"})), arguments=ARGUMENTS)
def test_no_nonsense_breaks_the_web_api(slack: Slack, method: str, arguments: Json) -> None:
    arguments = {"channel": slack.acme.direct_message, "text": "x", **arguments}
    headers = {"authorization": f"Bearer {slack.token}"}
    answer = slack.client.post(f"/slack/api/{method}", json=arguments, headers=headers)
    assert answer.status_code in {200, 429}, answer.text
    assert isinstance(answer.json()["ok"], bool)
