"""Commands, messages, clicks and shortcuts: what reaches the app, and what people then see."""

from sandbox.slack import SlackSettings
from tests.sandbox.slack.driver import App, Json, Slack, wait_until

SECRET = SlackSettings().signing_secret
BUTTON: Json = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Cancel"},
    "action_id": "cancel",
    "value": "monitor_1",
}
MENU: Json = {
    "type": "overflow",
    "action_id": "more",
    "options": [
        {"text": {"type": "plain_text", "text": "Pause"}, "value": "pause"},
        {"text": {"type": "plain_text", "text": "Resume"}, "value": "resume"},
    ],
}
CARD: Json = [{"type": "actions", "block_id": "card", "elements": [BUTTON, MENU]}]


def test_a_workspace_is_named_with_its_icon_to_a_token_that_serves_it(slack: Slack) -> None:
    team = slack.api("team.info", team=slack.acme.team_id)["team"]
    assert (team["id"], team["name"]) == (slack.acme.team_id, "Acme")
    icon = slack.client.get(team["icon"]["image_88"])
    assert icon.headers["content-type"] == "image/svg+xml"
    assert slack.refused("team.info", team="T0NOBODY001") == "team_not_found"


def test_a_command_arrives_signed_with_every_documented_field(slack: Slack, app: App) -> None:
    outcome = slack.command("latest AI research papers")
    assert (outcome["status"], outcome["answer"]) == (200, None)
    (heard,) = app.heard
    assert heard.is_signed_with(SECRET)
    form = heard.form
    assert form.pop("response_url").startswith(f"{slack.url}/slack/response/")
    assert form.pop("trigger_id") == outcome["trigger_id"]
    assert form == {
        "token": SlackSettings().verification_token,
        "team_id": slack.acme.team_id,
        "team_domain": "acme",
        "channel_id": slack.acme.research,
        "channel_name": "research",
        "user_id": slack.acme.admin,
        "user_name": "ada",
        "command": "/monitor",
        "text": "latest AI research papers",
        "api_app_id": SlackSettings().app_id,
        "is_enterprise_install": "false",
    }


def test_what_is_typed_is_passed_on_as_slack_escapes_it(slack: Slack, app: App) -> None:
    typed = "R&D <b> by @ben in #general #leadership https://a.b/c?d=1&e=2."
    slack.command(typed)
    slack.command(typed, raw=True)
    slack.command("x", channel=slack.acme.leadership)
    slack.command("x", channel=slack.acme.direct_message)
    first, second, third, fourth = (heard.form for heard in app.heard)
    assert first["text"] == (
        f"R&amp;D &lt;b&gt; by <@U0BEN00001|ben> in <#{slack.acme.general}|general> "
        f"<#{slack.acme.leadership}|> <https://a.b/c?d=1&amp;e=2>."
    )
    assert second["text"] == typed
    assert third["channel_name"] == "privategroup"
    assert fourth["channel_name"] == "directmessage"


def test_an_answer_is_shown_to_the_person_or_to_all(slack: Slack, app: App) -> None:
    app.answer = "Setting up…"
    slack.command("a")
    app.answer = {"response_type": "in_channel", "text": "For all"}
    slack.command("b")
    app.answer = {"text": "x", "blocks": [{"type": "nonsense"}]}
    assert slack.command("c")["answer_error"].startswith("invalid_blocks")
    app.answer = {}
    assert "answer_error" not in slack.command("d")
    assert [shown["text"] for shown in slack.state()["ephemerals"]] == ["Setting up…"]
    assert [shown["text"] for shown in slack.messages(slack.acme.research)] == ["For all"]


def test_a_failing_or_slow_app_shows_the_person_slacks_error(slack: Slack, app: App) -> None:
    app.status = 500
    assert slack.command("a")["answer_error"] == "dispatch_failed"
    slack.control("PATCH", "/settings", ack_seconds=0.0)
    timed_out = slack.command("b")
    assert (timed_out["status"], timed_out["error"]) == (None, "http_timeout")
    shown = [ephemeral["text"] for ephemeral in slack.state()["ephemerals"]]
    assert ["dispatch_failed" in shown[0], "operation_timeout" in shown[1]] == [True, True]


def test_commands_that_slack_would_not_send_are_refused(slack: Slack, app: App) -> None:
    fields: Json = {
        "team_id": slack.acme.team_id,
        "user": slack.acme.admin,
        "channel": slack.acme.research,
        "command": "/monitor",
    }
    changes: list[tuple[Json, int]] = [
        ({"command": "/unknown"}, 404),
        ({"thread_ts": "1.0"}, 400),
        ({"user": "U0NOBODY00"}, 404),
        ({"channel": "C0NOWHERE0"}, 404),
        ({"channel": slack.acme.leadership, "user": slack.acme.users[1]}, 409),
        ({"text": 7}, 400),
    ]
    for change, status in changes:
        answer = slack.ask("POST", "/commands", **(fields | change))
        assert answer.status_code == status
        assert answer.json()["error"]
    slack.control("POST", "/uninstall", team_id=slack.acme.team_id)
    assert slack.ask("POST", "/commands", **fields).status_code == 409
    wait_until(lambda: app.events("app_uninstalled"))


def test_a_response_url_lasts_for_five_uses(slack: Slack, app: App) -> None:
    slack.command("a")
    url = app.heard[0].form["response_url"]
    assert slack.client.post(url, content=b"nonsense").json()["error"] == "invalid_payload"
    assert slack.client.post(url, json={"text": ""}).json()["error"] == "no_text"
    for number in range(4):
        assert slack.client.post(url, json={"text": f"use {number}"}).text == "ok"
    used = slack.client.post(url, json={"text": "one too many"})
    assert (used.status_code, used.json()["error"]) == (404, "used_url")
    assert len(slack.state()["ephemerals"]) == 4


def test_a_response_url_lasts_for_half_an_hour(slack: Slack, app: App) -> None:
    slack.command("a")
    slack.clock.advance(1801)
    late = slack.client.post(app.heard[0].form["response_url"], json={"text": "late"})
    assert (late.status_code, late.json()["error"]) == (404, "expired_url")


def test_a_response_url_can_answer_all_in_a_thread(slack: Slack, app: App) -> None:
    parent = slack.post(slack.acme.research)["ts"]
    slack.command("a")
    answer = {"text": "b", "response_type": "in_channel", "thread_ts": parent}
    assert slack.client.post(app.heard[0].form["response_url"], json=answer).text == "ok"
    assert slack.messages(slack.acme.research)[-1]["thread_ts"] == parent


def test_a_click_sends_the_element_its_message_and_a_way_to_change_it(
    slack: Slack, app: App
) -> None:
    room = slack.acme.research
    ts = slack.post(room, "card", blocks=CARD)["ts"]
    assert slack.act(channel=room, message_ts=ts, action_id="cancel")["status"] == 200
    (heard,) = app.heard
    assert heard.is_signed_with(SECRET)
    payload = heard.payload
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == slack.acme.admin
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": room,
        "is_ephemeral": False,
    }
    assert payload["message"]["blocks"] == CARD
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == (
        "cancel",
        "card",
        "monitor_1",
    )
    replaced = slack.client.post(
        payload["response_url"], json={"replace_original": True, "text": "gone"}
    )
    assert replaced.text == "ok"
    assert slack.messages(room)[0]["text"] == "gone"


def test_an_option_is_chosen_by_its_value_and_only_if_offered(slack: Slack, app: App) -> None:
    room = slack.acme.research
    ts = slack.post(room, "card", blocks=CARD)["ts"]
    slack.act(channel=room, message_ts=ts, action_id="more", selected_option="pause")
    assert app.heard[0].payload["actions"][0]["selected_option"] == MENU["options"][0]
    at: Json = {
        "team_id": slack.acme.team_id,
        "user": slack.acme.admin,
        "channel": room,
        "message_ts": ts,
    }
    unknown = slack.ask("POST", "/actions", **at, action_id="more", selected_option="explode")
    absent = slack.ask("POST", "/actions", **at, action_id="absent")
    assert (unknown.status_code, absent.status_code) == (404, 404)


def test_a_menu_that_was_open_while_its_message_was_redrawn_still_works(
    slack: Slack, app: App
) -> None:
    """Blocks without an id of the app's have another one then, as a list's many menus have."""
    room = slack.acme.research
    row: Json = {"type": "actions", "elements": [BUTTON, MENU]}
    ts = slack.post(room, "card", blocks=[row])["ts"]
    seen = slack.messages(room)[-1]["blocks"][0]["block_id"]
    at: Json = {"channel": room, "message_ts": ts, "action_id": "more", "block_id": seen}
    slack.api("chat.update", channel=room, ts=ts, text="card", blocks=[row])
    slack.act(**at, selected_option="pause")
    (action,) = app.heard[0].payload["actions"]
    assert action["selected_option"]["value"] == "pause"
    assert action["block_id"] != seen

    slack.api("chat.update", channel=room, ts=ts, text="card", blocks=[row, row])
    who: Json = {"team_id": slack.acme.team_id, "user": slack.acme.admin}
    unclear = slack.ask("POST", "/actions", **who, **at, selected_option="pause")
    assert unclear.status_code == 404


def test_buttons_of_an_ephemeral_message_work_without_a_message(slack: Slack, app: App) -> None:
    app.answer = {"text": "choose", "blocks": CARD}
    slack.command("a")
    app.answer = None
    (shown,) = slack.state()["ephemerals"]
    slack.act(channel=slack.acme.research, message_ts=shown["id"], action_id="cancel")
    payload = app.heard[-1].payload
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    slack.client.post(payload["response_url"], json={"delete_original": True})
    assert slack.state()["ephemerals"] == []


def test_a_message_shortcut_carries_the_message(slack: Slack, app: App) -> None:
    ts = slack.post(slack.acme.research)["ts"]
    who = {"team_id": slack.acme.team_id, "user": slack.acme.admin}
    at = {"channel": slack.acme.research, "message_ts": ts}
    slack.control("POST", "/shortcuts", callback_id="cancel_monitor", **who, **at)
    slack.control("POST", "/shortcuts", callback_id="new_monitor", **who)
    on_message, everywhere = (heard.payload for heard in app.heard)
    assert on_message["type"] == "message_action"
    assert on_message["message"]["ts"] == on_message["message_ts"] == ts
    assert everywhere["type"] == "shortcut"
    assert "channel" not in everywhere


def test_raw_requests_may_be_unsigned_stale_or_nonsense(slack: Slack, app: App) -> None:
    slack.control("POST", "/raw", body="{", sign=False)
    slack.control("POST", "/raw", body="a=b", timestamp_offset=-600, headers={"X-Extra": "1"})
    unsigned, stale = app.heard
    assert "x-slack-signature" not in unsigned.headers
    assert stale.is_signed_with(SECRET)
    assert stale.headers["x-extra"] == "1"
    age = slack.clock.wall() - int(stale.headers["x-slack-request-timestamp"])
    assert 599 <= age <= 605
